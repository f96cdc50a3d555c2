import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrievers.collection import nearest as room
from retrievers.collection.nearest import nearest
from retrievers.encoder import Vectors


def vectors(n: int, seed: int, levels: int = 3) -> Vectors:
    """Few different values, so that scores tie often."""
    return np.random.default_rng(seed).integers(0, levels, (n, 4)).astype(np.float32)


def brute(rows: Vectors, query: Vectors, k: int, allowed: np.ndarray, ids: np.ndarray) -> list[int]:
    scores = rows @ query[0]
    best = sorted(np.flatnonzero(allowed), key=lambda row: (-scores[row], ids[row]))
    return [int(row) for row in best[:k]]


@settings(deadline=None)
@given(st.integers(0, 90), st.integers(1, 100), st.integers(0, 5), st.floats(0, 1), st.booleans())
def test_both_ways_equal_brute_force_ties_included(
    n: int, k: int, seed: int, share: float, large: bool
) -> None:
    chance = np.random.default_rng(seed)
    rows, query = vectors(n, seed), vectors(1, seed + 1)
    allowed = chance.random(n) < share
    ids = np.array([f"{i:016x}" for i in chance.permutation(n)], dtype="S16")
    small, room.SMALL = room.SMALL, 0 if large else 10**9
    try:
        found, scores = nearest(rows, query, k, allowed=allowed, ids=ids)
    finally:
        room.SMALL = small
    assert found.tolist() == brute(rows, query, k, allowed, ids)
    np.testing.assert_allclose(scores, rows[found] @ query[0], atol=1e-5)


@pytest.mark.parametrize("n", [5, 25_000])
def test_without_a_mask_every_row_is_allowed(n: int) -> None:
    rows = vectors(n, 3, levels=1000)
    ids = np.arange(n)
    found, _ = nearest(rows, rows[:1], 3, ids=ids)
    assert found.tolist() == brute(rows, rows[:1], 3, np.ones(n, bool), ids)
