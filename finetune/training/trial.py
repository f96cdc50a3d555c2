"""How long a training takes on this machine, tried: a few pictures, a few steps, a validation.

The real loop trains in a temporary folder. What grows with the data is told from what does not by
opening the job twice, of fewer and of more pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from finetune.job import Recipe, Size, TrainingJob
from finetune.model.memory import Shape, shape_of
from finetune.training.loop import train
from finetune.training.progress import TrainingProgress
from finetune.training.run_folder import RunFolder
from finetune.training.schedule import Course

FEW, MORE = 12, 36  # pictures
LONGEST = 20.0  # seconds of steps, as soon as there are two


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a training takes, in its parts."""

    preparing: float
    steps: float
    validating: float

    @property
    def total(self) -> float:
        return self.preparing + self.steps + self.validating


def tried(recipe: Recipe, config: Any, size: Size) -> tuple[Seconds, Shape]:
    """Try a training; returns what all of it would take, and the shape of what is trained.

    Raises:
        FinetuneError: it cannot be had, or does not fit.
    """
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        preparing, job, part = _opened(recipe, config, size, folder)
        course = Course(config.training, size.examples)
        told = _few_steps(recipe, job, config, RunFolder(folder / "run"))
    step, validation, saving = _each(told)
    validations = 1 + ceil(course.steps / course.validate_every)
    once = validation * size.judged / max(part.judged, 1)
    found = Seconds(preparing, course.steps * step, validations * (once + saving))
    return found, shape_of(job.model, precision=config.training.precision)


def _opened(
    recipe: Recipe, config: Any, size: Size, folder: Path
) -> tuple[float, TrainingJob, Size]:
    """Open a job of some of the pictures; returns the seconds that all of them would take."""
    assert recipe.size and recipe.part
    if size.pictures <= MORE:
        begin = perf_counter()
        job = recipe.open(config)
        return perf_counter() - begin, job, size
    times = []
    for pictures in (FEW, MORE):
        below = folder / str(pictures)
        below.mkdir()
        some = recipe.part(config, below, pictures)
        begin = perf_counter()
        job = recipe.open(some)
        times.append(perf_counter() - begin)
    first, second = times
    each = max(0.0, second - first) / (MORE - FEW) or second / MORE
    return second + each * (size.pictures - MORE), job, recipe.size(some)


def _few_steps(
    recipe: Recipe, job: TrainingJob, config: Any, run: RunFolder
) -> Sequence[TrainingProgress]:
    """Train until a step after the first validation among the steps, or until it is long enough."""
    told: list[TrainingProgress] = []

    def enough() -> bool:
        steps = [one for one in told if one.loss is not None]
        judged = [one for one in told if one.figures]
        long = bool(told) and told[-1].seconds > LONGEST and len(steps) > 1
        return long or (len(judged) > 1 and told[-1].loss is not None)

    run.create(recipe.name, config, job.data)
    train(job, config.training, run, tell=told.append, should_stop=enough)
    return [one for one in told if one.figures or one.loss is not None]


def _each(told: Sequence[TrainingProgress]) -> tuple[float, float, float]:
    """Return the seconds of a step, of a validation, and of saving after one."""
    laps = [(before, now, now.seconds - before.seconds) for before, now in pairwise(told)]
    learnt = [(before, seconds) for before, now, seconds in laps if now.loss is not None]
    steady = [seconds for before, seconds in learnt if before.loss is not None]
    step = median(steady or [learnt[0][1]])
    saving = [seconds - step for before, seconds in learnt if before.step and before.figures]
    judged = [seconds for _, now, seconds in laps if now.figures]
    return step, judged[0] if judged else told[0].seconds, max([0.0, *saving])
