import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from retrievers.search.query_zscore import BLOCK, measure_zscores

CHANCE = np.random.default_rng(3)


def unit(rows: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled.astype(np.float32)


def test_a_height_worked_by_hand() -> None:
    pictures = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], dtype=np.float32)
    found = measure_zscores(pictures, np.array([[0, 1]], dtype=np.float32))
    # cosines 1 0 0 0: mean 1/4, deviation sqrt(3)/4; the reference word: 0 1 1 1
    assert found.of(np.array([[1, 0]], dtype=np.float32), 1.0) == pytest.approx(3**0.5)
    assert found.usual == pytest.approx([3**-0.5])
    assert (found.standing(0.1), found.standing(1.0)) == (0.0, 1.0)


@given(st.integers(2, 40), st.integers(0, 2**20))
def test_heights_are_those_of_the_cosines_of_the_allowed_pictures(n: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    pictures, words = unit(chance.normal(size=(n, 6))), unit(chance.normal(size=(9, 6)))
    allowed = chance.random(n) < 0.7
    allowed[:2] = True
    cosines = words @ pictures[allowed].T
    assume(cosines.std(axis=1).min() > 0.01)  # else float32 decides
    expected = (cosines.max(axis=1) - cosines.mean(axis=1)) / cosines.std(axis=1)
    found = measure_zscores(pictures, words, allowed)
    assert found.pictures == allowed.sum()
    assert found.usual == pytest.approx(np.sort(expected), rel=1e-3)
    assert found.of(words[:1], cosines[0].max()) == pytest.approx(expected[0], rel=1e-3)


def test_blocks_of_a_large_collection_are_one_collection() -> None:
    pictures, words = unit(CHANCE.normal(size=(2 * BLOCK + 5, 4))), unit(CHANCE.normal(size=(3, 4)))
    cosines = words @ pictures.T
    expected = (cosines.max(axis=1) - cosines.mean(axis=1)) / cosines.std(axis=1)
    assert measure_zscores(pictures, words).usual == pytest.approx(np.sort(expected), rel=1e-3)


def test_equal_pictures_have_finite_heights() -> None:
    pictures = np.tile(unit(np.ones((1, 4))), (50, 1))
    assert np.isfinite(measure_zscores(pictures, unit(CHANCE.normal(size=(5, 4)))).usual).all()
