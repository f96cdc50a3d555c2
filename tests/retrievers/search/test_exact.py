import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrievers.encoder import Vectors
from retrievers.search import exact as room
from retrievers.search.exact import nearest, nearest_to_many


def vectors(n: int, seed: int, levels: int = 3) -> Vectors:
    """Few different values, so that scores tie often."""
    return np.random.default_rng(seed).integers(0, levels, (n, 4)).astype(np.float32)


def brute(rows: Vectors, query: Vectors, k: int, allowed: np.ndarray, ids: np.ndarray) -> list[int]:
    scores = rows @ query[0]
    best = sorted(np.flatnonzero(allowed), key=lambda row: (-scores[row], ids[row]))
    return [int(row) for row in best[:k]]


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


@given(
    st.integers(0, 60), st.integers(0, 9), st.integers(1, 70), st.integers(0, 5), st.floats(0, 1)
)
def test_many_queries_at_once_find_what_each_finds_alone(
    n: int, q: int, k: int, seed: int, share: float
) -> None:
    chance = np.random.default_rng(seed)
    rows, queries = vectors(n, seed), vectors(q, seed + 1)
    allowed = chance.random(n) < share if share < 0.9 else None
    ids = chance.permutation(n)
    small, room.BLOCK = room.BLOCK, 100
    try:
        together = nearest_to_many(rows, queries, k, allowed=allowed, ids=ids)
    finally:
        room.BLOCK = small
    for query, (found, scores) in zip(queries, together, strict=True):
        alone = nearest(rows, query[None], k, allowed=allowed, ids=ids)
        assert (found.tolist(), scores.tolist()) == (alone[0].tolist(), alone[1].tolist())


@pytest.mark.parametrize("small", [0, 10**9])
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_equal_vectors_tie_wherever_they_lie(
    monkeypatch: pytest.MonkeyPatch, small: int, share: float
) -> None:
    """Vector instructions sum the rows at the end of a matrix in another order."""
    monkeypatch.setattr(room, "SMALL", small)
    chance = np.random.default_rng(7)
    rows = chance.standard_normal((403, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[[0, 77, 155, 211, 400, 401, 402]] = rows[0]
    ids = chance.permutation(403)
    allowed = chance.random(403) < share
    allowed[[0, 77, 155, 211, 400, 401, 402]] = True
    found, scores = nearest(rows, rows[:1] + 0.01, 7, allowed=allowed, ids=ids)
    assert set(found.tolist()) == {0, 77, 155, 211, 400, 401, 402}
    assert len(set(scores.tolist())) == 1
    assert (np.diff(ids[found]) > 0).all()
