"""What is asked for, and what a turn changed of it, as the HTTP API gives them."""

from collections.abc import Sequence

from pydantic import BaseModel

from agent.understanding.constraint_list import Constraint
from agent.understanding.constraint_words import kind_of, pictures_of, upload_of, words_of
from agent.understanding.edits import Difference, Mark
from app.output.printable import printable


class Chip(BaseModel):
    """One thing that is asked for; by its number it can be dropped or changed.

    `pictures` are ids of the collection, `upload` is the id of a picture that was handed in.
    """

    number: int
    kind: str
    words: str
    pictures: list[str]
    upload: str


class EditOut(BaseModel):
    """What a turn changed: `words` are asked for now, or no longer if `mark` is `dropped`.

    The number is the chip's; of what was dropped, the one it had. `before` is what stood there.
    """

    mark: Mark
    number: int
    words: str
    before: str


def edit_out(one: Difference) -> EditOut:
    """State what was changed of one constraint."""
    words = printable(words_of(one.constraint))
    before = printable(words_of(one.before)) if one.before else ""
    return EditOut(mark=one.mark, number=one.number, words=words, before=before)


def chips_out(constraints: Sequence[Constraint]) -> list[Chip]:
    """State what is asked for, one by one."""
    return [
        Chip(
            number=at,
            kind=kind_of(one),
            words=printable(words_of(one)),
            pictures=list(pictures_of(one)),
            upload=upload_of(one),
        )
        for at, one in enumerate(constraints, start=1)
    ]
