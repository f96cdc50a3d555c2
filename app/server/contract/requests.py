"""What the HTTP API takes, as its OpenAPI document states it."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    StringConstraints,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from agent.understanding.grammar.dates.days import one_moment
from agent.understanding.grammar.dates.recurring.seasons import season_option
from agent.understanding.grammar.dates.recurring.times_of_day import hours_option
from app.server.contract.cursors import place
from retrievers.pictures.folders.globs import compile_globs
from retrievers.query import Fact, Filters, Orientation, Query
from retrievers.text.lettering import whole

T = TypeVar("T")
Some = Annotated[list[T], FailFast()]
"""A list of which the first wrong item is told: a long one makes no long list of errors."""

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Words = Annotated[str, StringConstraints(max_length=2000)]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


def _glob(text: str) -> str:
    compile_globs([text])
    return text


def _small(given: Any) -> Any:
    return given.strip().lower() if isinstance(given, str) else given


Glob = Annotated[Phrase, AfterValidator(_glob)]


def _hours(text: str) -> str:
    hours_option(text)
    return text


def _season(text: str) -> str:
    season_option(text)
    return text


Weekday = Annotated[int, Field(ge=1, le=7, description="Monday 1 to Sunday 7.")]
TimeOfDay = Annotated[Phrase, AfterValidator(_hours), Field(description="6-12, 22:30-5, night.")]
Season = Annotated[Phrase, AfterValidator(_season), Field(description="winter, 12-01/02-28.")]
Day = Annotated[date, WrapValidator(one_moment)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Several = 100
GLOBBED = 4000
"""Letters of all globs of a request: each is made into a machine before it is matched."""
DEEPEST = 10_000
"""How far down a list of results goes."""

LONGEST = 26 * DEEPEST
"""Letters of the cursor that names them all."""


class Body(BaseModel):
    """What a request brings; null, for what may be left out, means that it is left out."""

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if None not in given.values():
            return whole(given)
        optional = {name for name, one in cls.model_fields.items() if not one.is_required()}
        return {
            name: value
            for name, value in whole(given).items()
            if value is not None or name not in optional
        }


class Sent(Body):
    """A body of our own; a field that does not exist is refused, and those that do are named."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        if isinstance(given, dict) and (
            names := [str(one) for one in given if one not in cls.model_fields]
        ):
            fields = ", ".join(cls.model_fields)
            told = {"names": names[:Several], "fields": fields}
            raise PydanticCustomError("unknown_fields", "does not exist; there are {fields}", told)
        return given


class Conditions(Sent):
    """Conditions on a picture's facts; see `retrievers.query.Filters`."""

    paths: Some[Glob] = Field(default=[], max_length=Several)
    not_paths: Some[Glob] = Field(default=[], max_length=Several)
    after: Day | None = None
    before: Day | None = None
    weekdays: Some[Weekday] = Field(default=[], max_length=7)
    hours: Some[TimeOfDay] = Field(default=[], max_length=12)
    month_days: Some[Season] = Field(default=[], max_length=12)
    orientation: Annotated[Orientation, BeforeValidator(_small)] | None = None
    min_pixels: int | None = Field(default=None, ge=0, le=10**12)
    max_pixels: int | None = Field(default=None, ge=0, le=10**12)
    camera: Phrase | None = None
    tags: Some[Phrase] = Field(default=[], max_length=Several)
    min_rating: int | None = Field(default=None, ge=-1, le=5)
    max_rating: int | None = Field(default=None, ge=-1, le=5)
    lacks: list[Fact] = Field(default=[], max_length=4)

    @model_validator(mode="before")
    @classmethod
    def _few_letters(cls, given: Any) -> Any:
        """Count before any is read."""
        if isinstance(given, Mapping):
            lists = [given.get(name) for name in ("paths", "not_paths")]
            globs = chain.from_iterable(one for one in lists if isinstance(one, list | str))
            if sum(len(one) for one in globs if isinstance(one, str)) > GLOBBED:
                raise ValueError(f"paths and not_paths may have {GLOBBED:,} letters together")
        return given

    def filters(self) -> Filters:
        """Return them as a query has them."""
        given = ((name, getattr(self, name)) for name in Conditions.model_fields)
        own: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in given
        }
        own["hours"] = tuple(map(hours_option, self.hours))
        own["month_days"] = tuple(map(season_option, self.month_days))
        return Filters(**own)


class SearchIn(Sent):
    """One question; `examples` are ids of uploads, the others of pictures of the collection."""

    text: Words = ""
    unwanted: Some[Phrase] = Field(default=[], max_length=Several)
    like: Some[Id] = Field(default=[], max_length=Several)
    unlike: Some[Id] = Field(default=[], max_length=Several)
    excluded: Some[Id] = Field(default=[], max_length=10_000)
    examples: Some[Id] = Field(default=[], max_length=10)
    filters: Conditions = Conditions()
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
