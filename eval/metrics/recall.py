"""R@n and the figures that need nothing but the rank of the first right answer.

Trap: with several right answers, such as the five captions of a picture, one among the first n is a
hit (Karpathy and Fei-Fei 2015). trec_eval's and MTEB's `recall_at_n` is the share of them that is
there, at most 0.2 for n = 1; what is counted here they call `success_n` and `hit_rate_at_n`.
"""

from collections.abc import Mapping, Sequence
from math import inf
from statistics import median

from eval.benchmarks.benchmark import Measure, Question, Values
from eval.ranking import Ranking


def recall(n: int) -> Measure:
    """Share of questions of which a right answer is among the first n (R@n)."""
    if n < 1:
        raise ValueError(f"n must be at least 1; got {n}")

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        return {one: float(rank <= n) for one, rank in ranks(questions, rankings).items()}

    return Measure(f"R@{n}", values)


def median_rank() -> Measure:
    """Median rank of the first right answer (MedR); infinite if half of them were not returned.

    Trap: it needs the rank of every right answer, so a list cut at 100 cannot tell it unless the
    system names the ranks beyond (`Ranking.beyond`).
    """
    return Measure("MedR", ranks, total=median, lower_is_better=True)


def mean_rank() -> Measure:
    """Mean rank of the first right answer: ChatIR's Average Target Rank (Levy et al. 2023).

    Trap: infinite as soon as one target is lost; see `median_rank`.
    """
    return Measure("mean rank", ranks, lower_is_better=True)


def reciprocal_rank() -> Measure:
    """Mean of 1 / rank of the first right answer (MRR); 0 where none was returned."""

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        return {one: 1 / rank for one, rank in ranks(questions, rankings).items()}

    return Measure("MRR", values)


def ranks(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> dict[str, float]:
    """Return the rank of each question's first right answer, from 1; infinite if there is none."""
    nothing = Ranking((), ())
    found = {one.id: rankings.get(one.id, nothing).rank_of(one.relevant) for one in questions}
    return {one: inf if rank is None else float(rank) for one, rank in found.items()}
