"""Conditions on a picture's facts, as a request brings them."""

from collections.abc import Mapping
from datetime import date
from itertools import chain
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WrapValidator, model_validator

from agent.understanding.grammar.dates.days import one_moment
from agent.understanding.grammar.dates.recurring.seasons import season_option
from agent.understanding.grammar.dates.recurring.times_of_day import hours_option
from app.server.contract.bodies import Phrase, Sent, Several, Some, small
from retrievers.pictures.folders.globs import compile_globs
from retrievers.query import Fact, Filters, Orientation

GLOBBED = 4000
"""Letters of all globs of a request: each is made into a machine before it is matched."""


def _glob(text: str) -> str:
    compile_globs([text])
    return text


def _hours(text: str) -> str:
    hours_option(text)
    return text


def _season(text: str) -> str:
    season_option(text)
    return text


Glob = Annotated[Phrase, AfterValidator(_glob)]
Weekday = Annotated[int, Field(ge=1, le=7, description="Monday 1 to Sunday 7.")]
TimeOfDay = Annotated[Phrase, AfterValidator(_hours), Field(description="6-12, 22:30-5, night.")]
Season = Annotated[Phrase, AfterValidator(_season), Field(description="winter, 12-01/02-28.")]
Place = Annotated[
    Phrase, Field(description="A town, region or country: Lisbon; Paris, Texas; near Leeds.")
]
Day = Annotated[date, WrapValidator(one_moment)]


class Conditions(Sent):
    """Conditions on a picture's facts; see `retrievers.query.Filters`."""

    paths: Some[Glob] = Field(default=[], max_length=Several)
    not_paths: Some[Glob] = Field(default=[], max_length=Several)
    places: Some[Place] = Field(default=[], max_length=Several)
    not_places: Some[Place] = Field(default=[], max_length=Several)
    after: Day | None = None
    before: Day | None = None
    weekdays: Some[Weekday] = Field(default=[], max_length=7)
    hours: Some[TimeOfDay] = Field(default=[], max_length=12)
    month_days: Some[Season] = Field(default=[], max_length=12)
    orientation: Annotated[Orientation, BeforeValidator(small)] | None = None
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
