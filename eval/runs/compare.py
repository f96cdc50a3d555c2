"""Two runs on the same questions: whether one is better, and on which questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from eval.benchmark import Measure, Question
from eval.ranking import Ranking
from eval.runs.rows import names_of
from eval.runs.run import Run
from eval.significance import Difference, compare


@dataclass(frozen=True, slots=True)
class QuestionChange:
    """What became of one question, or of one dialogue.

    Attributes:
        unit: the question's id, or the dialogue's.
        question: its last one.
        values: of the first and the second run.
        gain: by how much the second is better; below 0 if it is worse.
        rankings: of both.
    """

    unit: str
    question: Question
    values: tuple[float, float]
    gain: float
    rankings: tuple[Ranking, Ranking]

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
        difference: the second figure less the first, with its interval and p, and how many units
            became better or worse.
        changes: of every unit.
    """

    measure: Measure
    systems: Sequence[str]
    figures: tuple[float, float]
    difference: Difference
    changes: tuple[QuestionChange, ...]

    @property
    def wins(self) -> list[QuestionChange]:
        """What the second run does better, the greatest gain first."""
        return sorted((one for one in self.changes if one.gain > 0), key=lambda one: -one.gain)

    @property
    def losses(self) -> list[QuestionChange]:
        """What it does worse, the greatest loss first."""
        return sorted((one for one in self.changes if one.gain < 0), key=lambda one: one.gain)


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
    groups = measure.groups(questions, before)
    return Comparison(
        measure=measure,
        systems=names_of([first, second]),
        figures=(measure.of(questions, first.rankings), measure.of(questions, second.rankings)),
        difference=compare(
            [after[one] for one in before],
            list(before.values()),
            figure=measure.figure(groups),
            groups=groups,
            lower_is_better=measure.lower_is_better,
        ),
        changes=tuple(
            QuestionChange(
                unit,
                question,
                (before[unit], after[unit]),
                measure.gain(before[unit], after[unit]),
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
