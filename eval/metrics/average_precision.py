"""Average precision over a ranked list, with one or many right answers, and nDCG.

Trap: what AP@k is divided by; three things are in use, and MAP@all is the same for all of them.

- `all`: all right answers, also those that k places cannot hold (trec_eval's `map_cut`, ranx).
- `reachable`: min(k, right answers), so that a list of k can be perfect: CIRCO (Baldrati et al.,
  ICCV 2023).
- `found`: the right answers that are among the first k, so that one at the top and no other makes a
  perfect list: MAP@50 of unsupervised hashing (DJSRH, ICCV 2019) and MAP@K of the line of ACMR.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import inf, log2
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from eval.benchmark import Measure, Question, Values
from eval.metrics.recall import answered
from eval.ranking import Ranking

Of = Literal["all", "reachable", "found"]


def mean_average_precision(k: int | None = None, *, of: Of = "all") -> Measure:
    """Mean of the average precision within the first k, or over the whole gallery (MAP).

    The name tells the divisor: MAP@k of all right answers, mAP@k of the reachable ones. Trap: MAP
    over the whole gallery needs the ranks of all right answers; of a list that is cut and names
    none beyond, those that it lacks count as never found.
    """
    _check(k)

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        return {
            one.id: average_precision(
                [rank for rank, _ in right_places(one, rankings)], len(one.relevant), k=k, of=of
            )
            for one in questions
        }

    if k is None:
        return Measure("MAP", values)
    return Measure(
        {"all": f"MAP@{k}", "reachable": f"mAP@{k}"}.get(of, f"MAP@{k} of found"), values
    )


def ndcg(k: int) -> Measure:
    """Mean discounted gain within the first k over the best possible one (nDCG@k).

    Source: Järvelin and Kekäläinen (2002), with linear gain and rank r discounted by log2(r + 1),
    as in trec_eval. Trap: others take 2^gain - 1; with gains of 0 and 1 both agree.
    """
    _check(k)

    def values(questions: Sequence[Question], rankings: Mapping[str, Ranking]) -> Values:
        return {one.id: _normalised(one, rankings, k) for one in questions}

    return Measure(f"nDCG@{k}", values)


def average_precision(
    ranks: ArrayLike, right: int, *, k: int | None = None, of: Of = "all"
) -> float:
    """Compute the mean, over the right answers, of the precision where each stands.

    Args:
        ranks: of the right answers, rising, from 1; those that were not found are left out.
        right: how many right answers there are, found or not.
        k: how far down to look.
        of: what is divided by.

    Raises:
        ValueError: there are no right answers, or k is below 1.
    """
    if right < 1:
        raise ValueError("average precision without a right answer is undefined")
    _check(k)
    places = np.asarray(ranks, dtype=np.float64)
    held = places if k is None else places[places <= k]
    reachable = right if k is None else min(k, right)
    over = {"all": right, "reachable": reachable, "found": len(held)}[of]
    return float((np.arange(1, len(held) + 1) / held).sum()) / max(over, 1)


def right_places(question: Question, rankings: Mapping[str, Ranking]) -> list[tuple[int, float]]:
    """Return the rank and the gain of each right answer that was found, best first.

    Among equal scores the wrong items come first, then the right ones by rising gain.
    """
    ranking = answered(question, rankings)
    gains = question.relevant
    found: list[tuple[int, float, float]] = []  # wrong ones ahead, -score, gain
    wrong = 0
    pairs = zip(ranking.scores, ranking.ids, strict=True)
    for score, group in groupby(pairs, key=lambda pair: pair[0]):
        items = [item for _, item in group]
        right = [item for item in items if item in gains]
        wrong += len(items) - len(right)
        found += [(wrong, -score, gains[item]) for item in right if item not in ranking.beyond]
    found += [
        (rank - 1, inf, gains[item]) for item, rank in ranking.beyond.items() if item in gains
    ]
    return [(ahead + at, gain) for at, (ahead, _, gain) in enumerate(sorted(found), start=1)]


def _normalised(question: Question, rankings: Mapping[str, Ranking], k: int) -> float:
    best = enumerate(sorted(question.relevant.values(), reverse=True), start=1)
    return _discounted(right_places(question, rankings), k) / _discounted(list(best), k)


def _discounted(places: Sequence[tuple[int, float]], k: int) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in places if rank <= k)


def _check(k: int | None) -> None:
    if k is not None and k < 1:
        raise ValueError(f"k must be at least 1; got {k}")
