"""The gazetteer: towns, the regions and countries that they lie in, and what they are called."""

from functools import cache, cached_property
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from retrievers.offline.converted import converted
from retrievers.places.nearest import NearestTowns, reach
from retrievers.places.sources import name_key, versions, write_arrays

Ints = NDArray[np.int64]
Kind = Literal["town", "region", "country", "continent"]
_OF_NOTE = 1.25  # km: some 15,000 people
_FORM = 1  # of the file; another one is made anew


class Place(NamedTuple):
    """A town, region, country or continent, by its number among them."""

    kind: Kind
    at: int


class Gazetteer:
    """Towns above 1,000 people with where they lie, and what places are called.

    Args:
        path: what `retrievers.places.sources.write_arrays` wrote.

    Attributes:
        vectors: [n, 3], of the towns on the unit sphere.
        reaches: [n], in km; see `retrievers.places.nearest.reach`.
        of_towns: [n, 3], of each its inner region, its outer one and its country; -1: none.
        continents: of each country; -1: none.
    """

    def __init__(self, path: Path) -> None:
        with np.load(path) as held:
            self.vectors: NDArray[np.float64] = held["vectors"]
            self.reaches = reach(held["population"])
            self.of_towns: Ints = held["of_towns"].astype(np.int64)
            self._regions: Ints = held["regions"].astype(np.int64)  # country, outer region
            self.continents: Ints = held["continents"].astype(np.int64)
            self._keys: Ints = held["keys"]
            self._named: Ints = held["named"].astype(np.int64)
            self._packed = {kind: held[f"{kind}_names"] for kind in get_args(Kind)}

    @cached_property
    def towns(self) -> NearestTowns:
        return NearestTowns(self.vectors, self.reaches)

    @cached_property
    def _names(self) -> dict[Kind, list[str]]:
        return {kind: bytes(held).decode().split("\0") for kind, held in self._packed.items()}

    def name(self, place: Place) -> str:
        """Return what a place is called, in English where there is such a name."""
        return self._names[place.kind][place.at]

    def named(self, name: str) -> list[Place]:
        """Return the places of a name in any language, whatever its case and accents."""
        key = name_key(name)
        start, end = np.searchsorted(self._keys, [key, key + 1])
        return [Place(get_args(Kind)[kind], int(at)) for kind, at in self._named[start:end]]

    def holders(self, place: Place) -> list[Place]:
        """Return what a place lies in, from the inside to the outside."""
        if place.kind == "town":
            inner, outer, country = self.of_towns[place.at]
        elif place.kind == "region":
            country, inner = self._regions[place.at]
            outer = -1
        else:
            inner, outer, country = -1, -1, place.at if place.kind == "country" else -1
        held = [Place("region", int(at)) for at in (inner, outer) if at >= 0]
        held += [Place("country", int(country))] if country >= 0 and place.kind != "country" else []
        if country >= 0 and (continent := self.continents[country]) >= 0:
            held.append(Place("continent", int(continent)))
        return held

    def largest_in(self, region: Place) -> int:
        """Return the place among the towns of a region's largest."""
        inside = np.flatnonzero((self.of_towns[:, :2] == region.at).any(axis=1))
        return int(inside[self.reaches[inside].argmax()])

    def is_of_note(self, place: Place) -> bool:
        """Whether it is known beyond its surroundings: no village that is called Beach."""
        return place.kind != "town" or self.reaches[place.at] > _OF_NOTE

    def words(self, place: Place) -> str:
        """Say a place so that it can be told from others: Springfield, Illinois, United States."""
        told = [self.name(place)]
        holders = [one for one in self.holders(place) if one.kind != "continent"]
        if place.kind == "town" and len(holders) > 2:
            holders = holders[1:]  # the outer region tells enough
        for holder in holders:
            told += [self.name(holder)] if self.name(holder) != told[-1] else []
        return ", ".join(told)


@cache
def gazetteer() -> Gazetteer:
    """Open the places; the first time ever they are read out of their packages, in some seconds.

    Raises:
        PlacesError: a package is not installed, or holds other data than is known.
    """
    return Gazetteer(converted(f"places-{versions()}-{_FORM}.npz", write_arrays))
