"""How a collection is named: with -c everywhere, and as a word where no other words are taken."""

from typing import Annotated

import typer

Word = Annotated[str | None, typer.Argument(metavar="COLLECTION", help="Which collection.")]
Named = Annotated[
    str | None, typer.Option("--collection", "-c", metavar="NAME", help="Which collection.")
]


def either(word: str | None, named: str | None) -> str | None:
    """Return the collection that is named in either way.

    Raises:
        ValueError: two are named.
    """
    if word and named and word != named:
        raise ValueError(f"name one collection; got {word!r} and -c {named!r}")
    return named or word
