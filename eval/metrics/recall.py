"""R@n, MRR, MedR: the figures that need nothing but the rank of the first right answer.

Trap: with several right answers, such as the five captions of a picture, one among the first n is a
hit (Karpathy and Fei-Fei 2015). trec_eval's and MTEB's `recall_at_n` is the share of them that is
there, at most 0.2 for n = 1; what is counted here they call `success_n` and `hit_rate_at_n`.
"""

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray

from eval.benchmark import Measure, Question, Values
from eval.ranking import Ranking

Ranks = Sequence[float | None] | NDArray[np.integer] | NDArray[np.floating]


def recall(n: int) -> Measure:
    """Share of questions of which a right answer is among the first n (R@n).

    Source: Karpathy and Fei-Fei (CVPR 2015) for captions; CIRR (Liu et al., ICCV 2021), whose
    Recall_subset is the same over `Question.pool`; FashionIQ (Wu et al., CVPR 2021), whose mean
    over the categories is that over `Question.group` or over tasks. Trap: what is ranked. The
    reference picture of composed retrieval has to be out (`Question.excluded`); FashionIQ has two
    galleries, VisDial 2,064 pictures or ChatIR's 50,000, COCO one of 5,000 or five of 1,000.
    """
    _at_least_1("n", n)

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        return {one: float(rank <= n) for one, rank in ranks(questions, rankings).items()}

    return Measure(f"R@{n}", values)


def median_rank() -> Measure:
    """Median rank of the first right answer (MedR); infinite if half of them were not returned.

    Source: Karpathy and Fei-Fei (CVPR 2015). Trap: it needs the rank of every right answer, so a
    list cut at 100 cannot tell it unless the system names the ranks beyond (`Ranking.beyond`).
    """
    return Measure("MedR", ranks, total=_median, lower_is_better=True)


def _median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.median(values, axis=-1))


def mean_rank() -> Measure:
    """Mean rank of the first right answer; within one round it is ChatIR's Average Target Rank.

    Source: ChatIR (Levy et al., NeurIPS 2023), for which see `dialogue.at_round`. Trap: infinite as
    soon as one target is lost; see `median_rank`.
    """
    return Measure("mean rank", ranks, lower_is_better=True)


def mean_reciprocal_rank() -> Measure:
    """Mean of 1 / rank of the first right answer (MRR); 0 where none was returned.

    Source: TREC-8 question answering (Voorhees 1999). Trap: many report it of the first 10 only;
    here no rank is too low to count.
    """

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        return {one: 1 / rank for one, rank in ranks(questions, rankings).items()}

    return Measure("MRR", values)


def recall_at(n: int, ranks: Ranks) -> float:
    """Compute R@n from the target's rank per query, counted from 1; None if it was not returned.

    Every query counts in the denominator, so a query that lost its target counts as a miss.

    Raises:
        ValueError: there are no queries, or n or a rank is below 1.
    """
    if len(ranks) == 0:
        raise ValueError("R@n over no queries is undefined")
    _at_least_1("n", n)
    if bad := [rank for rank in ranks if rank is not None and rank < 1]:
        raise ValueError(f"ranks count from 1; got {bad[:5]}")
    return sum(rank is not None and bool(rank <= n) for rank in ranks) / len(ranks)


def ranks(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> dict[str, float]:
    """Return the rank of each question's first right answer, from 1; infinite if there is none.

    Raises:
        ValueError: a question has no right answers.
    """
    found = {one.id: answered(one, rankings).rank_of(one.relevant) for one in questions}
    return {one: inf if rank is None else float(rank) for one, rank in found.items()}


def answered(question: Question, rankings: Mapping[str, Ranking]) -> Ranking:
    """Return a question's ranking, without what it should not have ranked; empty if it has none.

    Raises:
        ValueError: the question has no right answers.
    """
    if not question.relevant:
        raise ValueError(
            f"question {question.id!r} has no right answers, so it cannot be scored here; if they"
            " are hidden, write a submission for the benchmark's server"
        )
    ranking = rankings.get(question.id, Ranking((), ()))
    return ranking.within(question.pool, excluded=question.excluded)


def _at_least_1(name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{name} must be at least 1; got {value}")
