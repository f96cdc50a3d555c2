"""The nearest town of a point, by great-circle distance, exact.

Towns lie in cubes of a grid through the unit sphere, so that neither the date line nor a pole is
an edge: what is within a cube's side of a point lies in its cube or in the 26 around it.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
EARTH = 6371.0088
"""Mean radius in km (IUGG)."""
TOWN = 50.0
"""Km within which a point is told by its nearest town."""
COUNTRY = 200.0
"""Km within which it is told by that town's country alone; beyond, nothing is said."""
_DENSITY = 3000  # people per square km: what a town's reach is judged by
_LEAST = 1.0  # km
_SIDES = (12.0, TOWN, COUNTRY)  # km
_AT_ONCE = 1 << 21  # distances


class Nearest(NamedTuple):
    """Towns of p points, by their places in the gazetteer; -1: none.

    Attributes:
        town: [p], the nearest, within `COUNTRY`.
        km: [p], how far it is; infinite without one.
        around: [p], of the towns whose reach covers the point, the one whose centre is the
            closest for its reach.
    """

    town: Places
    km: Floats
    around: Places


def unit_vectors(latitudes: Floats, longitudes: Floats) -> Floats:
    """Return points on the unit sphere, [n, 3], of degrees north and east."""
    north, east = np.radians(latitudes), np.radians(longitudes)
    flat = np.cos(north)
    return np.stack([flat * np.cos(east), flat * np.sin(east), np.sin(north)], axis=-1)


def kilometres(first: Floats, second: Floats) -> Floats:
    """Return great-circle distances of unit vectors, [..., 3] each, that broadcast."""
    chord = np.linalg.norm(first - second, axis=-1)
    arc: Floats = 2 * EARTH * np.arcsin(np.clip(chord / 2, 0, 1))
    return arc


def reach(population: NDArray[np.integer]) -> Floats:
    """Return how far towns reach from their centres, in km: a disc of 3,000 people per km²."""
    km: Floats = np.maximum(np.sqrt(population / (np.pi * _DENSITY)), _LEAST)
    return km


class NearestTowns:
    """Find the nearest of n towns.

    Args:
        vectors: [n, 3], unit vectors.
        reaches: [n], in km; see `reach`.
    """

    def __init__(self, vectors: Floats, reaches: Floats) -> None:
        self.vectors = vectors
        self.reaches = reaches
        self.large = np.flatnonzero(reaches > _SIDES[0])
        self._grids: dict[float, _Grid] = {}

    def search(self, points: Floats) -> Nearest:
        """Return the nearest towns of unit vectors, [p, 3]."""
        found = Nearest(
            np.full(len(points), -1), np.full(len(points), np.inf), np.full(len(points), -1)
        )
        left = np.arange(len(points))
        for side in _SIDES:
            if side not in self._grids:
                self._grids[side] = _Grid(self.vectors, side)
            for some, towns in self._grids[side].around(points[left]):
                self._look(points, left[some], towns, side, found)
            left = left[found.town[left] < 0]
        return found

    def _look(self, points: Floats, at: Places, towns: Places, side: float, out: Nearest) -> None:
        first = side == _SIDES[0]
        towns = np.union1d(towns, self.large) if first else towns
        if not len(towns):
            return
        own = self.vectors[towns]
        for start in range(0, len(at), step := max(1, _AT_ONCE // len(towns))):
            some = at[start : start + step]
            squared = np.maximum(2 - 2 * points[some] @ own.T, 0)  # [s, t], of the chords
            best = towns[squared.argmin(axis=1)]
            km = kilometres(points[some], self.vectors[best])
            near = km <= side
            out.town[some[near]], out.km[some[near]] = best[near], km[near]
            if first:
                shares = squared / (2 * np.sin(self.reaches[towns] / (2 * EARTH))) ** 2
                best = shares.argmin(axis=1)
                covered = shares[np.arange(len(some)), best] <= 1
                out.around[some[covered]] = towns[best[covered]]


class _Grid:
    def __init__(self, vectors: Floats, side: float) -> None:
        self._size = 2 * np.sin(side / (2 * EARTH))
        keys = self._keys(self._cells(vectors))
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def _cells(self, vectors: Floats) -> Places:
        cells: Places = np.floor((vectors + 1) / self._size).astype(np.int64) + 1
        return cells

    @staticmethod
    def _keys(cells: Places) -> Places:
        keys: Places = (cells[..., 0] << 40) + (cells[..., 1] << 20) + cells[..., 2]
        return keys

    def around(self, points: Floats) -> Iterator[tuple[Places, Places]]:
        """Yield the places of points that share a cube, with the towns in and around it."""
        cells, shared = np.unique(self._cells(points), axis=0, return_inverse=True)
        offsets = np.array(list(product((-1, 0, 1), repeat=3)))
        keys = self._keys(cells[:, None] + offsets)  # [cells, 27]
        starts = np.searchsorted(self._sorted, keys)
        ends = np.searchsorted(self._sorted, keys, side="right")
        order = np.argsort(shared, kind="stable")
        edges = np.searchsorted(shared[order], np.arange(len(cells) + 1))
        for at in range(len(cells)):
            held = [
                self._order[start:end]
                for start, end in zip(starts[at], ends[at], strict=True)
                if end > start
            ]
            towns = np.concatenate(held) if held else np.empty(0, dtype=np.int64)
            yield order[edges[at] : edges[at + 1]], towns
