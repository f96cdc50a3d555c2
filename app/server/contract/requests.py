"""What the HTTP API takes, as its OpenAPI document states it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.server.contract.bodies import Id, Name, Phrase, Sent, Several, Some, Words, small
from app.server.contract.conditions import Conditions
from app.server.contract.cursors import place
from retrievers.query import Ordering, Query

DEEPEST = 10_000
"""How far down a list of results goes."""

LONGEST = 26 * DEEPEST
"""Letters of the cursor that names them all."""


class SearchIn(Sent):
    """One question; `examples` are ids of uploads, the others of pictures of the collection."""

    text: Words = ""
    unwanted: Some[Phrase] = Field(default=[], max_length=Several)
    like: Some[Id] = Field(default=[], max_length=Several)
    unlike: Some[Id] = Field(default=[], max_length=Several)
    excluded: Some[Id] = Field(default=[], max_length=10_000)
    examples: Some[Id] = Field(default=[], max_length=10)
    filters: Conditions = Conditions()
    order: Annotated[Ordering, BeforeValidator(small)] = "best"
    k: int = Field(default=12, ge=1, le=200)
    cursor: str = Field(
        default="",
        max_length=LONGEST,
        description="The `next` of the answer that this goes on from.",
    )
    stages: str = Field(default="", max_length=100)

    def shown(self) -> list[str]:
        """Return the ids of the pictures that earlier answers showed."""
        ids = place(self.cursor) if self.cursor else []
        return [str(one) for one in ids[:DEEPEST]]

    @model_validator(mode="after")
    def _at_odds(self) -> Self:
        if both := {*self.like} & {*self.unlike}:
            raise _exclude("like", "unlike", f"{both.pop()} is in both")
        return self

    def query(self, examples: Sequence[Path]) -> Query:
        """Return what is asked for."""
        text = self.text.strip()
        return Query(
            wanted=(text,) if text else (),
            unwanted=tuple(self.unwanted),
            examples=tuple(examples),
            like=tuple(self.like),
            unlike=tuple(self.unlike),
            excluded=frozenset(self.excluded),
            filters=self.filters.filters(),
            order=self.order,
        )


class Correction(Sent):
    """Say a constraint, by its number from 1, in other words."""

    number: int = Field(ge=1, le=1000)
    text: Phrase


class TurnIn(Sent):
    """What is said or done; pictures are named by the ids that are on the screen.

    Several at once are one turn: words with a picture, a like with words.
    """

    said: Words = ""
    like: Some[Id] = Field(default=[], max_length=Several)
    unlike: Some[Id] = Field(default=[], max_length=Several)
    more_like: Id | None = None
    example: Id | None = None
    examples: Some[Id] = Field(default=[], max_length=Several)
    drop: int | None = Field(default=None, ge=1, le=1000)
    change: Correction | None = None
    answer: Id | Literal["none"] | None = None
    reading: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="The number of a reading that the turn before offers.",
    )
    back_to: int | None = Field(default=None, ge=0, le=10**6)
    undo: bool = False
    redo: bool = False
    more: bool = False
    order: Annotated[Ordering, BeforeValidator(small)] | None = None
    filters: Conditions = Conditions()
    stages: str = Field(default="", max_length=100)

    @property
    def handed_in(self) -> list[str]:
        """The uploads that come with the words, each once."""
        return list(dict.fromkeys([*self.examples, *([self.example] if self.example else [])]))

    @model_validator(mode="after")
    def _at_odds(self) -> Self:
        given = [name for name in TurnIn.model_fields if getattr(self, name) != _BLANK[name]]
        for name in given:
            if others := [one for one in given if one in _ALONE.get(name, ())]:
                raise _exclude(name, others[0])
        if self.like and (both := {*self.like, self.more_like} & {*self.unlike}):
            raise _exclude("like", "unlike", f"{both.pop()} is in both")
        if self.change and self.change.number == self.drop:
            raise _exclude("drop", "change", "both are of one constraint")
        return self


_ALONE = {
    name: {*TurnIn.model_fields} - {name, "stages"}
    for name in ("undo", "redo", "back_to", "reading")
} | {"more_like": {"drop", "change"}}
"""What leaves the state that others build on, and so goes with none of them."""

_BLANK = {name: one.get_default() for name, one in TurnIn.model_fields.items()}


def _exclude(one: str, other: str, why: str = "send one of them") -> PydanticCustomError:
    told = {"names": [one, other], "why": why}
    return PydanticCustomError("exclusive", "two fields are at odds", told)


class SessionIn(Sent):
    """A conversation to begin."""

    collection: Name
    name: Name | None = None


class Renamed(Sent):
    """A conversation's new name."""

    name: Name
