"""Whether one system beats another on the same questions, or merely got the luckier ones.

The two tests of information retrieval that assume least: the paired randomisation test (Fisher) and
the percentile bootstrap, as Smucker, Allan and Carterette (CIKM 2007) compare them. Several systems
held against one baseline have several chances to look better: nothing is corrected for that here.
SciPy, which the tests compare with, does not come with the base.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS = 10_000
_AT_ONCE = 2_000_000  # numbers drawn at a time, about 16 MB

Floats = NDArray[np.float64]
Figure = Callable[[Floats], Floats]
"""What a table prints of the scores: [draws, N] -> [draws]."""


def mean(scores: Floats) -> Floats:
    """Return the mean over the questions, the figure of most measures: [draws, N] -> [draws]."""
    return np.asarray(scores.mean(axis=-1))


@dataclass(frozen=True, slots=True)
class Difference:
    """What a system gains over a baseline on the same questions.

    Attributes:
        mean: the system's figure less the baseline's, as both are printed: a difference of means,
            unless the figure is another.
        low: lower end of its confidence interval.
        high: upper end.
        p: chance of a difference this far from 0, either way, if the two systems were the same.
        better: questions on which the system does better.
        worse: questions on which it does worse.
    """

    mean: float
    low: float
    high: float
    p: float
    better: int
    worse: int


def chance(p: float) -> str:
    """Write a p; one that no resampling reached is small, not nothing."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def compare(
    scores: ArrayLike,
    baseline: ArrayLike,
    *,
    figure: Figure = mean,
    groups: Sequence[str] = (),
    lower_is_better: bool = False,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Difference:
    """Hold a system's scores against a baseline's on the same questions.

    Args:
        scores: [N], one per question.
        baseline: [N], of the same questions in the same order.
        figure: what is made of the scores, and compared.
        groups: [N], questions are drawn anew from within theirs; none: all are of one.
        lower_is_better: whether a question with a lower score counts as better.
        confidence: of the interval, between 0 and 1.
        draws: how often questions or swaps are drawn.
        seed: of the draws.

    Raises:
        ValueError: there are no questions, not equally many, a score is not a finite number, or
            an option is out of range.
    """
    ours, theirs = np.asarray(scores, np.float64), np.asarray(baseline, np.float64)
    if ours.shape != theirs.shape:
        raise ValueError(f"both need a score per question; got {ours.shape} and {theirs.shape}")
    pair = _checked(ours, draws), _checked(theirs, draws)
    low, high = _interval(pair, figure, _drawn_within(groups), confidence, draws, seed)
    better = theirs > ours if lower_is_better else ours > theirs
    return Difference(
        mean=float(_difference(pair, figure)),
        low=low,
        high=high,
        p=_p(pair, figure, draws, seed),
        better=int(better.sum()),
        worse=int((ours != theirs).sum() - better.sum()),
    )


def bootstrap_interval(
    gains: ArrayLike, *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean gain (Efron 1979).

    Raises:
        ValueError: there are no gains, one is not a finite number, or an option is out of range.
    """
    values = _checked(gains, draws)
    pair = values, np.zeros_like(values)
    return _interval(pair, mean, _drawn_within(()), confidence, draws, seed)


def randomisation_p(gains: ArrayLike, *, draws: int = DRAWS, seed: int = 0) -> float:
    """Return the two-sided p of the mean gain when each gain's sign is as good as its opposite.

    All signs are tried if they are at most `draws`; otherwise they are drawn, and the gains as
    they are count as one draw more, so that p is never 0.

    Raises:
        ValueError: as `bootstrap_interval`.
    """
    values = _checked(gains, draws)
    return _p((values, np.zeros_like(values)), mean, draws, seed)


Pair = tuple[Floats, Floats]  # a system's scores and the baseline's, [..., N] each
Draw = Callable[[np.random.Generator, int, int], NDArray[np.intp]]


def _difference(pair: Pair, figure: Figure) -> Floats:
    return figure(pair[0]) - figure(pair[1])


def _interval(
    pair: Pair, figure: Figure, draw: Draw, confidence: float, draws: int, seed: int
) -> tuple[float, float]:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1; got {confidence!r}")
    chance, n = np.random.default_rng(seed), len(pair[0])
    drawn = (draw(chance, rows, n) for rows in _batches(draws, n))  # [rows, N] each
    found = [_difference((pair[0][places], pair[1][places]), figure) for places in drawn]
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.concatenate(found), [tail, 1 - tail])
    return float(low), float(high)


def _drawn_within(groups: Sequence[str]) -> Draw:
    """Draw questions with replacement, each place from its own group."""
    if len(set(groups)) < 2:
        return lambda chance, rows, n: chance.integers(n, size=(rows, n))
    names = np.asarray(groups)
    members = [np.flatnonzero(names == name) for name in dict.fromkeys(groups)]

    def draw(chance: np.random.Generator, rows: int, n: int) -> NDArray[np.intp]:
        places = np.empty((rows, n), np.intp)
        for own in members:
            places[:, own] = own[chance.integers(len(own), size=(rows, len(own)))]
        return places

    return draw


def _p(pair: Pair, figure: Figure, draws: int, seed: int) -> float:
    """Swap the two systems' scores of some questions, and count how often as much comes of it."""
    ours, theirs = pair
    changed = np.flatnonzero(ours != theirs)  # the others are the same either way round
    n = len(changed)
    scale = float(np.abs(ours - theirs).max())
    least = abs(float(_difference(pair, figure))) - 1e-9 * scale  # sums differ in their last digits

    def as_far(swapped: NDArray[np.bool_]) -> NDArray[np.bool_]:  # [rows, changed] -> [rows]
        anew = np.broadcast_to(ours, (len(swapped), len(ours))).copy()
        other = np.broadcast_to(theirs, anew.shape).copy()
        anew[:, changed] = np.where(swapped, theirs[changed], ours[changed])
        other[:, changed] = np.where(swapped, ours[changed], theirs[changed])
        return np.abs(_difference((anew, other), figure)) >= least

    if 2**n <= draws:
        return float(as_far(_all_swaps(n)).mean())
    chance = np.random.default_rng(seed)
    far = sum(
        int(as_far(chance.random((rows, n)) < 0.5).sum()) for rows in _batches(draws, len(ours))
    )
    return (far + 1) / (draws + 1)


def _checked(gains: ArrayLike, draws: int) -> Floats:
    values = np.asarray(gains, np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"one gain per question is needed, of one or more; got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"gains must be finite; got {values[~np.isfinite(values)][0]!r}")
    if draws < 1:
        raise ValueError(f"draws must be at least 1; got {draws!r}")
    return values


def _all_swaps(n: int) -> NDArray[np.bool_]:
    """Return every choice of n questions: [2**n, n]."""
    return np.asarray((np.arange(2**n)[:, None] >> np.arange(n)) & 1, dtype=bool)


def _batches(draws: int, n: int) -> list[int]:
    """Split the draws into batches that fit into memory."""
    most = max(1, _AT_ONCE // max(1, n))
    return [min(most, draws - start) for start in range(0, draws, most)]
