"""Structured identifiers: the way down a tree of hierarchical k-means, then the place in the leaf.

Symbols are `level_cluster` and `at_place`, shared between branches. GRACE (arXiv:2402.10805),
section 3.1: k = c = 30.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from retrievers.grace.identifiers import (
    Identifier,
    IdentifierError,
    Identifiers,
    IdentifierSource,
    Vector,
)
from retrievers.grace.kmeans import Labels, distances, kmeans, nearest_centroids

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Structured:
    """A tree's leaves.

    Attributes:
        places: how many pictures a leaf has room for.
        paths: of the leaves.
        centroids: of the pictures in each leaf [leaves, d].
    """

    places: int
    paths: tuple[Path, ...]
    centroids: Vector

    @classmethod
    def fit(
        cls, pictures: Sequence[IdentifierSource], *, k: int, places: int, seed: int
    ) -> tuple[Self, Identifiers]:
        """Grow the tree over these pictures, and name them."""
        points = np.stack([one.vector for one in pictures])
        leaves = list(_leaves(points, np.arange(len(points)), (), k, places, seed))
        identifiers: dict[int, Identifier] = {}
        for path, rows in leaves:
            identifiers |= {int(row): (*path, _at(n)) for n, row in enumerate(rows)}
        centroids = np.stack([points[rows].mean(axis=0) for _, rows in leaves])
        tree = cls(places, tuple(path for path, _ in leaves), centroids)
        named = tuple(identifiers[row] for row in range(len(points)))
        return tree, Identifiers(named, tree._anchors(points, leaves))

    def name(
        self, pictures: Sequence[IdentifierSource], taken: Collection[Identifier]
    ) -> Identifiers:
        """Name each picture after the nearest leaf that has room."""
        used = set(taken)
        return Identifiers(tuple(self._named(one, used) for one in pictures), {})

    def state(self) -> tuple[dict[str, Any], dict[str, Vector]]:
        return {"places": self.places, "paths": self.paths}, {"leaves": self.centroids}

    def _named(self, picture: IdentifierSource, used: set[Identifier]) -> Identifier:
        for leaf in distances(picture.vector[None], self.centroids)[0].argsort(kind="stable"):
            for place in range(self.places):
                if (found := (*self.paths[leaf], _at(place))) not in used:
                    used.add(found)
                    return found
        raise IdentifierError(f"all {len(self.paths)} leaves of {self.places} pictures are full")

    def _anchors(
        self, points: Vector, leaves: Sequence[tuple[Path, Labels]]
    ) -> dict[str, Vector | None]:
        """Anchor the symbols of the first level; those below mean something else in each branch."""
        anchors: dict[str, Vector | None] = dict.fromkeys(
            sorted({symbol for path in self.paths for symbol in path}, key=_by_number)
        )
        for first in {path[0] for path in self.paths if path}:
            below = np.concatenate([rows for path, rows in leaves if path[:1] == (first,)])
            anchors[first] = points[below].mean(axis=0)
        return anchors | dict.fromkeys(_at(place) for place in range(self.places))


def _leaves(
    points: Vector, rows: Labels, path: Path, k: int, places: int, seed: int
) -> Iterator[tuple[Path, Labels]]:
    if len(rows) <= places:
        yield path, rows
        return
    labels = nearest_centroids(points[rows], kmeans(points[rows], k, seed=seed))
    if len(np.unique(labels)) == 1:  # equal pictures cannot be told apart, only counted off
        labels = np.arange(len(rows)) * k // len(rows)
    for cluster in np.unique(labels):
        step = f"{len(path)}_{cluster}"
        yield from _leaves(points, rows[labels == cluster], (*path, step), k, places, seed)


def _at(place: int) -> str:
    return f"at_{place}"


def _by_number(symbol: str) -> tuple[int, int]:
    level, _, cluster = symbol.partition("_")
    return int(level), int(cluster)
