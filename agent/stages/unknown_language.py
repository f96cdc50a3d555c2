"""A query in a language or script that the encoder does not know: said, with what would help."""

from collections.abc import Sequence

from retrievers.encoder import Encoder, reads
from retrievers.encoders.languages import ENGLISH, knows_english_only, language_of
from retrievers.text.lettering import is_latin

REMEDY = "English words find more; or move to an encoder of many languages: dialens migrate "
"""Stands in every such line, by which one that was said is known again."""


def unknown_language(encoder: Encoder, collection: str, wanted: Sequence[str]) -> str:
    """Say in one line that the encoder does not know the words' language; empty: nothing to say.

    Args:
        encoder: of the collection.
        collection: its name, for the remedy.
        wanted: what is looked for.
    """
    english = knows_english_only(encoder.name)
    for text in wanted:
        if not reads(encoder, text) or (english and not _is_latin(text)):
            return _line("the script of this", collection)
        if english and (language := language_of(text)) not in ("", ENGLISH):
            return _line(f"{language}, which this seems to be", collection)
    return ""


def _is_latin(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return not letters or any(is_latin(letter) for letter in letters)


def _line(what: str, collection: str) -> str:
    return (
        f"The encoder of {collection!r} does not know {what}. {REMEDY}{collection} --profile auto"
    )
