"""Captions of a user's own pictures, a line at a time: CSV, TSV, JSON lines, JSON and parquet.

Every reader yields what it reads as it reads it, so that a large file needs little memory, and
says of a bad line which it is.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.caption_columns import (
    CAPTION,
    FOUND_OUT,
    NO_SENTENCE,
    PICTURE,
    ColumnChoice,
    columns,
    file_of,
    is_file,
    splits,
    texts_of,
    told,
)
from eval.benchmarks.remarks import remark
from retrievers.text.encodings import UnreadableText, lines_of
from retrievers.text.json_text import json_of
from retrievers.text.lettering import whole

MAX_GROWTH = 20  # bytes taken out of a file for each that it has
ALWAYS = 1 << 27  # bytes that may be taken out of any
MARKS = (  # and whether quotes hold a cell together, or are part of what is said
    *((",", True), ("\t", True), (";", True), ("|", True), ("\t", False), ("|", False)),
)
_QUOTING: dict[bool, Literal[0, 3]] = {True: csv.QUOTE_MINIMAL, False: csv.QUOTE_NONE}
SEP = re.compile(r'"?sep=.?"?\s*', re.IGNORECASE)
"""Excel's own first line; the mark is found out all the same."""
LOOKED_AT = 50  # rows that tell what a column holds
MOST_COLUMNS = 1000
MOST_ROWS = 1_000_000  # of a table that has fewer bytes


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says of one picture.

    Attributes:
        where: `file:line`, for messages.
        picture: its file, as written there; the bytes themselves where they stand in the file.
        captions: at least one, none of them blank.
        split: the split that it belongs to, if it says.
    """

    where: str
    picture: str | bytes
    captions: tuple[str, ...]
    split: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "captions", whole(self.captions))  # JSON may escape half a letter


def read_table(path: Path, choice: ColumnChoice = FOUND_OUT) -> Iterator[Line]:
    """Read a table; its mark is the one that tells pictures and captions apart.

    A heading is not needed where one column holds pictures' files and another sentences.

    Raises:
        DatasetError: no such columns, a row of another length, bad quotes, or no text.
    """
    return _captioned(_of_table(path, choice))


def _of_table(path: Path, choice: ColumnChoice) -> Iterator[Line | DatasetError]:
    layout = _sniffed(path, choice)
    if layout.told:
        remark(f"{path}: {layout.told}")
    rows = _rows(path, layout.mark, quoted=layout.quoted)
    for where, cells in islice(rows, 1, None) if layout.heading else rows:
        width = len(layout.names)
        if any(cells[width:]) or len(cells) < min(width, layout.last + 1):
            raise DatasetError(f"{where}: {len(cells)} cells where the heading has {width}")
        captions = [cells[at] for at in layout.captions if at < len(cells)]
        split = "".join(cells[at] for at in layout.split if at < len(cells))
        yield _line(where, cells[layout.picture], captions, split)


def read_json_lines(path: Path, choice: ColumnChoice = FOUND_OUT) -> Iterator[Line]:
    """Read lines such as {"file": "a.jpg", "caption": "a dog"}; a list holds several captions.

    Raises:
        DatasetError: a line is not of this form.
    """
    return _captioned(_objects(path, json_lines(path), choice))


def read_json_list(
    path: Path, held: Sequence[Any], choice: ColumnChoice = FOUND_OUT
) -> Iterator[Line]:
    """Read a JSON document that is a list of such objects."""
    items = ((f"{path}: item {at}", one) for at, one in enumerate(held, start=1))
    return _captioned(_objects(path, items, choice))


def read_parquet(path: Path, choice: ColumnChoice = FOUND_OUT) -> Iterator[Line]:
    """Read a table whose pictures are files or bytes, also as `datasets` writes them.

    Raises:
        DatasetError: it is no parquet file, or lacks a column.
    """
    return _captioned(_objects(path, _parquet_rows(path), choice))


def _parquet_rows(path: Path) -> Iterator[tuple[str, Any]]:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            _refuse_to_swell(path, file.metadata)
            number = 0
            for batch in file.iter_batches(batch_size=64):
                for held in batch.to_pylist():
                    number += 1
                    yield f"{path}: row {number}", held
    except (pyarrow.ArrowException, OSError) as error:
        raise DatasetError(f"{path} cannot be read as parquet: {error}") from error


def _refuse_to_swell(path: Path, about: Any) -> None:
    """Refuse a table that says that it becomes far more than it is.

    Raises:
        DatasetError: it does.
    """
    groups = [about.row_group(at) for at in range(about.num_row_groups)]
    within = sum(one.total_byte_size for one in groups)
    if within > ALWAYS + MAX_GROWTH * path.stat().st_size:
        raise DatasetError(
            f"{path}: holds {within:,} bytes, over {MAX_GROWTH} times as many as it has"
        )
    # a run of one value takes next to no bytes, however many rows it is of
    if (rows := about.num_rows) > MOST_ROWS + path.stat().st_size:
        raise DatasetError(f"{path}: holds {rows:,} rows, more than it has bytes")


def json_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every line that is not blank, with its place.

    Raises:
        DatasetError: a line is no JSON object.
    """
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            held = json_of(line)
        except ValueError as error:
            raise DatasetError(f"{path}:{number}: no JSON: {error}") from error
        if not isinstance(held, dict):
            raise DatasetError(f"{path}:{number}: not a JSON object in {{}}; got {held!r:.80}")
        yield f"{path}:{number}", held


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a table is laid out; columns by their number."""

    mark: str
    names: Sequence[str]
    picture: int
    captions: Sequence[int]
    heading: bool
    quoted: bool
    split: Sequence[int] = ()  # the one column that names splits, if any
    told: str = ""  # which are captions, if that must be said

    @property
    def last(self) -> int:
        """The last column that a row cannot do without."""
        return max(self.picture, *self.captions)


def _sniffed(path: Path, choice: ColumnChoice) -> _Layout:
    """Find the mark whose columns are pictures and captions."""
    firsts: list[tuple[str, bool, list[list[str]]]] = []
    refused: DatasetError | None = None
    for mark, quoted in MARKS:
        rows: list[list[str]] = []
        try:
            rows.extend(cells for _, cells in islice(_rows(path, mark, quoted=quoted), LOOKED_AT))
        except DatasetError as error:  # quotes that are none with this mark
            refused = refused or error
        if rows:
            firsts.append((mark, quoted, rows))
    if not firsts:
        raise refused or DatasetError(f"{path} is empty; its first line names the columns")
    for heading in (True, False):
        for mark, quoted, rows in firsts:
            if layout := _layout(mark, rows, choice, heading=heading, quoted=quoted):
                return layout
    raise _lacking(f"{path}:1", max((rows[0] for *_, rows in firsts), key=len), choice)


def _layout(
    mark: str, rows: Sequence[Sequence[str]], choice: ColumnChoice, *, heading: bool, quoted: bool
) -> _Layout | None:
    if not 2 <= len(rows[0]) <= MOST_COLUMNS or heading == any(map(is_file, rows[0])):
        return None
    body = rows[1:] if heading else rows
    numbers: dict[str, int] = {}
    for at, name in enumerate(rows[0]):
        name = name if heading else str(at)
        while name in numbers:  # two columns of one name, which blanks do not change
            name += " "
        numbers[name] = at
    held = {name: _column(body, at) for name, at in numbers.items()}
    if found := columns(held, choice):
        captions = [numbers[one] for one in found[1]]
        split = [numbers[one] for one in splits(numbers)]
        said = told(held, *found) if heading and not choice.captions else ""
        return _Layout(
            mark, list(numbers), numbers[found[0]], captions, heading, quoted, split, said
        )
    if (
        not (choice.picture or choice.captions)
        and len(numbers) == 2
        and body
        and is_file(body[0][0])
        and not (heading and all(map(NO_SENTENCE.fullmatch, _column(body, 1))))
    ):
        return _Layout(mark, list(numbers), 0, [1], heading, quoted)
    return None


def _column(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    return [cells[at] for cells in rows if at < len(cells)]


def _rows(path: Path, mark: str, *, quoted: bool) -> Iterator[tuple[str, list[str]]]:
    lines = (one if at or not SEP.fullmatch(one) else "\n" for at, one in enumerate(_lines(path)))
    rows, begin = csv.reader(lines, strict=True, delimiter=mark, quoting=_QUOTING[quoted]), 1
    try:
        for cells in rows:
            if any(cell.strip() for cell in cells):
                yield f"{path}:{begin}", cells
            begin = rows.line_num + 1
    except csv.Error as error:
        raise DatasetError(f"{path}:{begin}: {error}") from error


def _lines(path: Path) -> Iterator[str]:
    try:
        yield from lines_of(path)
    except UnreadableText as error:
        raise DatasetError(str(error)) from error


def _lacking(where: str, names: Sequence[str], choice: ColumnChoice) -> DatasetError:
    pictures = choice.picture or f"one of {', '.join(PICTURE)}"
    captions = ", ".join(choice.captions) or f"one of {', '.join(CAPTION)}"
    return DatasetError(
        f"{where}: needs {pictures} and {captions}; or name --file-column and --caption-column;"
        f" got {list(names)!r:.200}"
    )


def _captioned(lines: Iterable[Line | DatasetError]) -> Iterator[Line]:
    """Pass over pictures without a caption, unless none has one: nothing asks for them."""
    lacking: list[DatasetError] = []
    captioned = False
    for line in lines:
        if isinstance(line, DatasetError):
            lacking.append(line)
        else:
            captioned = True
            yield line
    if lacking and not captioned:
        raise lacking[0]
    if lacking:
        more = f", nor have {len(lacking) - 1} others" if lacking[1:] else ""
        remark(f"{lacking[0]}{more}; passed over")


def _objects(
    path: Path, rows: Iterator[tuple[str, Any]], choice: ColumnChoice
) -> Iterator[Line | DatasetError]:
    """Read objects; what the first ones have in common tells the fields of all."""
    first = list(islice(rows, LOOKED_AT))
    held: dict[str, list[Any]] = {}
    for _, one in first:
        for name, value in one.items() if isinstance(one, dict) else ():
            held.setdefault(str(name), []).append(value)
    usual = columns(held, choice) if held else None
    if usual and not choice.captions and (said := told(held, *usual)):
        remark(f"{path}: {said}")
    for where, one in chain(first, rows):
        yield _said(where, one, choice, usual)


def _said(
    where: str, held: Any, choice: ColumnChoice, usual: tuple[str, list[str]] | None
) -> Line | DatasetError:
    if not isinstance(held, dict):
        raise DatasetError(f"{where}: not a JSON object in {{}}; got {held!r:.80}")
    found = columns({str(name): [value] for name, value in held.items()}, choice)
    if usual and held.get(usual[0]) and (own := [name for name in usual[1] if held.get(name)]):
        found = usual[0], own
    if found is None:
        raise _lacking(where, [str(name) for name in held], choice)
    picture, captions = found
    texts = [text for name in captions for text in _texts(where, name, held[name])]
    split = "".join(str(held[one]) for one in splits(map(str, held)))
    return _line(where, _file_or_bytes(held[picture]), texts, split)


def _texts(where: str, name: str, value: Any) -> list[str]:
    texts = [] if value is None else texts_of(value)
    if wrong := [one for one in texts if not isinstance(one, str)]:
        raise DatasetError(f"{where}: {name} must be a text or texts; got {wrong[0]!r:.80}")
    return texts


def _file_or_bytes(value: Any) -> Any:
    """Unpack what `datasets` makes of a picture: {"bytes": ..., "path": ...}."""
    if isinstance(value, dict):
        return value.get("bytes") or value.get("path")
    return value


def _line(
    where: str, picture: Any, captions: Sequence[str], split: str = ""
) -> Line | DatasetError:
    """Return what a line says; what is wrong with it, if that is only that it has no caption."""
    if not isinstance(picture, str | bytes) or not picture.strip():
        raise DatasetError(f"{where}: names no picture; got {picture!r:.80}")
    texts = tuple(" ".join(text.split()) for text in captions if text.strip())
    if not texts:
        return DatasetError(f"{where}: {picture!r:.80} has no caption")
    file = file_of(picture) if isinstance(picture, str) else picture
    return Line(where, file, texts, split.strip())
