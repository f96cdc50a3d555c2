"""What a published dataset consists of, and whether a user's copy of it is whole."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.benchmark import Benchmark

_NAMED = 3  # missing pictures that are named


class DatasetError(ValueError):
    """A dataset's file is missing or is not as published. One line: which, and the remedy."""


@dataclass(frozen=True, slots=True)
class DatasetPart:
    """One file or folder of a dataset.

    Attributes:
        path: below the dataset's folder.
        about: what it holds, such as "captions" or "pictures".
        where: the page where it can be had.
        sha256: of the file as published, if known.
    """

    path: str
    about: str
    where: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset under one protocol, not yet read.

    Attributes:
        name: as `dialens eval run` takes it.
        about: one line.
        parts: what a copy must hold.
        load: reads a copy; raises `DatasetError`.
        counts: questions and gallery of each task as published: {"text-to-image": (5000, 1000)}.
    """

    name: str
    about: str
    parts: tuple[DatasetPart, ...]
    load: Callable[[Path], Benchmark]
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def problems(dataset: Dataset, folder: Path) -> list[str]:
    """Return what keeps a copy from being used, a line each; nothing if it is whole."""
    if missing := missing_parts(dataset.parts, folder):
        return missing
    try:
        benchmark = dataset.load(folder)
    except DatasetError as error:
        return [str(error)]
    paths = {item.path for task in benchmark.tasks for item in task.gallery if item.path}
    shown = {one.picture for task in benchmark.tasks for one in task.questions if one.picture}
    return [*_wrong_counts(dataset, benchmark), *missing_pictures(paths | shown)]


def missing_parts(parts: Sequence[DatasetPart], folder: Path) -> list[str]:
    """Return a line for each part that a copy lacks, or that is not as published."""
    lines = []
    for part in parts:
        path = folder / part.path
        if not path.exists():
            lines.append(
                f"no {part.path} ({part.about}) in {folder}; it can be had at {part.where}"
            )
        elif part.sha256 and _sha256(path) != part.sha256:
            lines.append(f"{path} is not the published file; get it again at {part.where}")
    return lines


def missing_pictures(paths: Collection[Path]) -> list[str]:
    """Return a line that counts and names those that are not there; nothing if all are."""
    missing = sorted(path for path in paths if not path.exists())
    some = ", ".join(map(str, missing[:_NAMED])) + (", ..." if len(missing) > _NAMED else "")
    return [f"{len(missing)} of {len(paths)} pictures are missing: {some}"] if missing else []


def _wrong_counts(dataset: Dataset, benchmark: Benchmark) -> Iterator[str]:
    held = {task.name: (len(task.questions), len(task.gallery)) for task in benchmark.tasks}
    for task, published in dataset.counts.items():
        if held.get(task, (0, 0)) != published:
            asked, ranked = held.get(task, (0, 0))
            yield (
                f"{task} has {asked} questions over {ranked} items; published are {published[0]}"
                f" over {published[1]}"
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
