"""A user's own pictures as a benchmark: a folder, or a file of captions in any common form.

captions.csv, .tsv, .txt columns such as file and caption; docs/own-pictures.md names all
captions.jsonl, .json    {"file": ..., "caption": ...} a line; COCO's and Karpathy's files
questions.jsonl          {"turns": [...], "target": ...}, as `dialens grid` reads them
shard.tar, data.parquet  pictures and all
FOLDER                   pictures with a .txt of the same name, or one of these files in it
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from eval.benchmark import Benchmark
from eval.benchmarks.captioned import Captioned, both_directions
from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.caption_columns import FOUND_OUT, ColumnChoice, is_file
from eval.benchmarks.own.caption_lines import (
    Line,
    json_lines,
    read_json_lines,
    read_json_list,
    read_parquet,
    read_table,
)
from eval.benchmarks.own.own_questions import questions_benchmark
from eval.benchmarks.own.shards import CAPTIONS, captions_beside, read_tars, taken_out
from eval.benchmarks.published.coco_flickr import coco_official, karpathy
from retrievers.files.spelling import but_for_case, file_named, on_disk
from retrievers.pictures import find_pictures
from retrievers.text.encodings import UnreadableText, read_text
from retrievers.text.json_text import json_of
from retrievers.text.lettering import named

TABLES = (".csv", ".tsv", ".txt")
LINES = (".jsonl", ".ndjson")
TARS = (".tar", ".tar.gz", ".tgz")
FORMS = (*TABLES, *LINES, ".json", ".parquet", *TARS)
IN_FOLDER = (CAPTIONS, "captions.csv", "captions.tsv", "metadata.jsonl", "metadata.csv")
REMEDY = "name the pictures' folder (--data DIR; of a training, pictures=DIR)"


def own_benchmark(
    path: Path, pictures: Path | None = None, *, home: Path, choice: ColumnChoice = FOUND_OUT
) -> Benchmark:
    """Read captions, or questions, of a user's own pictures.

    Args:
        path: the file or folder.
        pictures: the folder that pictures are named below; none: the one that `path` is or is in.
        home: where pictures out of tars and parquet files are kept, below `benchmarks`.
        choice: the columns of a table, or the fields of JSON, that the user names.

    Raises:
        DatasetError: a line or a picture is not as it must be; says which.
    """
    name = "own-" + named(path.absolute().name, "_.-")[:60]
    if path.suffix.lower() in LINES and asks(path):
        return questions_benchmark(path, pictures or path.parent, name=name)
    held, read = _read(path, pictures, home, choice)
    texts = sum(len(one.captions) for one in held)
    return Benchmark(
        name,
        f"{path.name}{read}: {len(held):,} pictures, {texts:,} captions, pool = these pictures",
        both_directions(held),
    )


def read_captions(
    path: Path, pictures: Path | None = None, *, home: Path, choice: ColumnChoice = FOUND_OUT
) -> list[Captioned]:
    """Read captions as `own_benchmark` does.

    Raises:
        DatasetError: there are none, or a line or a picture is not as it must be.
    """
    return _read(path, pictures, home, choice)[0]


def _read(
    path: Path, pictures: Path | None, home: Path, choice: ColumnChoice
) -> tuple[list[Captioned], str]:
    """Return the captions of the split that is meant, and which that is, for people."""
    lines, folder = _opened(path, pictures, home / "benchmarks" / "taken-out", choice)
    lines, taken = of_split(path, lines, choice)
    if not (held := captioned(lines, folder)):
        raise DatasetError(f"{path} holds no captions; its form may be one of {', '.join(FORMS)}")
    return held, taken


def of_split(path: Path, lines: Iterable[Line], choice: ColumnChoice) -> tuple[list[Line], str]:
    """Return the lines of the split that is meant, and its name among all, for people.

    Without a name it is the first of the usual ones that is there; where none is, all are read.

    Raises:
        DatasetError: there is no split of the name.
    """
    held = list(lines)
    named = sorted({one.split for one in held if one.split})
    wanted = choice.split or next((one for one in choice.usual if one in named), "")
    if choice.split and choice.split not in named:
        raise DatasetError(
            f"{path} names no split {choice.split!r}; it names {', '.join(named) or 'none'}"
        )
    if wanted:
        held = [one for one in held if one.split == wanted]
    other = [one for one in named if one != wanted]
    if not other:
        return held, ""
    without = ", ".join(other)
    return held, f" ({wanted}, without {without})" if wanted else f" (of splits {without})"


def captioned(lines: Iterable[Line], folder: Path) -> list[Captioned]:
    """Join the lines of each picture, in the order of their first.

    Raises:
        DatasetError: a picture is not there, or not in the folder.
    """
    held: dict[str, tuple[Path, list[str]]] = {}
    for line in lines:
        path = picture_below(line.where, str(line.picture), folder)
        below = path.relative_to(on_disk(folder)).as_posix()
        _, captions = held.setdefault(below, (path, []))
        captions += [caption for caption in line.captions if caption not in captions]
    return [Captioned(one, path, tuple(said)) for one, (path, said) in held.items()]


def picture_below(where: str, name: str, folder: Path) -> Path:
    """Return the picture's file.

    Raises:
        DatasetError: it is not there, or its name leads out of the folder.
    """
    path = file_named(folder, name)
    if "\0" in name or not path.is_relative_to(on_disk(Path(os.path.normpath(folder)))):
        raise DatasetError(f"{where}: {name!r} is not in {folder}; {REMEDY}")
    if not path.is_file():
        like = " and ".join(repr(one.name) for one in but_for_case(folder, path)[:3])
        there = f", but {like}" if like else ""
        raise DatasetError(f"{where}: no picture {name!r} in {folder}{there}; {REMEDY}")
    return path


def sidecars(folder: Path) -> Iterator[Line]:
    """Yield the captions of the pictures that have a text file of the same name beside them."""
    for found in find_pictures(folder):
        if captions := captions_beside(found.path):
            yield Line(str(found.path.with_suffix(".txt")), str(found.path), captions)


def _opened(
    path: Path, pictures: Path | None, kept: Path, choice: ColumnChoice
) -> tuple[Iterable[Line], Path]:
    """Return the lines of a file or folder, and the folder its pictures are named below."""
    if path.is_dir():
        return _folder(path, pictures, kept, choice)
    if not path.is_file():
        raise DatasetError(f"no file or folder {str(path)!r}")
    folder, suffix = _absolute(pictures or path.parent), path.suffix.lower()
    choice = replace(choice, folder=folder)
    if suffix in TABLES:
        return read_table(path, choice), folder
    if suffix in LINES:
        return read_json_lines(path, choice), folder
    if suffix == ".json":
        return _json(path, folder, choice), folder
    if suffix == ".parquet":
        return _parquet([path], folder, kept, choice)
    if path.name.lower().endswith(TARS):
        return _tars([path], kept)
    raise DatasetError(f"{path} is of no form that is read; those are {', '.join(FORMS)}")


def _folder(
    path: Path, pictures: Path | None, kept: Path, choice: ColumnChoice
) -> tuple[Iterable[Line], Path]:
    folder = _absolute(pictures or path)
    if named := [path / name for name in IN_FOLDER if (path / name).is_file()]:
        return _opened(named[0], folder, kept, choice)
    files = sorted(one for one in path.iterdir() if one.is_file())
    if tars := [one for one in files if one.name.lower().endswith(TARS)]:
        return _tars(tars, kept)
    if tables := [one for one in files if one.suffix == ".parquet"]:
        return _parquet(tables, folder, kept, choice)
    return sidecars(folder), folder


def _tars(paths: list[Path], kept: Path) -> tuple[Iterable[Line], Path]:
    captions = taken_out(read_tars(paths), paths, kept)
    return read_json_lines(captions), captions.parent


def _parquet(
    paths: list[Path], folder: Path, kept: Path, choice: ColumnChoice
) -> tuple[Iterable[Line], Path]:
    lines = chain.from_iterable(read_parquet(path, choice) for path in paths)
    first = next(lines, None)
    if first is None or isinstance(first.picture, str):
        return (chain([first], lines) if first else ()), folder
    captions = taken_out(chain([first], lines), paths, kept)
    return read_json_lines(captions), captions.parent


def _json(path: Path, folder: Path, choice: ColumnChoice) -> Iterable[Line]:
    """Read COCO's captions, one of Karpathy's files (a split of it), or a list of objects."""
    try:
        held = json_of(read_text(path))
    except UnreadableText as error:
        raise DatasetError(str(error)) from error
    except ValueError as error:
        raise DatasetError(f"{path} cannot be read as JSON: {error}") from error
    if isinstance(held, dict) and held and all(map(is_file, held)):
        held = [{"file": name, "captions": said} for name, said in held.items()]
    if isinstance(held, list):
        return read_json_list(path, held, choice)
    if not isinstance(held, dict) or not isinstance(held.get("images"), list):
        raise DatasetError(f"{path}: neither a list of captions nor COCO's images and annotations")
    file = str(path.absolute())
    if "annotations" in held:
        found = coco_official(folder, file=file, pictures="")
    else:
        found = karpathy(folder, file=file, pictures="", split=choice.split or choice.usual[0])
    return (Line(str(path), str(one.path), one.captions) for one in found)


def asks(path: Path) -> bool:
    """Whether a file's lines are questions, as `dialens grid` reads them."""
    return path.is_file() and next(("turns" in held for _, held in json_lines(path)), False)


def _absolute(folder: Path) -> Path:
    return Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - a linked folder stays one
