"""The query z-score: how far its best picture stands above the collection, in its own spread.

A cosine says little by itself: one query's hits lie around 0.3, another's around 0.1, whether or
not there is such a picture. So the best cosine is measured in standard deviations above the mean of
the same query's cosines, and that z-score is compared with those of reference words.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.storage.vector_forms import StoredVectors
from retrievers.encoder import Vectors
from retrievers.search.exact import Mask

BLOCK = 8192  # pictures looked at together
LEAST = 1e-6  # a spread below it is rounding: every picture is as near


@dataclass(frozen=True, slots=True, eq=False)
class QueryZScores:
    """What a z-score is compared with in one collection.

    Attributes:
        pictures: how many were counted.
        mean: [d], of their vectors.
        spread: [d, d], their covariance: a query's cosines have the variance t' spread t.
        usual: [m], the z-scores of the reference words, ascending.
    """

    pictures: int
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    usual: NDArray[np.float64]

    def of(self, vector: Vectors, best: float) -> float:
        """Return the z-score of a query [1, d] whose best picture has this cosine."""
        return float(_height(self.mean, self.spread, vector, np.array([best]))[0])

    def standing(self, z_score: float) -> float:
        """Return the share of the reference words that rise less high."""
        return float(np.searchsorted(self.usual, z_score)) / len(self.usual)


def measure_zscores(
    vectors: StoredVectors, reference: Vectors, allowed: Mask | None = None
) -> QueryZScores:
    """Measure a collection in one pass.

    Args:
        vectors: [n, d].
        reference: [m, d], the vectors of the reference words.
        allowed: [n], the pictures to count, at least one; None counts all.
    """
    dim, pictures = vectors.shape[1], 0
    total, products = np.zeros(dim), np.zeros((dim, dim))
    best = np.full(len(reference), -np.inf)
    for rows in _blocks(vectors, allowed):
        pictures += len(rows)
        total += rows.sum(axis=0, dtype=np.float64)
        products += rows.T @ rows
        best = np.maximum(best, (reference @ rows.T).max(axis=1))
    mean = total / pictures
    spread = products / pictures - np.outer(mean, mean)
    usual = np.sort(_height(mean, spread, reference, best))
    return QueryZScores(pictures, mean, spread, usual)


def _height(
    mean: NDArray[np.float64],
    spread: NDArray[np.float64],
    vectors: Vectors,
    best: NDArray[np.float64],
) -> NDArray[np.float64]:
    variance = np.einsum("qd,de,qe->q", vectors, spread, vectors, optimize=True)  # [q]
    deviation = np.sqrt(np.maximum(variance, LEAST**2))
    z_score: NDArray[np.float64] = (best - vectors @ mean) / deviation
    return z_score


def _blocks(vectors: StoredVectors, allowed: Mask | None) -> Iterator[Vectors]:
    for start in range(0, len(vectors), BLOCK):
        some = np.asarray(vectors[start : start + BLOCK])
        kept = some if allowed is None else some[allowed[start : start + BLOCK]]
        if len(kept):
            yield kept
