"""What a constraint is called where people see it: its words, its kind, its thumbnails."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from agent.understanding.constraint_list import (
    Condition,
    Constraint,
    Disliked,
    Example,
    Excluded,
    Liked,
    Ordered,
    Refused,
    Wanted,
    asked,
    conditions_of,
)
from agent.understanding.recurring_words import (
    hours_in_words,
    month_days_in_words,
    weekdays_in_words,
)
from retrievers.query import Fact, Filters

_LACKING: dict[Fact, str] = {
    "date": "undated",
    "tags": "untagged",
    "rating": "unrated",
    "camera": "camera unknown",
}
NAMELESS = re.compile(r"([0-9a-f]{16})\.webp")
"""What a picture's file is called that was handed in without a name."""
ConstraintKind = Literal[
    "wanted", "unwanted", "example", "like", "unlike", "excluded", "condition", "order"
]


_KIND: dict[type, ConstraintKind] = {
    Wanted: "wanted",
    Refused: "unwanted",
    Liked: "like",
    Disliked: "unlike",
    Excluded: "excluded",
    Example: "example",
    Condition: "condition",
    Ordered: "order",
}


def kind_of(constraint: Constraint) -> ConstraintKind:
    """Return what kind of thing is asked for."""
    return _KIND[type(constraint)]


def words_of(constraint: Constraint) -> str:
    """Say a constraint in words, such as `not people` or `taken before 2019-01-01`."""
    match constraint:
        case Wanted(text):
            return text
        case Refused(text):
            return f"not {text}"
        case Liked(pictures):
            return _count("like", pictures)
        case Disliked(pictures):
            return _count("unlike", pictures)
        case Excluded(pictures):
            return _count("leave out", pictures)
        case Example(path):
            return f"like {'your picture' if upload_of(constraint) else path.name}"
        case Condition(filters):
            return _together(filters)
        case Ordered(by):
            return f"{by} first"


def pictures_of(constraint: Constraint) -> tuple[str, ...]:
    """Return the ids of the pictures that it speaks of, to be shown as thumbnails."""
    return constraint.pictures if isinstance(constraint, Liked | Disliked | Excluded) else ()


def upload_of(constraint: Constraint) -> str:
    """Return the key that a picture which was handed in without a name is kept by, if it is one."""
    nameless = NAMELESS.fullmatch(constraint.path.name) if isinstance(constraint, Example) else None
    return nameless[1] if nameless else ""


def restated(constraints: Sequence[Constraint]) -> str:
    """Say all in one line, such as `a dog + on a beach; not people; before 2019-01-01`."""
    wanted = " + ".join(words_of(one) for one in constraints if isinstance(one, Wanted))
    others = [words_of(one) for one in constraints if not isinstance(one, Wanted)]
    return "; ".join([wanted, *others] if wanted else others) or "anything"


def _together(filters: Filters) -> str:
    return " and ".join(_condition(one.filters) for one in conditions_of(filters))


def _condition(filters: Filters) -> str:
    name, _ = next(asked(filters))
    return _SAID[name](filters)


def _taken_at(place: str) -> str:
    return f"taken {place}" if place.lower().startswith("near ") else f"taken in {place}"


def _rating(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f"{low}" if low == high else f"{low} to {high}"
    return f"{high} or less" if low is None else f"{low} or more"


def _dates(filters: Filters) -> str:
    if isinstance(filters.before, datetime) and filters.after:
        return f"taken {filters.after} to before {filters.before}"
    last = filters.before - timedelta(days=1) if filters.before else None
    if filters.after and last:
        return f"taken {filters.after}" + (f" to {last}" if last != filters.after else "")
    if filters.after:
        return f"taken {filters.after} or later"
    return f"taken before {filters.before}"


def _count(word: str, pictures: Sequence[str]) -> str:
    return f"{word} {len(pictures)} picture{'s' if len(pictures) > 1 else ''}"


_SAID: dict[str, Callable[[Filters], str]] = {
    "paths": lambda one: f"in {one.paths[0]}",
    "not_paths": lambda one: f"not in {one.not_paths[0]}",
    "places": lambda one: _taken_at(one.places[0]),
    "not_places": lambda one: f"not {_taken_at(one.not_places[0])}",
    "after": _dates,
    "before": _dates,
    "weekdays": lambda one: weekdays_in_words(one.weekdays),
    "hours": lambda one: hours_in_words(one.hours),
    "month_days": lambda one: month_days_in_words(one.month_days),
    "orientation": lambda one: str(one.orientation),
    "min_pixels": lambda one: f"at least {(one.min_pixels or 0) / 1e6:.3g} MP",
    "max_pixels": lambda one: f"at most {(one.max_pixels or 0) / 1e6:.3g} MP",
    "camera": lambda one: f"taken with {one.camera}",
    "tags": lambda one: f"tagged {one.tags[0]}",
    "min_rating": lambda one: f"rated {_rating(one.min_rating, one.max_rating)}",
    "max_rating": lambda one: f"rated {_rating(one.min_rating, one.max_rating)}",
    "lacks": lambda one: _LACKING[one.lacks[0]],
    "one_of": lambda one: " or ".join(map(_together, one.one_of[0])),
    "unless": lambda one: f"not {_together(one.unless[0])}",
}
"""How one condition is said, by the field that asks it."""
