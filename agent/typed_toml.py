"""The one reader of TOML: a table becomes a dataclass, or each wrong key gets a line with its path.

    system.toml: colour: there is no such key; there are rewriter, reranker, ...
    system.toml: reranker_options.k: must be a whole number, without quotes; got '4'

Profiles, stages, systems, grids and trainings are read here. Types are held to: no text passes for
a number, no number for true or false. pydantic is imported when there is a table to check, not
before: it takes 0.15 s.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, time
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from retrievers.files.regular_file import read_regular
from retrievers.text.encodings import UnreadableText, decoded, read_text

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

Typed = TypeVar("Typed")
Table = dict[str, Any]

_MUST_BE = {
    **dict.fromkeys(("string_type", "path_type"), "a text in quotes"),
    "bool_type": "true or false, without quotes",
    **dict.fromkeys(("int_type", "int_from_float"), "a whole number, without quotes"),
    "float_type": "a number, without quotes",
    **dict.fromkeys(("list_type", "tuple_type"), "a list in brackets"),
    **dict.fromkeys(("dict_type", "mapping_type", "dataclass_type"), "a table"),
}
LARGEST = 1 << 20  # bytes of settings
_DEEP = re.compile(  # a dotted key of 64 parts: tomllib takes a time that grows with their square
    r"""(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}"""
)
_SURPLUS, _RULE = "unexpected_keyword_argument", "value_error"


class TomlError(ValueError):
    """A file is no TOML, or says what cannot be. A line for each key: file, path, what is wrong."""


def read_toml(path: Path, *, most: int | None = None) -> Table:
    """Read a TOML file.

    Args:
        path: the file.
        most: bytes that it may have, in a regular file; none: 1 MB, and from a pipe if need be.

    Raises:
        TomlError: it cannot be read, or is no TOML.
    """
    try:
        text = read_text(path, LARGEST) if most is None else decoded(read_regular(path, most))
    except UnreadableText as error:
        named = str(error) if most is None else f"{path} cannot be read as TOML: {error}"
        raise TomlError(named) from error
    except OSError as error:
        raise TomlError(f"{path} cannot be read: {error.strerror}") from error
    if _DEEP.search(text):
        raise TomlError(f"{path} cannot be read as TOML: a key of more than 64 parts")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TomlError(f"{path} cannot be read as TOML: {error}") from error


def typed(kind: type[Typed], table: Mapping[str, Any], where: str | Path) -> Typed:
    """Make a dataclass of a table, and of the tables in it those that are its fields.

    Args:
        kind: of the dataclass, or `dict[str, kind]`. A rule that it has beyond its types is a
            ValueError of its `__post_init__`, whose lines begin with the key and a colon.
        table: as TOML has it.
        where: what the lines begin with, such as the file.

    Raises:
        TomlError: a key is surplus, missing, or its value cannot be.
    """
    made: Typed
    made, lines = _made(kind, table)
    if lines:
        raise TomlError("\n".join(f"{where}: {line}" for line in lines))
    return made


def wrong(kind: type[Any], table: Mapping[str, Any]) -> list[str]:
    """Return a line for each key of a table that is wrong, without a file's name; see `typed`."""
    return _made(kind, table)[1]


def _made(kind: Any, table: Mapping[str, Any]) -> tuple[Any, list[str]]:
    from pydantic import ValidationError

    try:
        lines = {path: f"{path}: {what}" for path, what in _no_values(table)}
        text = json.dumps(table, default=lambda one: str(one) if isinstance(one, Path) else {})
        made = _adapter(kind).validate_json(text, strict=True, extra="forbid")
        return made, list(lines.values())
    except ValidationError as error:
        told = error.errors(include_url=False)
        if lines:  # a rule only says the same of a value that is none
            told = [one for one in told if one["type"] != _RULE]
    except (ValueError, RecursionError) as error:  # what even JSON cannot hold
        return None, [f"a value cannot be read: {error}"]
    return None, list((_lines(kind, table, told) | lines).values())


@cache
def _adapter(kind: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _no_values(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield what TOML has and no setting is: dates, and numbers that are none."""
    match value:
        case float() if not isfinite(value):
            yield path, f"must be a finite number; got {value!r}"
        case date() | time():
            yield path, f"must not be a date or time; in quotes it is a text; got {value}"
        case dict():
            for key, one in value.items():
                yield from _no_values(one, _joined(path, key))
        case list() | tuple():
            for at, one in enumerate(value):
                yield from _no_values(one, _joined(path, at))


def _lines(kind: Any, table: Mapping[str, Any], told: Sequence["ErrorDetails"]) -> dict[str, str]:
    """Return a line for each path; what several kinds of a union say of one value is joined."""
    lines: dict[str, str] = {}
    kinds: dict[str, list[str]] = {}
    for one in told:
        keys, value = _place(table, one["loc"])
        path = _path(keys)
        if one["type"] == _RULE:
            for line in str(one["ctx"]["error"]).splitlines():
                lines[f"{path}.{line}"] = f"{path}.{line}" if path else line
        elif one["type"] == _SURPLUS:
            known = ", ".join(_keys_of(kind, keys[:-1]))
            there = f"there are {known}" if known else "there is none"
            lines[path] = f"{path}: there is no such key; {there}"
        elif one["type"].startswith("missing"):
            path = _path([*keys, *one["loc"][len(keys) :]])
            lines[path] = f"{path}: is missing"
        elif one["type"] == "too_long":
            lines[path] = f"{path}: must hold {one['ctx']['max_length']} at most; got {value!r}"
        elif must_be := _must_be(one):
            said = kinds.setdefault(path, [])
            said += [must_be] if must_be not in said else []
            lines[path] = f"{path}: must be {' or '.join(said)}; got {value!r}"
        else:
            lines[path] = f"{path}: {one['msg']}; got {value!r}"
    return lines


def _must_be(one: "ErrorDetails") -> str:
    if one["type"] == "literal_error":
        return f"one of {one['ctx']['expected']}"
    return _MUST_BE.get(one["type"], "")


def _place(table: Any, place: Sequence[str | int]) -> tuple[list[str | int], Any]:
    """Follow keys into a table for as long as there are such, as a union's kinds are among them."""
    value, keys = table, list[str | int]()
    for key in place:
        try:
            value = value[key]
        except (LookupError, TypeError):
            break
        keys.append(key)
    return keys, value


def _path(keys: Sequence[str | int]) -> str:
    path = ""
    for key in keys:
        path = _joined(path, key)
    return path


def _joined(path: str, key: str | int) -> str:
    """Return a key's path as TOML would write it; a place in a list counts from 0."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    bare = re.fullmatch(r"[\w-]+", key, re.ASCII)
    name = key if bare else json.dumps(key, ensure_ascii=False)
    return f"{path}.{name}" if path else name


def _keys_of(kind: Any, keys: Sequence[str | int]) -> list[str]:
    """Return which keys the table has that these lead to."""
    for key in keys:
        kind = get_type_hints(kind)[str(key)] if is_dataclass(kind) else get_args(kind)[-1]
    return [one.name for one in fields(kind) if one.init]
