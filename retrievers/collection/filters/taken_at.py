"""Conditions on where pictures were taken, by the names of places."""

import sqlite3
from collections.abc import Hashable
from functools import cached_property
from operator import attrgetter
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from cachetools import LRUCache, cachedmethod
from numpy.typing import NDArray

from retrievers.collection.collection import Collection
from retrievers.collection.filters.differing_files import Tellings, tellings
from retrievers.places.error import PlacesError
from retrievers.places.gazetteer import Place, gazetteer
from retrievers.places.meant import meant
from retrievers.places.where_taken import WhereTaken
from retrievers.query import Filters

Mask = NDArray[np.bool_]
_KEPT = 256  # answers
_POSITIONS = "SELECT row, lat, lon FROM pictures WHERE lat IS NOT NULL AND lon IS NOT NULL"


class Called(NamedTuple):
    """A place of a name, where some pictures were taken: told from others, and how many."""

    words: str
    pictures: int


class Positions:
    """The positions of pictures at one commit.

    Attributes:
        rows: [p], of the pictures that say one.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        found = db.execute(_POSITIONS).fetchall()
        self.rows: NDArray[np.int64] = np.array([row for row, *_ in found], dtype=np.int64)
        self._called: LRUCache[Hashable, tuple[Called, ...]] = LRUCache(_KEPT)
        self._lock = Lock()
        self._degrees = np.array([spot for _, *spot in found], dtype=np.float64).reshape(-1, 2)

    @cached_property
    def where(self) -> WhereTaken:
        """What places those are.

        Raises:
            PlacesError: the names of places are not here.
        """
        return WhereTaken(gazetteer(), self._degrees)

    def at(self, name: str) -> NDArray[np.int64]:
        """Return the rows of the pictures taken at a place of that name."""
        if not len(self.rows):
            return self.rows
        taken = np.zeros(len(self.rows), dtype=np.bool_)
        places, near = meant(self.where.gazetteer, name)
        for place in places:
            taken |= self.where.within(place, near=near)
        return self.rows[taken]

    @cachedmethod(attrgetter("_called"), lock=attrgetter("_lock"))
    def called(self, name: str) -> tuple[Called, ...]:
        """Return the places of a name where pictures were taken, the most pictures first.

        One that lies within another of the same name is not told apart.
        """
        places, near = meant(self.where.gazetteer, name)
        every = [(place, self.where.within(place, near=near)) for place in places]
        found = [(place, taken) for place, taken in every if taken.any()]
        found.sort(key=lambda one: -np.count_nonzero(one[1]))
        apart: list[tuple[Place, Mask]] = []
        for place, taken in found:
            if not any((taken <= other).all() for _, other in apart):
                apart.append((place, taken))
        words = self.where.gazetteer.words
        return tuple(Called(words(place), int(np.count_nonzero(one))) for place, one in apart)


_known: WeakKeyDictionary[Collection | Tellings, tuple[Hashable, Positions]] = WeakKeyDictionary()


def positions(collection: Collection) -> Positions:
    """Return the positions of a collection's pictures as it is now."""
    return _positions(collection, collection.db, collection.stamp())


def _positions(key: Collection | Tellings, db: sqlite3.Connection, stamp: Hashable) -> Positions:
    if (known := _known.get(key)) is None or known[0] != stamp:
        known = _known[key] = stamp, Positions(db)
    return known[1]


def taken_at(
    collection: Collection,
    filters: Filters,
    rows: NDArray[np.int64],
    own: NDArray[np.int64],
) -> Mask:
    """Return which candidates were taken at the places asked for, and at none of those refused.

    Args:
        collection: the collection.
        filters: their places count alone.
        rows: [n], of the pictures.
        own: [n], the place among `tellings` of a file that says something of its own; else -1.

    Raises:
        PlacesError: the names of places are not here.
    """
    apart = tellings(collection)
    alone, held = own >= 0, positions(collection)
    own_held = _positions(apart, apart.db, None) if alone.any() else None
    met = np.ones(len(rows), dtype=np.bool_)
    for names, wanted in ((filters.places, True), (filters.not_places, False)):
        for name in names:
            there = np.isin(rows, held.at(name))
            if own_held:
                there[alone] = np.isin(own[alone], own_held.at(name))
            met &= there == wanted
    return met


def places_called(collection: Collection, name: str) -> list[str] | None:
    """Return the places of a name where pictures were taken, told apart, the most pictures first.

    None where no place of note is called so, or nothing says where any picture was taken.
    """
    with collection.one_state():
        held = positions(collection)
        try:
            if not len(held.rows) or not (places := meant(gazetteer(), name).places):
                return None
            found = [one.words for one in held.called(name)]
        except PlacesError:
            return None
    return found if found or any(map(gazetteer().is_of_note, places)) else None
