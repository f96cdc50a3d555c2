"""The nearest town, against the haversine formula over every town."""

import numpy as np
import pytest
from numpy.typing import NDArray

from retrievers.places.nearest import (
    COUNTRY,
    EARTH,
    NearestTowns,
    kilometres,
    reach,
    unit_vectors,
)

Floats = NDArray[np.float64]
CHANCE = np.random.default_rng(5)


def haversine(one: Floats, others: Floats) -> Floats:
    """Return km from one point to others, in degrees (Sinnott 1984)."""
    (north, east), (norths, easts) = np.radians(one), np.radians(others).T
    half = np.sin((norths - north) / 2) ** 2
    half += np.cos(north) * np.cos(norths) * np.sin((easts - east) / 2) ** 2
    found: Floats = 2 * EARTH * np.arcsin(np.sqrt(half))
    return found


def spread(count: int) -> Floats:
    """Return points anywhere, many of them near the poles and the date line, in degrees."""
    anywhere = np.degrees(np.arcsin(CHANCE.uniform(-1, 1, count)))
    poles = CHANCE.choice([-1, 1], count) * (90 - CHANCE.exponential(0.5, count))
    line = (CHANCE.normal(180, 0.3, count) + 180) % 360 - 180
    east = CHANCE.uniform(-180, 180, count)
    kind = CHANCE.integers(3, size=count)
    north = np.where(kind == 1, poles, anywhere)
    return np.stack([north, np.where(kind == 2, line, east)], axis=1)


TOWNS = spread(6000)
POPULATION = (10 ** CHANCE.uniform(2, 7, len(TOWNS))).astype(np.int64)
NEAREST = NearestTowns(unit_vectors(*TOWNS.T), reach(POPULATION))


def test_the_nearest_of_all_towns_is_found_wherever_the_point_is() -> None:
    points = spread(3000)
    found = NEAREST.search(unit_vectors(*points.T))
    for at, point in enumerate(points):
        km = haversine(point, TOWNS)
        best = int(km.argmin())
        if km[best] > COUNTRY:
            assert found.town[at] == -1 and np.isinf(found.km[at])
        else:
            assert found.town[at] == best
            assert found.km[at] == pytest.approx(km[best], abs=1e-3)
    assert 0.2 < np.mean(found.town >= 0) < 1  # both happen


def test_a_point_is_in_the_town_whose_reach_it_is_deepest_in() -> None:
    points = TOWNS[:2000] + CHANCE.normal(0, 0.05, (2000, 2))
    points = points[np.abs(points[:, 0]) < 90]
    found = NEAREST.search(unit_vectors(*points.T))
    radii = np.maximum(np.sqrt(POPULATION / (3000 * np.pi)), 1)
    inside = 0
    for at, point in enumerate(points):
        shares = haversine(point, TOWNS) / radii
        best = int(shares.argmin())
        assert found.around[at] == (best if shares[best] <= 1 else -1)
        inside += bool(shares[best] <= 1)
    assert 200 < inside < len(points)


@pytest.mark.parametrize(
    ("first", "second", "km"),
    [  # a degree of a great circle is pi * 6371.0088 / 180
        ((0, 179.5), (0, -179.5), 111.195),
        ((89.5, 0), (89.5, 180), 111.195),
        ((-90, 17), (-89, -100), 111.195),
        ((0, 0), (0, 180), 20015.115),
        ((51.5, -0.1), (51.5, -0.1), 0),
    ],
)
def test_distances_go_over_the_date_line_and_the_poles(
    first: tuple[float, float], second: tuple[float, float], km: float
) -> None:
    one, other = (unit_vectors(*np.array(spot, dtype=float)) for spot in (first, second))
    assert kilometres(one, other) == pytest.approx(km, abs=1e-3)


def test_without_points_nothing_is_found() -> None:
    assert len(NEAREST.search(np.empty((0, 3))).town) == 0
