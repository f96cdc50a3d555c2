"""Captions of a user's own pictures, a line at a time: CSV, TSV, JSON lines, JSON and parquet.

Every reader yields what it reads as it reads it, so that a large file needs little memory, and
says of a bad line which it is.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.benchmarks.dataset import DatasetError
from retrievers.lettering import whole
from retrievers.pictures import SUFFIXES

PICTURE = ("picture", "file", "image", "path", "file_name", "filename", "filepath", "image_path")
CAPTION = ("caption", "captions", "text", "description", "title", "sentence", "label")
MARKS = (",", "\t", ";", "|")


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says of one picture.

    Attributes:
        where: `file:line`, for messages.
        picture: its file, as written there; the bytes themselves where they stand in the file.
        captions: at least one, none of them blank.
    """

    where: str
    picture: str | bytes
    captions: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "captions", whole(self.captions))  # JSON may escape half a letter


def read_table(path: Path) -> Iterator[Line]:
    """Read a table with a heading; its mark is the one that tells picture and caption apart.

    A table of two columns needs no heading if its first cell is a picture's file.

    Raises:
        DatasetError: no heading, a row of another length, bad quotes or no UTF-8.
    """
    mark, heading = _sniffed(path)
    width = len(heading.names)
    for where, cells in _rows(path, mark):
        if heading.own and where.endswith(":1"):
            continue
        if len(cells) != width:
            raise DatasetError(f"{where}: {len(cells)} cells where the heading has {width}")
        captions = [cells[at] for at in heading.captions if cells[at].strip()]
        yield _line(where, cells[heading.picture], captions)


def read_json_lines(path: Path) -> Iterator[Line]:
    """Read lines such as {"file": "a.jpg", "caption": "a dog"}; a list holds several captions.

    Raises:
        DatasetError: a line is not of this form.
    """
    for where, held in json_lines(path):
        yield _said(where, held)


def read_json_list(path: Path, held: Sequence[Any]) -> Iterator[Line]:
    """Read a JSON document that is a list of such objects."""
    for number, one in enumerate(held, start=1):
        yield _said(f"{path}: item {number}", one)


def read_parquet(path: Path) -> Iterator[Line]:
    """Read a table whose pictures are files or bytes, also as `datasets` writes them.

    Raises:
        DatasetError: it is no parquet file, or lacks a column.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            _columns(f"{path}", names)
            number = 0
            for batch in file.iter_batches(batch_size=64):
                for held in batch.to_pylist():
                    number += 1
                    yield _said(f"{path}: row {number}", held)
    except (pyarrow.ArrowException, OSError) as error:
        raise DatasetError(f"{path} cannot be read as parquet: {error}") from error


def json_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every line that is not blank, with its place.

    Raises:
        DatasetError: a line is no JSON object.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                held = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
            except (ValueError, RecursionError) as error:
                raise DatasetError(f"{path}:{number}: no JSON: {error}") from error
            if not isinstance(held, dict):
                raise DatasetError(f"{path}:{number}: not a JSON object in {{}}; got {held!r:.80}")
            yield f"{path}:{number}", held


@dataclass(frozen=True, slots=True)
class _Heading:
    names: Sequence[str]
    picture: int
    captions: Sequence[int]
    own: bool = True


def _sniffed(path: Path) -> tuple[str, _Heading]:
    """Find the mark whose first row has a column of pictures and one of captions."""
    firsts: list[tuple[str, list[str]]] = []
    refused: DatasetError | None = None
    for mark in MARKS:
        try:
            firsts += [(mark, cells) for _, cells in [next(_rows(path, mark), ("", []))] if cells]
        except DatasetError as error:  # quotes that are none with this mark
            refused = error
    if not firsts:
        raise refused or DatasetError(f"{path} is empty; its first line names the columns")
    for mark, cells in firsts:
        names = [cell.strip().lower() for cell in cells]
        if found := _found(names):
            return mark, _Heading(names, *found)
    for mark, cells in firsts:
        if len(cells) == 2 and cells[0].strip().lower().endswith(SUFFIXES):
            return mark, _Heading(cells, 0, [1], own=False)
    names = max((cells for _, cells in firsts), key=len)
    raise _lacking(f"{path}:1", names)


def _rows(path: Path, mark: str) -> Iterator[tuple[str, list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows, begin = csv.reader(file, delimiter=mark, strict=True), 1
        try:
            for cells in rows:
                if cells:
                    yield f"{path}:{begin}", cells
                begin = rows.line_num + 1
        except csv.Error as error:
            raise DatasetError(f"{path}:{begin}: {error}") from error
        except UnicodeDecodeError as error:
            raise DatasetError(f"{path}:{begin}: not UTF-8, here or shortly after") from error


def _found(names: Sequence[str]) -> tuple[int, list[int]] | None:
    pictures = [names.index(one) for one in PICTURE if one in names]
    captions = [at for at, name in enumerate(names) if _is_caption(name) and at not in pictures]
    return (pictures[0], captions) if pictures and captions else None


def _is_caption(name: str) -> bool:
    """Whether a column holds captions: `caption`, and also `caption_2` or `text3`."""
    return name.rstrip("0123456789").rstrip("_ -") in CAPTION


def _columns(where: str, names: Sequence[str]) -> tuple[str, list[str]]:
    lower = [name.lower() for name in names]
    if not (found := _found(lower)):
        raise _lacking(where, names)
    return names[found[0]], [names[at] for at in found[1]]


def _lacking(where: str, names: Sequence[str]) -> DatasetError:
    return DatasetError(
        f"{where}: needs one of {', '.join(PICTURE)} and one of {', '.join(CAPTION)};"
        f" got {list(names)!r:.200}"
    )


def _said(where: str, held: Any) -> Line:
    if not isinstance(held, dict):
        raise DatasetError(f"{where}: not a JSON object in {{}}; got {held!r:.80}")
    picture, captions = _columns(where, [str(name) for name in held])
    texts = [text for name in captions for text in _texts(where, name, held[name])]
    return _line(where, _file_or_bytes(held[picture]), texts)


def _texts(where: str, name: str, value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [] if value is None else [value]
    if wrong := [one for one in texts if not isinstance(one, str)]:
        raise DatasetError(f"{where}: {name} must be a text or texts; got {wrong[0]!r:.80}")
    return texts


def _file_or_bytes(value: Any) -> Any:
    """Unpack what `datasets` makes of a picture: {"bytes": ..., "path": ...}."""
    if isinstance(value, dict):
        return value.get("bytes") or value.get("path")
    return value


def _line(where: str, picture: Any, captions: Sequence[str]) -> Line:
    if not isinstance(picture, str | bytes) or not picture.strip():
        raise DatasetError(f"{where}: names no picture; got {picture!r:.80}")
    texts = tuple(" ".join(text.split()) for text in captions if text.strip())
    if not texts:
        raise DatasetError(f"{where}: {picture!r:.80} has no caption")
    return Line(where, picture.strip() if isinstance(picture, str) else picture, texts)
