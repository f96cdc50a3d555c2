"""Average precision over a ranked list, with one or many right answers, and nDCG.

Trap: what AP is divided by. trec_eval divides by all right answers (`of="all"`), also at a cut-off;
CIRCO (Baldrati et al. 2023) and the hashing protocols divide by min(k, right answers), so that a
list of k can be perfect (`of="reachable"`).
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import log2
from typing import Literal

from eval.benchmarks.benchmark import Measure, Question, Values
from eval.ranking import Ranking

Of = Literal["all", "reachable"]


def mean_average_precision(k: int | None = None, *, of: Of = "all") -> Measure:
    """Mean of the average precision within the first k, or within the list (MAP).

    Divided by all right answers it is called MAP@k here, by those that k places can hold mAP@k. A
    question without a ranking counts as 0.
    """

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        return {
            one.id: average_precision(gains(one, rankings), len(one.relevant), k, of)
            for one in questions
        }

    name = "MAP" if k is None else f"{'MAP' if of == 'all' else 'mAP'}@{k}"
    return Measure(name, values)


def ndcg(k: int) -> Measure:
    """Mean discounted gain within the first k over the best possible one (nDCG@k).

    The gain is linear and rank r is discounted by log2(r + 1), as in trec_eval (Järvelin and
    Kekäläinen 2002). Trap: others take 2^gain - 1; with gains of 0 and 1 both agree.
    """

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        return {
            one.id: _discounted(gains(one, rankings)[:k])
            / _discounted(sorted(one.relevant.values(), reverse=True)[:k])
            for one in questions
        }

    return Measure(f"nDCG@{k}", values)


def average_precision(
    gains: Sequence[float], right: int, k: int | None = None, of: Of = "all"
) -> float:
    """Compute the mean, over the right answers, of the precision where each stands.

    Args:
        gains: in the order of the list; above 0 is right.
        right: how many right answers there are, returned or not.
        k: how far down to look.
        of: what is divided by.

    Raises:
        ValueError: there are no right answers, or k is below 1.
    """
    if right < 1:
        raise ValueError("average precision without a right answer is undefined")
    if k is not None and k < 1:
        raise ValueError(f"k must be at least 1; got {k}")
    hits, total = 0, 0.0
    for rank, gain in enumerate(gains[:k], start=1):
        if gain > 0:
            hits += 1
            total += hits / rank
    return total / (right if of == "all" or k is None else min(k, right))


def gains(question: Question, rankings: Mapping[str, Ranking]) -> list[float]:
    """Return the gain at each rank; among equal scores the lowest gains come first."""
    ranking = rankings.get(question.id)
    if ranking is None:
        return []
    pairs = zip(ranking.scores, ranking.ids, strict=True)
    tied = (
        sorted(question.relevant.get(item, 0.0) for _, item in group)
        for _, group in groupby(pairs, key=lambda pair: pair[0])
    )
    return [gain for group in tied for gain in group]


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))
