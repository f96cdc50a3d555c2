"""Files of questions, as `dialens grid` and `dialens eval run` read them, and as a benchmark.

A question is a conversation with one picture meant. A target is a picture's file below the folder,
or its id: the first 16 digits of its SHA-256.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark, Item, Question, Task
from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.caption_lines import json_lines
from eval.metrics.recall import median_rank, recall
from retrievers.files.spelling import file_named
from retrievers.pictures import find_pictures
from retrievers.text.lettering import whole

_FORM = '{"turns": ["a dog", "on a beach"], "target": "a.jpg", "picture": "b.jpg"}'


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of a file of questions.

    Attributes:
        where: `file:line`, for messages.
        turns: oldest first; none only where a picture is pointed at.
        target: names the picture that is meant.
        picture: names the one that is pointed at, if any.
    """

    where: str
    turns: tuple[str, ...]
    target: str
    picture: str = ""

    def refuse_same(self, targets: Iterable[str], pictures: Iterable[str]) -> None:
        """Refuse to look for the picture that is pointed at: it is left out of the ranking.

        Args:
            targets: what `target` names, one or several of the same content.
            pictures: what `picture` names; none, if nothing is pointed at.

        Raises:
            DatasetError: one is among both.
        """
        if both := sorted(set(targets) & set(pictures)):
            raise DatasetError(
                f"{self.where}: target and picture must differ; both are {both[0]!r}"
            )


def read_questions(path: Path) -> list[Asked]:
    """Read JSON lines such as {"turns": ["a dog", "on a beach"], "target": "ID or file"}.

    A line may also hold "picture", the one pointed at. Blank lines are passed over.

    Raises:
        DatasetError: a line is not of this form, or there is none; says which.
    """
    if asked := [_asked(where, held) for where, held in json_lines(path)]:
        return asked
    raise DatasetError(f"{path} holds no questions")


def _asked(where: str, held: Mapping[str, Any]) -> Asked:
    turns, target, shown = held.get("turns"), _name(held, "target"), _name(held, "picture")
    said = isinstance(turns, list) and all(isinstance(one, str) for one in turns)
    if not said or not target or shown is None or not (turns or shown):
        raise DatasetError(f"{where}: not of the form {_FORM}; got {held!r:.120}")
    if blank := [one for one in turns if not one.strip()]:  # type: ignore[union-attr]
        raise DatasetError(f"{where}: a turn must say something; got {blank[0]!r}")
    return Asked(where, whole(tuple(turns)), target, shown)  # type: ignore[arg-type]


def _name(held: Mapping[str, Any], field: str) -> str | None:
    """Return what names a picture; empty if nothing does, None if it is no name."""
    value = held.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return "" if value is None else value if isinstance(value, str) else None


def questions_benchmark(path: Path, folder: Path, *, name: str) -> Benchmark:
    """Ask over every picture of the folder.

    Raises:
        DatasetError: a line is not of this form, or its picture is not in the folder.
    """
    pool = _Pool(Path(os.path.abspath(folder.expanduser())))  # noqa: PTH100 - links stay links
    questions = [_question(one, pool) for one in read_questions(path)]
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
        self.below = {path: below for below, path in self.files.items()}

    @cached_property
    def by_id(self) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for below, path in self.files.items():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            held.setdefault(digest[:16], []).append(below)
        return held

    def found(self, where: str, name: str) -> list[str]:
        if name in self.files:
            return [name]
        path = file_named(self.folder, name) if "\0" not in name else self.folder
        if (below := self.below.get(path)) is not None:
            return [below]
        if len(name) == 16 and (same := self.by_id.get(name)):
            return same
        raise DatasetError(f"{where}: no picture {name!r} in {self.folder}; give --data DIR")


def _question(asked: Asked, pool: _Pool) -> Question:
    reference = pool.found(asked.where, asked.picture) if asked.picture else []
    right = pool.found(asked.where, asked.target)
    asked.refuse_same(right, reference)
    return Question(
        asked.where.rpartition(":")[2],
        turns=asked.turns,
        picture=pool.files[reference[0]] if reference else None,
        relevant=dict.fromkeys(right, 1.0),
        excluded=frozenset(reference),
    )
