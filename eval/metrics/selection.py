"""What a second stage does with its shortlist: the ceiling, the pick, and the place of the pick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.benchmark import Question
from eval.metrics.recall import ranks
from eval.ranking import Ranking


def ceiling(questions: Sequence[Question], firsts: Mapping[str, Ranking], shortlist: int) -> float:
    """Share of questions of which a right answer is in the shortlist: no reranker can do better.

    Trap: a target outside the shortlist is a miss, never left out of the count; a reranked R@1 says
    little without this figure beside it.
    """
    found = ranks(questions, firsts)
    return sum(rank <= shortlist for rank in found.values()) / len(found)


@dataclass(frozen=True, slots=True)
class Picks:
    """What a model that picks one of several options did, over many questions.

    Attributes:
        accuracy: share of questions in which it picked a right one, of those that held one.
        shares: how often it picked each position, [options], summing to 1.
        bias: total variation distance of `shares` from where the right options stood, 0 to 1; a
            model that always picks the first letter has 1 - 1/options.
        failed: share of replies that could not be read.
    """

    accuracy: float
    shares: NDArray[np.float64]
    bias: float
    failed: float


def picks(picked: Sequence[int | None], right: Sequence[int | None], options: int) -> Picks:
    """Sum up picks.

    Args:
        picked: the position picked, from 0; None: the reply could not be read.
        right: the position of the right option; None: it was not among them.
        options: how many positions there were.

    Raises:
        ValueError: there are no picks, or not as many as right positions, or one is outside.
    """
    if not picked or len(picked) != len(right):
        raise ValueError(f"{len(picked)} picks need as many right positions; got {len(right)}")
    if bad := [one for one in (*picked, *right) if one is not None and not 0 <= one < options]:
        raise ValueError(f"positions must be in 0..{options - 1}; got {bad[0]}")
    judged = [
        one == target for one, target in zip(picked, right, strict=True) if target is not None
    ]
    shares = _shares(picked, options)
    return Picks(
        accuracy=float(np.mean(judged)) if judged else float("nan"),
        shares=shares,
        bias=float(np.abs(shares - _shares(right, options)).sum() / 2),
        failed=sum(one is None for one in picked) / len(picked),
    )


def _shares(positions: Sequence[int | None], options: int) -> NDArray[np.float64]:
    """Return the share of each position; even shares if there are none."""
    held = [one for one in positions if one is not None]
    if not held:
        return np.full(options, 1 / options)
    counts: NDArray[np.float64] = np.bincount(held, minlength=options) / len(held)
    return counts
