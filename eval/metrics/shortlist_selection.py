"""What a second stage does with its shortlist: the ceiling, the pick, and the place of the pick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from eval.benchmark import Question
from eval.metrics.recall import ranks, recall_at
from eval.ranking import Ranking


def ceiling(questions: Sequence[Question], firsts: Mapping[str, Ranking], shortlist: int) -> float:
    """Share of questions of which a right answer is in the shortlist: no reranker can do better.

    Source: R@128 of BLIP-2's shortlist (ICML 2023), R@20 of ImageScope's (WWW 2025). Trap: a target
    outside the shortlist is a miss, never left out of the count; a reranked R@1 says little without
    this figure beside it.
    """
    return recall_at(shortlist, list(ranks(questions, firsts).values()))


@dataclass(frozen=True, slots=True)
class Picks:
    """What a model that picks one of several options did, over many questions.

    Source: the image selection of InternLM-XComposer (2023), whose paper has no figure for it; the
    accuracies by position are those of Zheng et al. (ICLR 2024) on multiple choice. Trap: where the
    right option mostly stands first, as after a good first stage, always answering "A" looks
    clever; shuffle the options, and look at `bias` and `by_position`.

    Attributes:
        accuracy: share of questions in which it picked a right one, of those that held one; a reply
            that could not be read is a miss.
        by_position: the accuracy where the right one stood in each position [options]; nan where
            it never stood.
        shares: how often it picked each position, [options], summing to 1.
        bias: total variation distance of `shares` from where the right options stood, 0 to 1; a
            model that always picks the first letter has 1 - 1/options where they stood evenly.
        failed: share of replies that could not be read.
    """

    accuracy: float
    by_position: NDArray[np.float64]
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
    pairs = [(one, target) for one, target in zip(picked, right, strict=True) if target is not None]
    shares = _shares(picked, options)
    return Picks(
        accuracy=_accuracy(pairs),
        by_position=np.array(
            [_accuracy([pair for pair in pairs if pair[1] == at]) for at in range(options)]
        ),
        shares=shares,
        bias=float(np.abs(shares - _shares(right, options)).sum() / 2),
        failed=fmean(one is None for one in picked),
    )


def _accuracy(pairs: Sequence[tuple[int | None, int]]) -> float:
    return fmean(one == target for one, target in pairs) if pairs else float("nan")


def _shares(positions: Sequence[int | None], options: int) -> NDArray[np.float64]:
    """Return the share of each position; even shares if there are none."""
    held = [one for one in positions if one is not None]
    if not held:
        return np.full(options, 1 / options)
    counts: NDArray[np.float64] = np.bincount(held, minlength=options) / len(held)
    return counts
