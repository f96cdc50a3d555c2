"""The figures of a run, in one row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from eval.benchmarks.benchmark import Measure
from eval.metrics.selection import ceiling
from eval.runs.run import Run


@dataclass(frozen=True, slots=True)
class Row:
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


def row(run: Run, measures: Sequence[Measure] = ()) -> Row:
    """Score a run by its task's measures, or by others."""
    task = run.task
    chosen = measures or task.measures
    answers = list(run.answers.values())
    staged = any(answer.first for answer in answers)
    shortlist = max((answer.shortlist for answer in answers), default=0)
    return Row(
        benchmark=str(run.record["benchmark"]),
        task=task.name,
        system=run.system,
        figures={one.name: one.of(task.questions, run.rankings) for one in chosen},
        first={one.name: one.of(task.questions, run.firsts) for one in chosen} if staged else {},
        ceiling=ceiling(task.questions, run.firsts, shortlist) if shortlist else None,
        seconds=fmean(sum(answer.seconds.values()) for answer in answers),
        tokens=fmean(answer.tokens for answer in answers),
        questions=len(answers),
        lost=fmean(bool(answer.lost) for answer in answers),
    )
