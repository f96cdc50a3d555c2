"""Whether one system beats another on the same questions, or merely got the luckier ones.

The two tests of information retrieval that assume least: Fisher's paired randomisation and the
percentile bootstrap, as Smucker, Allan and Carterette (CIKM 2007) compare them. Several systems
held against one baseline have several chances to look better: nothing is corrected for that here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS = 10_000
_AT_ONCE = 2_000_000  # numbers drawn at a time, about 16 MB

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a system gains over a baseline, a question at a time.

    Attributes:
        mean: of the gains; below 0 is a loss.
        low: lower end of its confidence interval.
        high: upper end.
        p: chance of a mean this far from 0, either way, if the two systems were the same.
        better: questions on which the system does better.
        worse: questions on which it does worse.
    """

    mean: float
    low: float
    high: float
    p: float
    better: int
    worse: int


def compare(
    scores: ArrayLike,
    baseline: ArrayLike,
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Difference:
    """Hold a system's scores against a baseline's on the same questions.

    Args:
        scores: [N], one per question, higher is better.
        baseline: [N], of the same questions in the same order.
        confidence: of the interval, between 0 and 1.
        draws: how often questions or signs are drawn.
        seed: of the draws.

    Raises:
        ValueError: there are no questions, not equally many, a score is not a finite number, or
            an option is out of range.
    """
    ours, theirs = np.asarray(scores, np.float64), np.asarray(baseline, np.float64)
    if ours.shape != theirs.shape:
        raise ValueError(f"both need a score per question; got {ours.shape} and {theirs.shape}")
    gains = ours - theirs  # [N]
    low, high = bootstrap_interval(gains, confidence=confidence, draws=draws, seed=seed)
    return Difference(
        mean=float(gains.mean()),
        low=low,
        high=high,
        p=randomisation_p(gains, draws=draws, seed=seed),
        better=int((gains > 0).sum()),
        worse=int((gains < 0).sum()),
    )


def bootstrap_interval(
    gains: ArrayLike, *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean gain (Efron 1979).

    Raises:
        ValueError: as `compare`.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1; got {confidence!r}")
    values, chance = _checked(gains, draws), np.random.default_rng(seed)
    n = len(values)
    means = np.concatenate(
        [values[chance.integers(n, size=(rows, n))].mean(axis=1) for rows in _batches(draws, n)]
    )  # [draws]
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def randomisation_p(gains: ArrayLike, *, draws: int = DRAWS, seed: int = 0) -> float:
    """Return the two-sided p of the mean gain when each gain's sign is as good as its opposite.

    All signs are tried if they are at most `draws`; otherwise they are drawn, and the gains as
    they are count as one draw more, so that p is never 0.

    Raises:
        ValueError: as `compare`.
    """
    values = _checked(gains, draws)
    values = values[values != 0]  # a question without a gain is the same with either sign
    n, seen = len(values), abs(float(values.sum()))
    least = seen - 1e-9 * float(np.abs(values).sum())  # equal sums may differ in their last digits
    if 2**n <= draws:
        return float((np.abs(_all_signs(n) @ values) >= least).mean())
    chance = np.random.default_rng(seed)
    far = sum(
        int((np.abs(chance.choice((-1.0, 1.0), size=(rows, n)) @ values) >= least).sum())
        for rows in _batches(draws, n)
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


def _all_signs(n: int) -> Floats:
    """Return every choice of n signs: [2**n, n] of 1 and -1."""
    bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    signs: Floats = 1.0 - 2.0 * bits.astype(np.float64)
    return signs


def _batches(draws: int, n: int) -> list[int]:
    """Split the draws into batches that fit into memory."""
    most = max(1, _AT_ONCE // max(1, n))
    return [min(most, draws - start) for start in range(0, draws, most)]
