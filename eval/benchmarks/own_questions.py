"""The questions that `dialens grid` reads, as a benchmark: conversations with one picture meant.

A target is a picture's file below the folder, or its id: the first 16 digits of its SHA-256.
"""

import hashlib
import os
from functools import cached_property
from pathlib import Path
from typing import Any
from unicodedata import normalize

from eval.benchmarks.benchmark import Benchmark, Item, Question, Task
from eval.benchmarks.caption_lines import json_lines
from eval.benchmarks.dataset import DatasetError
from eval.metrics.recall import median_rank, recall
from retrievers.pictures import find_pictures

_FORM = '{"turns": ["a dog", "on a beach"], "target": "a.jpg", "picture": "b.jpg"}'


def questions_benchmark(path: Path, folder: Path, *, name: str) -> Benchmark:
    """Ask over every picture of the folder.

    Raises:
        DatasetError: a line is not of this form, or its picture is not in the folder.
    """
    pool = _Pool(Path(os.path.abspath(folder.expanduser())))  # noqa: PTH100 - links stay links
    questions = [_question(where, held, pool) for where, held in json_lines(path)]
    task = Task(
        "dialogue-to-image",
        tuple(Item(below, path=found) for below, found in pool.files.items()),
        questions,
        (recall(1), recall(5), recall(10), median_rank()),
    )
    protocol = (
        f"{path.name}: {len(questions):,} conversations over {len(pool.files):,} pictures,"
        " the picture pointed at left out"
    )
    return Benchmark(name, protocol, (task,))


class _Pool:
    """The pictures of a folder, by path below it and, if need be, by content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {found.below: found.path for found in find_pictures(folder)}

    @cached_property
    def composed(self) -> dict[str, str]:
        return {normalize("NFC", below): below for below in self.files}

    @cached_property
    def by_id(self) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for below, path in self.files.items():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            held.setdefault(digest[:16], []).append(below)
        return held

    def found(self, where: str, name: str) -> list[str]:
        if below := name if name in self.files else self.composed.get(normalize("NFC", name)):
            return [below]
        if len(name) == 16 and (same := self.by_id.get(name)):
            return same
        raise DatasetError(f"{where}: no picture {name!r} in {self.folder}; give --data DIR")


def _question(where: str, held: Any, pool: _Pool) -> Question:
    turns, target, shown = held.get("turns"), held.get("target"), held.get("picture") or ""
    said = isinstance(turns, list) and all(isinstance(one, str) for one in turns)
    if (
        not said
        or not (turns or shown)
        or not isinstance(target, str)
        or not isinstance(shown, str)
    ):
        raise DatasetError(f"{where}: not of the form {_FORM}; got {held!r:.120}")
    reference = pool.found(where, shown) if shown else []
    right = pool.found(where, target)
    if set(right) & set(reference):
        raise DatasetError(f"{where}: target and picture must differ; both are {target!r}")
    return Question(
        where.rpartition(":")[2],
        turns=tuple(turns),
        picture=pool.files[reference[0]] if reference else None,
        relevant=dict.fromkeys(right, 1.0),
        excluded=frozenset(reference),
    )
