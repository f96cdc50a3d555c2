"""A system that answers at random, for what does not depend on how good it is."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import default_rng

from eval.benchmark import Benchmark, Question, Task
from eval.ranking import ranked
from eval.runs.run import Run, run_task
from eval.systems.system import Answer, OpenedSystem


@dataclass(frozen=True)
class Guessing:
    """Rank at random, without a look at anything; the reference too."""

    name: str = "guessing"

    @contextmanager
    def open(self, task: Task) -> Iterator[OpenedSystem]:
        yield Guesses(task)


@dataclass(frozen=True)
class Guesses:
    task: Task

    @property
    def config(self) -> Mapping[str, Any]:
        return {"seed": 0}

    def answers(self, questions: Sequence[Question], *, start: int = 0) -> Iterator[Answer]:
        ids = np.array([item.id for item in self.task.gallery])
        for at in range(start, len(questions)):
            scores = default_rng(at).random(len(ids))
            yield Answer(ranked(ids, scores, depth=len(ids)))


def guessed(benchmark: Benchmark, folder: Path, task: int = 0) -> Run:
    for one in {one.picture for one in benchmark.tasks[task].questions if one.picture}:
        one.parent.mkdir(parents=True, exist_ok=True)
        one.touch()
    return run_task(Guessing(), benchmark, benchmark.tasks[task], folder=folder / "runs")
