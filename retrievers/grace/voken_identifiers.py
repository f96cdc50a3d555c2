"""Vokens: a picture's vector quantised in steps, each step coding what the one before left over.

One codebook serves every step, as in AVG (github.com/HongruCai/AVG); here it is fitted by k-means,
without a network. Pictures of one code are told apart by a counter, which every identifier has.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

import numpy as np

from retrievers.grace.identifiers import (
    Identifier,
    IdentifierError,
    Identifiers,
    IdentifierSource,
    Vector,
)
from retrievers.grace.kmeans import kmeans, nearest_centroids

LENGTH = 4
COUNTERS = 16
"""Pictures of one code that can be told apart; more if more were there at the training."""


@dataclass(frozen=True, slots=True)
class Vokens:
    """A fitted codebook.

    Attributes:
        centre: mean of the vectors that it was fitted to [d].
        codebook: [codes, d].
        counters: how many pictures of one code there can be.
    """

    centre: Vector
    codebook: Vector
    counters: int

    @classmethod
    def fit(
        cls, pictures: Sequence[IdentifierSource], *, codes: int, seed: int
    ) -> tuple[Self, Identifiers]:
        """Fit the codebook to these pictures, and name them."""
        points = np.stack([one.vector for one in pictures])
        centre = points.mean(axis=0)
        codebook = _codebook(points - centre, codes, seed)
        every = _coded(points - centre, codebook)
        _, alike = np.unique(every, axis=0, return_counts=True)
        book = cls(centre, codebook, max(COUNTERS, int(alike.max())))
        named = book.name(pictures, ())
        anchors: dict[str, Vector | None] = {
            f"code_{n}": centre + one for n, one in enumerate(codebook)
        }
        counters = dict.fromkeys(f"copy_{n}" for n in range(book.counters))
        return book, Identifiers(named.identifiers, anchors | counters)

    def name(
        self, pictures: Sequence[IdentifierSource], taken: Collection[Identifier]
    ) -> Identifiers:
        """Code each picture, and count those that are coded alike."""
        if not pictures:
            return Identifiers((), {})
        used = set(taken)
        points = np.stack([one.vector for one in pictures]) - self.centre
        found = (self._counted(codes, used) for codes in _coded(points, self.codebook).tolist())
        return Identifiers(tuple(found), {})

    def state(self) -> tuple[dict[str, Any], dict[str, Vector]]:
        return {"counters": self.counters}, {"centre": self.centre, "codebook": self.codebook}

    def _counted(self, codes: Sequence[int], used: set[Identifier]) -> Identifier:
        path = tuple(f"code_{one}" for one in codes)
        number = next(n for n in count() if (*path, f"copy_{n}") not in used)
        if number >= self.counters:
            raise IdentifierError(f"{self.counters} pictures are coded alike already")
        used.add((*path, f"copy_{number}"))
        return (*path, f"copy_{number}")


def _coded(points: Vector, codebook: Vector) -> Any:
    """Return each point's codes [n, LENGTH]."""
    left, codes = points, []
    for _ in range(LENGTH):
        codes.append(nearest_centroids(left, codebook))
        left = left - codebook[codes[-1]]
    return np.stack(codes, axis=1)


def _codebook(points: Vector, codes: int, seed: int) -> Vector:
    """Fit half of the codes to the points and half to what those leave over, then all to both."""
    coarse = kmeans(points, max(1, codes // 2), seed=seed)
    left = points - coarse[nearest_centroids(points, coarse)]
    book = np.concatenate([coarse, kmeans(left, codes - len(coarse), seed=seed)])
    for _ in range(3):
        steps = [points]
        for _ in range(LENGTH - 1):
            steps.append(steps[-1] - book[nearest_centroids(steps[-1], book)])
        book = kmeans(np.concatenate(steps), codes, start=book)
    return book
