"""Verdicts that were paid for once: (judge, words, picture) -> score."""

from pathlib import Path

from agent.cache.answer_cache import AnswerCache

Verdicts = AnswerCache[float]
"""By the judge's name and by what was said."""


def open_verdicts(path: Path | None = None) -> Verdicts:
    """Open or make a file of verdicts; without a path they are forgotten at the end."""
    return AnswerCache(path, "verdicts", ("judge", "said"), "score", float)
