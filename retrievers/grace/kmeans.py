"""k-means in NumPy: seeded, small, and with as many centroids as asked for whatever the points.

faiss.Kmeans refuses fewer points than centroids.
"""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
Labels = NDArray[np.int64]
ROUNDS = 25


def kmeans(points: Points, k: int, *, seed: int = 0, start: Points | None = None) -> Points:
    """Return k centroids [k, d]; those beyond the number of distinct points repeat others.

    Args:
        points: [n, d], n at least 1.
        k: how many.
        seed: of the start.
        start: centroids to begin with [k, d]; none: chosen far apart (k-means++).
    """
    chance = np.random.default_rng(seed)
    centroids = _far_apart(points, k, chance) if start is None else start.copy()
    labels = nearest_centroids(points, centroids)
    for _ in range(ROUNDS):
        for cluster in np.unique(labels):
            centroids[cluster] = points[labels == cluster].mean(axis=0)
        before, labels = labels, nearest_centroids(points, centroids)
        if np.array_equal(before, labels):
            break
    return centroids


def nearest_centroids(points: Points, centroids: Points) -> Labels:
    """Return the place of each point's nearest centroid, the first in a tie: [n]."""
    labels: Labels = distances(points, centroids).argmin(axis=1)
    return labels


def distances(points: Points, centroids: Points) -> Points:
    """Return squared distances up to a constant per point: [n, k]."""
    found: Points = (centroids**2).sum(axis=1) - 2 * points @ centroids.T
    return found


def _far_apart(points: Points, k: int, chance: np.random.Generator) -> Points:
    """Choose points, each with a probability that grows with its distance to those before."""
    chosen = [int(chance.integers(len(points)))]
    away = np.full(len(points), np.inf)
    for _ in range(k - 1):
        away = np.minimum(away, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
        total = away.sum()
        weights = away / total if total > 0 else None
        chosen.append(int(chance.choice(len(points), p=weights)))
    return points[chosen].astype(np.float32)
