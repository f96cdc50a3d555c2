"""How well a system knows that there is no such picture: error rates and AUC.

A score is higher the surer it is that something fits. A query is accepted if its score reaches the
threshold, and doubted otherwise.

Source: detection theory, as for open-set identification; none of the benchmarks here reports it.
Trap: a false-accept rate alone is 0 for a system that doubts everything, so the false-reject rate
stands beside it. A threshold that was fitted to the queries it is scored on flatters.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Both ways of being wrong, each as a share of the queries that it can happen to.

    Attributes:
        false_accept: of the queries that nothing fits, those that are not doubted.
        false_reject: of the queries that something fits, those that are doubted.
    """

    false_accept: float
    false_reject: float


def error_rates(present: ArrayLike, absent: ArrayLike, threshold: float) -> ErrorRates:
    """Count both errors at a threshold.

    Args:
        present: scores of queries that something fits.
        absent: scores of queries that nothing fits.
        threshold: the least score that is accepted.

    Raises:
        ValueError: one of the two has no scores, or a score is not a number.
    """
    there, gone = _checked(present, absent)
    return ErrorRates(float(np.mean(gone >= threshold)), float(np.mean(there < threshold)))


def auc(present: ArrayLike, absent: ArrayLike) -> float:
    """Compute the chance that something that fits scores higher than something that doesn't.

    Half of a tie counts. It is the area under the curve of accepted present against accepted absent
    queries, and depends on no threshold: 1 tells all apart, 0.5 none.

    Raises:
        ValueError: one of the two has no scores, or a score is not a number.
    """
    there, gone = _checked(present, absent)
    difference = there[:, None] - gone[None, :]  # [present, absent]
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def _checked(
    present: ArrayLike, absent: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = np.asarray(present, dtype=np.float64), np.asarray(absent, dtype=np.float64)
    for name, row in zip(("present", "absent"), rows, strict=True):
        if not len(row) or np.isnan(row).any():
            raise ValueError(f"{name} must be numbers, at least one; got {row.tolist()[:5]!r}")
    return rows
