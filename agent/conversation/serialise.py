"""Frozen dataclasses to JSON values and back, by their annotations.

Fields at their default are left out. A path that is not UTF-8 survives, because JSON written in
ASCII keeps lone surrogates. An act carries its class name under `act`, a constraint and an edit
theirs under `kind`. No pydantic: importing it
alone takes as long as all else that `dialens --help` does.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from agent.understanding.acts import Act
from agent.understanding.constraint_list import Constraint
from agent.understanding.edits import Edit

_TAGS = ("act", "kind")


def serialise(value: Any) -> Any:
    """Turn a dataclass, or anything that a field of one holds, into what `json` can write."""
    if is_dataclass(value):
        key = "act" if isinstance(value, Act) else "kind"
        tag = {key: type(value).__name__} if isinstance(value, Act | Constraint | Edit) else {}
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        written = {f.name: held[f.name] for f in fields(value) if held[f.name] != _default(f)}
        return tag | {name: serialise(item) for name, item in written.items()}
    if isinstance(value, Mapping):
        return {key: serialise(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [serialise(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def deserialise(kind: Any, values: Any) -> Any:
    """Rebuild a value of the annotation `kind` from what `serialise` made of it.

    Raises:
        KeyError, TypeError, ValueError: `values` does not hold such a value.
    """
    origin, args = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _dataclass(kind, values)
    if origin in (UnionType, Union):
        return _one_of(args, values)
    if origin is Literal:
        return args[args.index(values)]
    if origin is tuple:
        items = args[:1] * len(values) if args[1:] == (...,) else args
        return tuple(deserialise(item, value) for item, value in zip(items, values, strict=True))
    if origin is frozenset:
        return frozenset(deserialise(args[0], item) for item in values)
    if origin is not None:  # a mapping with text keys
        return {key: deserialise(args[1], item) for key, item in values.items()}
    return _scalar(kind, values)


def _scalar(kind: Any, values: Any) -> Any:
    if issubclass(kind, date):
        timed = kind is date and "T" in values
        return (datetime if timed else kind).fromisoformat(values)
    if kind is Path:
        return Path(values)
    if kind is float and isinstance(values, int):
        return float(values)
    if not isinstance(values, kind):
        raise TypeError(f"expected {kind.__name__}, got {values!r}")
    return values


def _dataclass(kind: Any, values: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    given = {name: item for name, item in values.items() if name not in _TAGS}
    if unknown := given.keys() - hints.keys():
        raise ValueError(f"{kind.__name__} has no field {sorted(unknown)[0]!r}")
    return kind(**{name: deserialise(hints[name], item) for name, item in given.items()})


def _one_of(kinds: tuple[Any, ...], values: Any) -> Any:
    if values is None and type(None) in kinds:
        return None
    left = [kind for kind in kinds if kind is not type(None)]
    if len(left) == 1:
        return deserialise(left[0], values)
    return deserialise({kind.__name__: kind for kind in left}[_tag(values)], values)


def _tag(values: Any) -> str:
    (tag,) = (values[key] for key in _TAGS if key in values)
    return str(tag)


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
