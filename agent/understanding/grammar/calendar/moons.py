"""New and full moons, to some ten minutes (Meeus, Astronomical Algorithms, chapter 49)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import radians, sin

_NEW = (-0.40720, 0.17241, 0.01608, 0.01039, 0.00739, -0.00514, 0.00208)
_FULL = (-0.40614, 0.17302, 0.01614, 0.01043, 0.00734, -0.00515, 0.00209)
_MONTHS_A_YEAR = 12.3685


def moons(first: datetime, days: float, *, full: bool) -> Iterator[datetime]:
    """Yield the new or full moons of so many days, universal time."""
    count = int((first.year - 2000) * _MONTHS_A_YEAR) - 2
    while (at := _moon(count + 0.5 * full, full)) < first + timedelta(days=days):
        if at >= first:
            yield at
        count += 1


def _moon(k: float, full: bool) -> datetime:
    t = k / 1236.85
    sun = radians(2.5534 + 29.10535670 * k)
    moon = radians(201.5643 + 385.81693528 * k + 0.0107582 * t**2)
    node = radians(160.7108 + 390.67050284 * k)
    terms = (moon, sun, 2 * moon, 2 * node, moon - sun, moon + sun, 2 * sun)
    shift = sum(by * sin(angle) for by, angle in zip(_FULL if full else _NEW, terms, strict=True))
    day = 5.09766 + 29.530588861 * k + 0.00015437 * t**2 + shift  # from noon of 1 January 2000
    return datetime(2000, 1, 1, 12) + timedelta(days=day)
