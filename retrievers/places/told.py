"""What one point is called, for people and scripts."""

from functools import lru_cache

import numpy as np

from retrievers.places.error import PlacesError
from retrievers.places.gazetteer import gazetteer
from retrievers.places.nearest import TOWN
from retrievers.places.where_taken import WhereTaken


def place_told(gps: tuple[float, float] | None) -> str:
    """Return the town, region and country of a point: Lisbon, Portugal; else the country alone.

    Empty far from any town, and where the names of places are not installed.

    Args:
        gps: degrees north and east.
    """
    return _told(gps)[0] if gps else ""


def place_in_words(gps: tuple[float, float]) -> str:
    """Say likewise, and how far off the town's centre is: Ilkley, England, 2 km from its centre."""
    name, km = _told(gps)
    if name and km is None:
        return f"{name}, over {TOWN:.0f} km from any town"
    return name if not km or km < 1 else f"{name}, {km:.0f} km from its centre"


@lru_cache(4096)
def _told(gps: tuple[float, float]) -> tuple[str, float | None]:
    try:
        where = WhereTaken(gazetteer(), np.array([gps], dtype=np.float64))
    except PlacesError:
        return "", None
    return where.shown[0], where.from_centre(0)
