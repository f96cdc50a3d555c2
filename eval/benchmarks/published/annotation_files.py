"""Annotation files as their authors published them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from eval.benchmarks.dataset import DatasetError
from retrievers.text.encodings import UnreadableText, read_text
from retrievers.text.json_text import json_of

T = TypeVar("T")


def read_json(path: Path) -> Any:
    """Read a file.

    Raises:
        DatasetError: it is missing, or no JSON.
    """
    try:
        return json_of(read_text(path))
    except UnreadableText as error:
        raise DatasetError(str(error)) from error
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read as JSON: {error}") from error


def each(path: Path, rows: object, read: Callable[[Any], T], *, of: str = "") -> list[T]:
    """Read every row of a file.

    Args:
        path: of the file, for messages.
        rows: a list of them, or what yields them.
        read: reads one; what it raises is told with the row's number.
        of: the part of the file that the rows stand in.

    Raises:
        DatasetError: a row is not as it must be; names file, row, and what is wrong with it.
    """
    if isinstance(rows, str | Mapping) or not isinstance(rows, Iterable):
        raise DatasetError(f"{path}: {of or 'the file'} must be a list of rows; got {rows!r:.80}")
    found = []
    for number, one in enumerate(rows, start=1):
        try:
            found.append(read(one))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            where = f"{path}: row {number}{f' of {of}' * bool(of)}"
            raise DatasetError(f"{where}: {_wrong(one, error)}; got {one!r:.120}") from error
    return found


def text_of(held: Any, name: str) -> str:
    """Return a field that must be text."""
    if not isinstance(said := held[name], str):
        raise ValueError(f"{name!r} must be text")
    return said


def texts_of(held: Any, name: str) -> tuple[str, ...]:
    """Return a field that must be texts, at least one."""
    said = held[name]
    if not isinstance(said, list) or not said or not all(isinstance(one, str) for one in said):
        raise ValueError(f"{name!r} must be a list of texts, not empty")
    return tuple(said)


def number_of(held: Any, name: str) -> int:
    """Return a field that must be a whole number, such as COCO's ids; digits in quotes will do."""
    said = held[name]
    if isinstance(said, bool) or not isinstance(said, int | str):
        raise ValueError(f"{name!r} must be a whole number")
    return int(said)


def _wrong(row: Any, error: Exception) -> str:
    if isinstance(error, KeyError):
        key = error.args[0]
        lacks = isinstance(row, Mapping) and key not in row
        return f"lacks {key!r}" if lacks else f"names {key!r}, which is not there"
    return str(error) if isinstance(error, ValueError) else f"not of this form ({error})"


@contextmanager
def taken_from(path: Path, form: str) -> Iterator[None]:
    """Turn what an unexpected form leads to into a `DatasetError` that names the file."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path} is not {form} as published: {error!r}") from error
