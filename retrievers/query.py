"""What is searched for. Immutable: each turn of a conversation makes a new `Query`."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from retrievers.text.lettering import whole

Orientation = Literal["portrait", "landscape", "square"]
Fact = Literal["date", "tags", "rating", "camera"]
"""What a picture can lack."""
Ordering = Literal["best", "newest", "oldest"]
"""Of what is found: by how well it fits, or by when it was taken, undated pictures last."""
Hours = tuple[float, float]
"""From a time of day up to, not including, another, in hours: 18.5 is half past six."""
MonthDay = tuple[int, int]
MonthDays = tuple[MonthDay, MonthDay]
"""From a day of the year to another, both in, each as month and day: (12, 1), (2, 28)."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that a picture must meet; a field left empty asks nothing.

    Attributes:
        paths: every one of these globs must match the path below its root, ignoring case; a glob
            without a slash also matches any single folder or file name in the path.
        not_paths: none of these globs may match.
        after: taken on this day or later. A picture without a date fails. A datetime counts by the
            clock where the picture was taken; if it has a zone, by what the picture says of its
            own, and a picture that says none was taken there. A date alone is its midnight.
        before: taken before this day or time, likewise. A picture without a date fails.
        weekdays: taken on one of these days of the week, Monday 1 to Sunday 7, by the clock where
            the picture was taken. A picture whose day is not known fails.
        hours: taken within one of these windows of that clock; one that ends before it begins goes
            on past midnight. A picture that says no time of day fails.
        month_days: taken within one of these windows of any year, likewise; 29 February belongs to
            a window up to the 28th. A month whose day is not known must lie within, all of it.
        places: taken at every one of these towns, regions or countries, named in any language; a
            name of several places asks for any of them, "Springfield, Illinois" and "near Leeds"
            are names, too. A picture that says no position fails.
        not_places: taken at none of these, as far as the picture says.
        orientation: as seen upright; square is within 2 % of 1:1.
        min_pixels: width times height is at least this.
        max_pixels: width times height is at most this.
        camera: part of the camera's make and model, ignoring case, accents and width.
        tags: the picture carries all of them, compared as the camera is; a path such as
            Places/Norway asks for its levels.
        min_rating: at least so many stars. A picture without a rating fails.
        max_rating: at most so many stars. A picture without a rating fails.
        lacks: the picture has none of these facts.
        unless: a picture that meets one of these fails.
        one_of: of each of these groups the picture meets one at least.
    """

    paths: tuple[str, ...] = ()
    not_paths: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
    weekdays: tuple[int, ...] = ()
    hours: tuple[Hours, ...] = ()
    month_days: tuple[MonthDays, ...] = ()
    places: tuple[str, ...] = ()
    not_places: tuple[str, ...] = ()
    orientation: Orientation | None = None
    min_pixels: int | None = None
    max_pixels: int | None = None
    camera: str | None = None
    tags: tuple[str, ...] = ()
    min_rating: int | None = None
    max_rating: int | None = None
    lacks: tuple[Fact, ...] = ()
    unless: tuple["Filters", ...] = ()
    one_of: tuple[tuple["Filters", ...], ...] = ()

    def __post_init__(self) -> None:
        _clean(self, "paths", "not_paths", "places", "not_places", "camera", "tags")


def clock(bound: date) -> datetime:
    """Return a bound as a time that compares with others: a day begins at midnight."""
    if isinstance(bound, datetime):
        return bound.replace(tzinfo=None)
    return datetime(bound.year, bound.month, bound.day)


@dataclass(frozen=True, slots=True)
class Query:
    """Everything asked for at one point of a conversation.

    Attributes:
        wanted: phrases, oldest first; the last one was said last.
        unwanted: phrases that the results should stay away from.
        examples: pictures outside the collection that the results should resemble.
        like: ids of pictures of the collection that the results should resemble.
        unlike: ids of pictures that the results should stay away from.
        excluded: ids that must not be returned.
        filters: conditions on the records.
        order: how what is found is listed; by date, each hundred of the best by itself, or all
            pictures if there is nothing to compare them with.
    """

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    examples: tuple[Path, ...] = ()
    like: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    filters: Filters = field(default_factory=Filters)
    order: Ordering = "best"

    def __post_init__(self) -> None:
        _clean(self, "wanted", "unwanted")

    @property
    def compares(self) -> bool:
        """Whether there is something to compare pictures with."""
        return any((self.wanted, self.unwanted, self.examples, self.like, self.unlike))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, so that any order of the pictures is as good."""
        return self == Query()


def _clean(asked: Filters | Query, *names: str) -> None:
    """Make texts what UTF-8 can hold, whichever door they came through."""
    for name in names:
        object.__setattr__(asked, name, whole(getattr(asked, name)))
