"""Utterances in context, with or without their right readings, as JSON lines.

    {"said": "no people", "state": {"wanted": ["the beach"], "unwanted": [], "filters": {}},
     "shown": 10, "first": 1, "category": "negate", "ok": [{"unwanted": ["people"]}], "soft": []}

A reading names only what changes: `wanted`, `unwanted` and `filters` are the whole field
afterwards, `like` and `unlike` numbers on the screen, `does` other acts. `ok` are right, any of
them; `soft` ones are tolerated. In phrases `(word)` may be there or not; `a|b` are alternatives.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.understanding.constraint_list import (
    Constraints,
    Disliked,
    Liked,
    Refused,
    Wanted,
    conditions_of,
)
from eval.understanding.filter_names import filters_named
from retrievers.text.encodings import read_text
from retrievers.text.json_text import json_of

MOST_SHOWN = 10_000


class UtteranceError(ValueError):
    """A line is no utterance. One line: file, line, what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One line.

    Attributes:
        said: the person's words.
        constraints: what is asked for before; pictures go by their numbers on the screen.
        filters: its conditions as the file names them.
        shown: how many pictures are on the screen.
        first: the number of the first of them.
        category: what it is an example of.
        id: what the file calls it, else the line's number.
        ok: right readings.
        soft: tolerated ones.
    """

    said: str
    constraints: Constraints
    filters: Mapping[str, Any]
    shown: int = 0
    first: int = 1
    category: str = ""
    id: str = ""
    ok: tuple[Mapping[str, Any], ...] = ()
    soft: tuple[Mapping[str, Any], ...] = ()


def read_utterances(path: Path) -> list[Utterance]:
    """Read a file.

    Raises:
        OSError: it can't be read.
        UtteranceError: a line is no utterance.
    """
    return list(utterances(read_text(path).splitlines(), str(path)))


def utterances(lines: Iterable[str], name: str) -> Iterator[Utterance]:
    """Yield the utterances of lines, empty ones left out.

    Raises:
        UtteranceError: a line is none; `name` is said to be the file.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _utterance(json_of(line), number)
        except (ValueError, TypeError) as error:
            reason = "no JSON" if isinstance(error, json.JSONDecodeError) else error
            raise UtteranceError(f"{name}: line {number}: {reason}") from None


def _utterance(held: Any, number: int) -> Utterance:
    if not isinstance(held, dict) or not isinstance(held.get("said"), str):
        raise ValueError("'said' must be a text")
    state = _of(held, "state", dict, {})
    filters = _of(state, "filters", dict, {})
    shown = _of(held, "shown", int, 0)
    if not 0 <= shown <= MOST_SHOWN:
        raise ValueError(f"'shown' must be in 0..{MOST_SHOWN}; got {shown!r}")
    like, unlike = (tuple(map(str, _numbers(state, kind, shown))) for kind in ("like", "unlike"))
    constraints: Constraints = (
        *map(Wanted, _texts(state, "wanted")),
        *map(Refused, _texts(state, "unwanted")),
        *([Liked(like)] if like else []),
        *([Disliked(unlike)] if unlike else []),
        *conditions_of(filters_named(filters)),
    )
    return Utterance(
        said=held["said"],
        constraints=constraints,
        filters=filters,
        shown=shown,
        first=_of(held, "first", int, 1),
        category=_of(held, "category", str, ""),
        id=str(held.get("id", number)),
        ok=_readings(held, "ok"),
        soft=_readings(held, "soft"),
    )


def _of(held: Mapping[str, Any], name: str, kind: type[Any], default: Any) -> Any:
    value = held.get(name, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name!r} must be {_KINDS[kind]}; got {value!r}")
    return value


_KINDS = {dict: "an object", int: "a whole number", str: "a text", list: "a list"}


def _texts(held: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = _of(held, name, list, [])
    if not all(isinstance(one, str) for one in values):
        raise ValueError(f"{name!r} must hold texts; got {values!r}")
    return tuple(values)


def _numbers(held: Mapping[str, Any], name: str, shown: int) -> tuple[int, ...]:
    values = _of(held, name, list, [])
    if not all(isinstance(one, int) and 1 <= one <= shown for one in values):
        raise ValueError(f"{name!r} must hold numbers in 1..{shown}; got {values!r}")
    return tuple(values)


def _readings(held: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    values = _of(held, name, list, [])
    if not all(isinstance(one, dict) for one in values):
        raise ValueError(f"{name!r} must hold objects; got {values!r}")
    for one in values:
        if unknown := sorted(set(one) - set(_FIELDS)):
            raise ValueError(f"{name!r} has {unknown[0]!r}; there are {', '.join(_FIELDS)}")
        for field in one:
            _FIELDS[field](one, field)
    return tuple(values)


def _acts(held: Mapping[str, Any], name: str) -> None:
    for one in _of(held, name, list, []):
        if not isinstance(one, list) or not one or not isinstance(one[0], str):
            raise ValueError(f"{name!r} must hold lists that begin with a name; got {one!r}")


_FIELDS: dict[str, Callable[[Mapping[str, Any], str], object]] = {
    "wanted": _texts,
    "unwanted": _texts,
    "filters": lambda held, name: _of(held, name, dict, {}),
    "like": lambda held, name: _numbers(held, name, MOST_SHOWN),
    "unlike": lambda held, name: _numbers(held, name, MOST_SHOWN),
    "does": _acts,
}
