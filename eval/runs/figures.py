"""The figures of a run, or of the folds of a protocol, in one row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import numpy as np

from eval.benchmark import Measure
from eval.metrics.shortlist_selection import ceiling
from eval.runs.run import Run
from eval.significance import bootstrap_interval, mean


@dataclass(frozen=True, slots=True)
class FiguresRow:
    """What one system reached in one task.

    Attributes:
        benchmark: its name.
        task: its name.
        system: its name.
        figures: by measure, shares as 0 to 1.
        first: the first stage's figures, where later stages changed its order.
        ceiling: the share of questions whose answer the reranker was given; None without one.
        seconds: per question, all stages.
        tokens: per question.
        questions: how many.
        lost: share of questions in which a stage failed.
        intervals: 95 % bootstrap intervals of the figures that are means over questions, if asked
            for; none for means over folds, tasks or groups.
    """

    benchmark: str
    task: str
    system: str
    figures: Mapping[str, float]
    first: Mapping[str, float]
    ceiling: float | None
    seconds: float
    tokens: float
    questions: int
    lost: float
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def row(run: Run, measures: Sequence[Measure] = (), *, intervals: bool = False) -> FiguresRow:
    """Score a run by its task's measures, or by others."""
    task = run.task
    chosen = measures or task.measures
    answers = list(run.answers.values())
    staged = any(answer.first for answer in answers)
    shortlist = max((answer.shortlist for answer in answers), default=0)
    return FiguresRow(
        benchmark=str(run.record["benchmark"]),
        task=task.name,
        system=run.system,
        figures={one.name: one.of(task.questions, run.rankings) for one in chosen},
        first={one.name: one.of(task.questions, run.firsts) for one in chosen} if staged else {},
        ceiling=ceiling(task.questions, run.firsts, shortlist) if shortlist and chosen else None,
        seconds=fmean(sum(answer.seconds.values()) for answer in answers),
        tokens=fmean(answer.tokens for answer in answers),
        questions=len(answers),
        lost=fmean(bool(answer.lost) for answer in answers),
        intervals=_intervals(run, chosen) if intervals else {},
    )


def _intervals(run: Run, measures: Sequence[Measure]) -> dict[str, tuple[float, float]]:
    questions = run.task.questions
    if len({question.group for question in questions}) > 1:
        return {}
    means = [one for one in measures if one.total is mean]
    held = {one.name: list(one.values(questions, run.rankings).values()) for one in means}
    return {name: bootstrap_interval(v) for name, v in held.items() if np.isfinite(v).all()}


def under_one_protocol(runs: Sequence[Run]) -> list[list[Run]]:
    """Part runs by benchmark and protocol: only those stand in one table."""
    parted: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        key = (str(run.record["benchmark"]), str(run.record["protocol"]))
        parted.setdefault(key, []).append(run)
    return list(parted.values())


def averaged(rows: Sequence[FiguresRow], *, mean: bool = False) -> list[FiguresRow]:
    """Average one system's rows of tasks with equal names: the folds of a protocol.

    With `mean`, a row "mean" over all tasks follows, as for FashionIQ's categories.

    Source: COCO 1K is the mean of five folds of 1,000 pictures (Karpathy and Fei-Fei 2015). Trap:
    a fold has a gallery a fifth of the size, so its figures are far above those of COCO 5K.
    """
    names = list(dict.fromkeys(one.task for one in rows))
    held = [_mean([one for one in rows if one.task == name]) for name in names]
    return [*held, replace(_mean(held), task="mean")] if mean and len(held) > 1 else held


def _mean(folds: Sequence[FiguresRow]) -> FiguresRow:
    if len(folds) == 1:
        return folds[0]
    ceilings = [one.ceiling for one in folds if one.ceiling is not None]
    return replace(
        folds[0],
        figures=_means([one.figures for one in folds]),
        intervals={},
        first=_means([one.first for one in folds]),
        ceiling=fmean(ceilings) if ceilings else None,
        seconds=fmean(one.seconds for one in folds),
        tokens=fmean(one.tokens for one in folds),
        questions=sum(one.questions for one in folds),
        lost=fmean(one.lost for one in folds),
    )


def _means(figures: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: fmean(one[name] for one in figures) for name in figures[0]}
