"""Two runs on the same questions: whether one is better, and on which questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from eval.benchmarks.benchmark import Measure, Question
from eval.ranking import Ranking
from eval.runs.run import Run
from eval.significance import Difference, compare


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one question, or of one dialogue.

    Attributes:
        unit: the question's id, or the dialogue's.
        question: its last one.
        values: of the first and the second run.
        rankings: likewise.
    """

    unit: str
    question: Question
    values: tuple[float, float]
    rankings: tuple[Ranking, Ranking]

    @property
    def gain(self) -> float:
        return self.values[1] - self.values[0]

    @property
    def ranks(self) -> tuple[int | None, int | None]:
        """The rank of the first right answer in both."""
        first, second = (one.rank_of(self.question.relevant) for one in self.rankings)
        return first, second


@dataclass(frozen=True, slots=True)
class Comparison:
    """A second run held against a first.

    Attributes:
        measure: what is compared.
        systems: the names of both.
        figures: of both.
        difference: second less first, with interval and p.
        changes: of every unit, the greatest gain first.
    """

    measure: Measure
    systems: tuple[str, str]
    figures: tuple[float, float]
    difference: Difference
    changes: tuple[Change, ...]

    @property
    def wins(self) -> list[Change]:
        """What the second run does better, the greatest change first."""
        return [one for one in self._best_first if self._better(one) > 0]

    @property
    def losses(self) -> list[Change]:
        """What it does worse, likewise."""
        return [one for one in reversed(self._best_first) if self._better(one) < 0]

    @property
    def _best_first(self) -> list[Change]:
        return sorted(self.changes, key=lambda one: -self._better(one))

    def _better(self, change: Change) -> float:
        return -change.gain if self.measure.lower_is_better else change.gain


def compare_runs(first: Run, second: Run, measure: Measure) -> Comparison:
    """Hold a run against another of the same task.

    Raises:
        ValueError: they answer other questions, or a right answer whose rank counts was not ranked.
    """
    if first.record["questions"] != second.record["questions"]:
        raise ValueError(
            f"{first.folder} and {second.folder} answer different questions; compare runs of one"
            " task"
        )
    questions = first.task.questions
    before, after = (dict(measure.values(questions, run.rankings)) for run in (first, second))
    if lost := [one for one in before if not (isfinite(before[one]) and isfinite(after[one]))]:
        raise ValueError(
            f"{measure.name} of {lost[0]!r} is not finite: no right answer was ranked; compare by"
            " R@N or MRR"
        )
    return Comparison(
        measure=measure,
        systems=(first.system, second.system),
        figures=(measure.of(questions, first.rankings), measure.of(questions, second.rankings)),
        difference=compare([after[one] for one in before], list(before.values())),
        changes=tuple(
            Change(
                unit,
                question,
                (before[unit], after[unit]),
                (_ranking(first, question), _ranking(second, question)),
            )
            for unit, question in _by_unit(questions, list(before)).items()
        ),
    )


def _by_unit(questions: Sequence[Question], units: Sequence[str]) -> dict[str, Question]:
    """Return the question, or the dialogue's last, that each value is of."""
    named = {question.dialogue: question for question in questions if question.dialogue}
    named |= {question.id: question for question in questions}
    return {unit: named[unit] for unit in units}


def _ranking(run: Run, question: Question) -> Ranking:
    return run.rankings.get(question.id, Ranking((), ()))
