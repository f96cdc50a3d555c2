"""A recipe's settings: from a TOML file and the command line into its dataclass, and back.

A file holds the dataclass's fields; nested dataclasses are tables. Every setting is checked by its
type, and one that does not exist is refused.

    captions = "captions.csv"

    [training]
    epochs = 20

    [lora]
    rank = 16
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from agent.typed_toml import Table, TomlError, read_toml, typed
from finetune.error import FinetuneError
from retrievers.checkpoints.portable_names import absolute

Config = TypeVar("Config")


def read_config(kind: type[Config], path: Path | None, changes: Sequence[str] = ()) -> Config:
    """Read settings of a kind.

    Args:
        kind: the recipe's dataclass.
        path: the TOML file; none: only defaults and changes.
        changes: such as `lora.rank=16`; they win over the file. Relative paths in either are
            below the working directory.

    Raises:
        FinetuneError: the file cannot be read, or a setting does not exist or is of another type.
    """
    table = read_table(path) if path else {}
    table.pop("recipe", None)  # whose settings they are
    for change in changes:
        _put(table, change)
    return checked(kind, table, str(path) if path else "the command line")


def checked(kind: type[Config], table: Table, where: str) -> Config:
    """Make settings of a table.

    Raises:
        FinetuneError: a setting does not exist, is missing, or is of another type.
    """
    try:
        config: Config = _absolute(typed(kind, _whole(kind, table), where))
    except TomlError as error:
        raise FinetuneError(str(error)) from error
    return config


def _whole(kind: type[Any], table: Table) -> Table:
    """Fill a nested table that is given in part with the kind's own defaults."""
    own = {name: value for name, value in defaults(kind).items() if isinstance(value, dict)}
    return {
        name: {**own[name], **value} if name in own and isinstance(value, dict) else value
        for name, value in table.items()
    }


def written(config: Any) -> str:
    """Write settings as TOML that `read_config` reads."""
    return as_toml(asdict(config))


def defaults(kind: type[Any]) -> Table:
    """Return a kind's settings as a table; what has no default is an empty text."""
    hints = get_type_hints(kind)
    table: Table = {}
    for field in fields(kind):
        inner = hints[field.name]
        if field.default_factory is not MISSING and is_dataclass(own := field.default_factory()):
            table[field.name] = asdict(own)  # type: ignore[arg-type]
        elif is_dataclass(inner) and isinstance(inner, type):
            table[field.name] = defaults(inner)
        else:
            table[field.name] = "" if field.default is MISSING else field.default
    return table


def as_toml(table: Mapping[str, Any]) -> str:
    """Write a table of plain values and tables; what is None is a comment that shows its name."""
    plain = json.loads(json.dumps(table, default=str))
    lines = [
        f'# {name} = ""' if value is None else f"{name} = {_scalar(value)}"
        for name, value in plain.items()
        if not isinstance(value, dict)
    ]
    for name, inner in plain.items():
        if isinstance(inner, dict):
            lines += ["", f"[{name}]"]
            lines += [f"{key} = {_scalar(value)}" for key, value in inner.items()]
    return "\n".join(lines) + "\n"


def _scalar(value: object) -> str:
    """Write a value as JSON, which is TOML but for characters that only one of them escapes."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_table(path: Path) -> Table:
    """Read a file of settings as it stands.

    Raises:
        FinetuneError: it cannot be read.
    """
    try:
        return read_toml(path)
    except TomlError as error:
        raise FinetuneError(str(error)) from error


def _put(table: Table, change: str) -> None:
    name, equals, text = change.partition("=")
    if not equals:
        raise FinetuneError(f"a change is NAME=VALUE, such as lora.rank=16; got {change!r}")
    *outer, last = name.strip().split(".")
    for one in outer:
        table = table.setdefault(one, {})
        if not isinstance(table, dict):
            raise FinetuneError(f"{one!r} is no table, so it has no {last!r}; got {change!r}")
    try:
        table[last] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:  # a text or path, which a shell has taken the quotes from
        table[last] = text


def _absolute(config: Any) -> Any:
    """Return settings with whole paths, so that a run goes on from any folder."""
    held = {field.name: getattr(config, field.name) for field in fields(config)}
    paths = {
        name: value.expanduser().absolute()
        for name, value in held.items()
        if isinstance(value, Path)
    }
    models = {name: absolute(value) for name, value in held.items() if name in ("base", "encoder")}
    return replace(config, **paths, **models)
