"""What was said of pictures, each once: (who said it, picture) -> text."""

from pathlib import Path

from agent.cache.answer_cache import AnswerCache

Sentences = AnswerCache[str]
"""By who said it."""


def open_sentences(path: Path | None = None) -> Sentences:
    """Open or make a file of sentences; without a path they are forgotten at the end."""
    return AnswerCache(path, "captions", ("captioner",), "caption", str)
