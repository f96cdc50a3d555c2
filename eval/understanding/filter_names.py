"""Conditions under the plain names that a file of utterances calls them by, both ways.

A plain dictionary of days, words and numbers, such as `{"after": "2019-01-01", "not_tags":
["draft"]}`; what is refused has a `not_` before its name. What has no name of its own is told in
words under `one_of`, `unless` or `lacks`, so that no condition goes unseen.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, get_args

from agent.understanding.constraint_list import conditions_of
from agent.understanding.constraint_words import restated
from retrievers.query import Filters, Orientation

_ENDING = re.compile(r"\*\.([a-z0-9]+)", re.IGNORECASE)
_ENDINGS = {
    "*.jp*g": ("*.jpg", "*.jpeg"),
    "*.tif*": ("*.tif", "*.tiff"),
    "*.hei[cf]": ("*.heic", "*.heif"),
}
"""Of kinds of files that have several."""
_BEST = 5  # stars: no rating is above it
ORIENTATIONS: tuple[Orientation, ...] = get_args(Orientation)


def named(filters: Filters, *, as_types: bool = False) -> dict[str, Any]:
    """Return conditions by their names.

    Args:
        filters: the conditions.
        as_types: whether a glob that is an ending alone is a kind of file, not a path.
    """
    found: dict[str, Any] = {}
    for name, value in _named(filters):
        both = name == "paths" and name in found
        found[name] = [*found[name], *value] if both else value
    for glob in ("paths", "not_paths"):
        found[glob] = [each for one in found.get(glob, ()) for each in _each_ending(one)]
    for glob, kind in (("paths", "types"), ("not_paths", "not_types")):
        endings = [match[1] for one in found[glob] if (match := _ENDING.fullmatch(one))]
        if as_types and endings:
            found[kind] = endings
            found[glob] = [one for one in found[glob] if not _ENDING.fullmatch(one)]
    return {name: value for name, value in found.items() if value not in (None, [])}


def _each_ending(glob: str) -> list[str]:
    """Say the endings of a kind of file one by one."""
    return list(_ENDINGS.get(glob, (glob,)))


def _named(filters: Filters) -> Iterator[tuple[str, Any]]:
    yield from _alone(filters)
    yield "not_paths", list(filters.not_paths)
    yield "not_places", list(filters.not_places)
    yield "lacks", list(filters.lacks)
    refused: dict[str, list[Any]] = {}
    for one in filters.unless:
        parts = {name: value for name, value in _alone(one) if value not in (None, [])}
        if set(parts) <= {"after", "before"} or len(parts) == 1:
            for name, value in parts.items():
                refused.setdefault(f"not_{name}", []).append(value)
        else:
            refused.setdefault("unless", []).append(_words(one))
    for name, values in refused.items():
        lists = [value for value in values if isinstance(value, list)]
        flat = [one for value in lists for one in value]
        yield name, flat if lists else values if name == "unless" or len(values) > 1 else values[0]
    yield from _alternatives(filters)


def _alone(filters: Filters) -> Iterator[tuple[str, Any]]:
    """Yield the fields that have a name; one that asks nothing is None or empty."""
    for name in ("after", "before"):
        if bound := getattr(filters, name):
            yield name, _day(bound)
    for name in ("orientation", "camera", "min_pixels", "max_pixels"):
        yield name, getattr(filters, name)
    yield "weekdays", list(filters.weekdays)
    yield "hours", [list(window) for window in filters.hours]
    yield "month_day", [[_month_day(*day) for day in window] for window in filters.month_days]
    yield "paths", list(filters.paths)
    yield "places", list(filters.places)
    yield "tags", list(filters.tags)
    low, high = filters.min_rating, filters.max_rating
    if low is not None or high is not None:
        yield "rating", low if high is None or low == high == _BEST else [low, high]


def _alternatives(filters: Filters) -> Iterator[tuple[str, Any]]:
    others = []
    for group in filters.one_of:
        endings = [_ending(one) for one in group]
        shapes = [one.orientation for one in group if one == Filters(orientation=one.orientation)]
        left = [one for one in ORIENTATIONS if one not in shapes]
        if all(endings):
            yield "paths", [glob for one in group for glob in one.paths]
        elif len(shapes) == len(group) and len(left) == 1:
            yield "not_orientation", left[0]
        else:
            others.append(" or ".join(map(_words, group)))
    yield "one_of", others


def _ending(filters: Filters) -> str | None:
    alone = len(filters.paths) == 1 and filters == Filters(paths=filters.paths)
    first = _each_ending(filters.paths[0])[0] if alone else ""
    match = _ENDING.fullmatch(first)
    return match[1] if match else None


def _words(filters: Filters) -> str:
    return restated(conditions_of(filters))


def _day(bound: date) -> str:
    """Return a day, or a time if it is not midnight."""
    midnight = isinstance(bound, datetime) and not (bound.hour or bound.minute or bound.second)
    return (bound.date() if isinstance(bound, datetime) and midnight else bound).isoformat()


def filters_named(given: Mapping[str, Any]) -> Filters:
    """Return the conditions that names and values say.

    Raises:
        ValueError: there is no such name, or the value is not of its kind.
    """
    asked: dict[str, Any] = {}
    span: dict[str, Any] = {}
    unless = []
    for name, value in given.items():
        if name not in NAMES:
            raise ValueError(f"filters: there is no {name!r}; there are {', '.join(NAMES)}")
        try:
            read = [NAMES[name](one) for one in _apart(name, value)]
        except (TypeError, ValueError) as error:
            raise ValueError(f"filters.{name}: {error}; got {value!r}") from None
        for fields in read:
            if name in ("not_after", "not_before"):
                span |= fields
            elif name in _REFUSED:
                unless.append(Filters(**fields))
            else:
                asked |= {
                    at: (*asked.get(at, ()), *one) if isinstance(one, tuple) else one
                    for at, one in fields.items()
                }
    return Filters(**asked, unless=(*unless, *([Filters(**span)] if span else [])))


def _apart(name: str, value: Any) -> list[Any]:
    """Return refused values one by one: a picture that meets any of them fails."""
    each = name in ("not_orientation", "not_camera", "not_tags") and isinstance(value, list)
    return value if each else [value]


def _texts(value: Any) -> tuple[str, ...]:
    every = [value] if isinstance(value, str) else value
    if not isinstance(every, list) or not all(isinstance(one, str) and one for one in every):
        raise TypeError("must be a text or a list of texts")
    return tuple(every)


def _text(value: Any) -> str:
    (text,) = _texts(value)
    return text


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a whole number")
    return value


def _bound(value: Any) -> date:
    text = _text(value)
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


def _numbers(value: Any, low: float, high: float) -> tuple[Any, ...]:
    if not all(isinstance(one, int | float) and low <= one <= high for one in value):
        raise ValueError(f"must hold numbers in {low}..{high}")
    return tuple(value)


def _hours(value: Any) -> tuple[float, float]:
    start, end = _numbers(value, 0, 24)
    return start, end


def _month_days(value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    start, end = (date.fromisoformat(f"2020-{_text(one)}") for one in value)
    return (start.month, start.day), (end.month, end.day)


def _month_day(month: int, day: int) -> str:
    return f"{month:02}-{day:02}"


def _orientation(value: Any) -> Orientation:
    for one in ORIENTATIONS:
        if value == one:
            return one
    raise ValueError(f"must be one of {', '.join(ORIENTATIONS)}")


def _rating(value: Any) -> dict[str, Any]:
    if not isinstance(value, list):
        return {"min_rating": _count(value)}
    low, high = value
    bounds = {"min_rating": low, "max_rating": high}
    return {name: _count(one) for name, one in bounds.items() if one is not None}


def _types(value: Any) -> dict[str, Any]:
    globs = _globs(value)
    if len(globs) == 1:
        return {"paths": globs}
    return {"one_of": (tuple(Filters(paths=(glob,)) for glob in globs),)}


def _globs(value: Any) -> tuple[str, ...]:
    return tuple(f"*.{one.removeprefix('.')}" for one in _texts(value))


_READERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "after": lambda value: {"after": _bound(value)},
    "before": lambda value: {"before": _bound(value)},
    "orientation": lambda value: {"orientation": _orientation(value)},
    "camera": lambda value: {"camera": _text(value)},
    "weekdays": lambda value: {"weekdays": _numbers(value, 1, 7)},
    "hours": lambda value: {"hours": tuple(map(_hours, value))},
    "month_day": lambda value: {"month_days": tuple(map(_month_days, value))},
    "paths": lambda value: {"paths": _texts(value)},
    "places": lambda value: {"places": _texts(value)},
    "types": _types,
    "tags": lambda value: {"tags": _texts(value)},
    "min_pixels": lambda value: {"min_pixels": _count(value)},
    "max_pixels": lambda value: {"max_pixels": _count(value)},
    "rating": _rating,
}
_LISTED = ("paths", "places", "types")
_REFUSED = {f"not_{name}": _READERS[name] for name in _READERS if name not in _LISTED}
NAMES: dict[str, Callable[[Any], dict[str, Any]]] = {
    **_READERS,
    **_REFUSED,
    "not_paths": lambda value: {"not_paths": _texts(value)},
    "not_places": lambda value: {"not_places": _texts(value)},
    "not_types": lambda value: {"not_paths": _globs(value)},
}
"""What each name says, as fields of `Filters`."""
