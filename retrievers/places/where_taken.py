"""Where points are: in which town, region and country, by their nearest town."""

from collections.abc import Hashable
from functools import cached_property
from operator import attrgetter
from threading import Lock

import numpy as np
from cachetools import LRUCache, cachedmethod
from numpy.typing import NDArray

from retrievers.places.gazetteer import Gazetteer, Place
from retrievers.places.nearest import EARTH, TOWN, kilometres, unit_vectors

Mask = NDArray[np.bool_]
NEAR = 25.0
"""Km beyond a town's reach that are near it."""
_KEPT = 128  # answers


class WhereTaken:
    """Tell p points by the places of a gazetteer.

    Near a border the country is that of the nearest town, whichever side the point is on.

    Args:
        gazetteer: the places.
        degrees: [p, 2], north and east.
    """

    def __init__(self, gazetteer: Gazetteer, degrees: NDArray[np.float64]) -> None:
        self.gazetteer = gazetteer
        self.points = unit_vectors(degrees[:, 0], degrees[:, 1])
        self.nearest = gazetteer.towns.search(self.points)
        self._within: LRUCache[Hashable, Mask] = LRUCache(_KEPT)
        self._lock = Lock()

    @cachedmethod(attrgetter("_within"), lock=attrgetter("_lock"))
    def within(self, place: Place, *, near: bool = False) -> Mask:
        """Return which points lie in a place, or near it if it is a town, [p].

        A town is where it is the nearest, and as far as it reaches.
        """
        return self._in_town(place.at, near) if place.kind == "town" else self._in_land(place)

    def _in_town(self, town: int, near: bool) -> Mask:
        km = self.gazetteer.reaches[town] + (NEAR if near else 0)
        reached: Mask = self.points @ self.gazetteer.vectors[town] >= np.cos(km / EARTH)
        nearest: Mask = (self.nearest.town == town) & (self.nearest.km <= TOWN)
        return reached | nearest

    def _in_land(self, place: Place) -> Mask:
        towns, known = self.gazetteer.of_towns[self.nearest.town], self.nearest.town >= 0
        if place.kind == "region":
            in_one: Mask = (towns[:, :2] == place.at).any(axis=1) & (self.nearest.km <= TOWN)
            return in_one & known
        lands = towns[:, 2]
        held: Mask = (
            lands if place.kind == "country" else self.gazetteer.continents[lands]
        ) == place.at
        return held & known

    @cached_property
    def shown(self) -> list[str]:
        """What each point is called, [p]: its town, region and country; the country; nothing."""
        own, town = self._own, self.nearest.town
        lands = np.where(town >= 0, self.gazetteer.of_towns[town, 2], -1)
        named = {
            (at, land): self._words(int(at), int(land))
            for at, land in np.unique(np.stack([own, lands], axis=1), axis=0).tolist()
        }
        return [named[one] for one in zip(own.tolist(), lands.tolist(), strict=True)]

    def _words(self, town: int, country: int) -> str:
        if town >= 0:
            return self.gazetteer.words(Place("town", town))
        return self.gazetteer.words(Place("country", country)) if country >= 0 else ""

    def from_centre(self, at: int) -> float | None:
        """Return how many km one of the points is from the middle of its town, if it has one."""
        own = int(self._own[at])
        return float(kilometres(self.points[at], self.gazetteer.vectors[own])) if own >= 0 else None

    @property
    def _own(self) -> NDArray[np.int64]:
        """The towns that points are called by, [p]; -1: none."""
        near = np.where(self.nearest.km <= TOWN, self.nearest.town, -1)
        return np.where(self.nearest.around >= 0, self.nearest.around, near)
