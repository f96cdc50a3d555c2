from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.metrics.hashing import hamming, hamming_map, pack

Rows = list[list[int]]


def rows(width: int, least: int, most: int, values: tuple[int, int]) -> st.SearchStrategy[Rows]:
    row = st.lists(st.sampled_from(values), min_size=width, max_size=width)
    return st.lists(row, min_size=least, max_size=most)


def naive_map(
    queries: Rows, gallery: Rows, asked: Rows, held: Rows, *, k: int | None = None
) -> float:
    """MAP@k from its definition, in fractions, the wrong item first among equal distances."""
    total = Fraction(0)
    for code, labels in zip(queries, asked, strict=True):
        pairs = []
        for other, named in zip(gallery, held, strict=True):
            distance = sum(a != b for a, b in zip(code, other, strict=True))
            pairs.append((distance, any(a and b for a, b in zip(labels, named, strict=True))))
        right = [hit for _, hit in sorted(pairs)]
        best = min(k or len(right), sum(right))
        for rank in range(1, min(k or len(right), len(right)) + 1):
            if right[rank - 1]:
                total += Fraction(sum(right[:rank]), rank) / best
    return float(total / len(queries))


@settings(max_examples=3 * settings().max_examples)
@given(st.data(), st.integers(1, 6), st.none() | st.integers(1, 6))
def test_hamming_map_is_its_definition(data: st.DataObject, bits: int, k: int | None) -> None:
    queries = data.draw(rows(bits, 1, 4, (-1, 1)))
    gallery = data.draw(rows(bits, 1, 8, (-1, 1)))
    asked = data.draw(rows(3, len(queries), len(queries), (0, 1)))
    held = data.draw(rows(3, len(gallery), len(gallery), (0, 1)))
    found = hamming_map(
        pack(np.array(queries)), pack(np.array(gallery)), np.array(asked), np.array(held), k=k
    )
    assert found == pytest.approx(naive_map(queries, gallery, asked, held, k=k))


@pytest.mark.parametrize("bits", [1, 16, 32, 63, 64, 65, 128])
def test_a_distance_is_half_of_what_the_product_lacks(bits: int) -> None:
    rng = np.random.default_rng(bits)
    codes: NDArray[np.int64] = rng.choice([-1, 1], size=(20, bits))
    expected = (bits - codes @ codes[0]) // 2  # as DCMH computes it
    assert hamming(pack(codes)[0], pack(codes)).tolist() == expected.tolist()


def test_real_outputs_are_cut_at_zero() -> None:
    assert pack(np.array([[0.3, -0.2, 0.0]])).tolist() == pack(np.array([[1, -1, -1]])).tolist()


def test_perfect_codes_score_1_and_equal_codes_the_worst_order() -> None:
    labels = np.eye(4, dtype=bool).repeat(5, axis=0)
    assert hamming_map(pack(labels), pack(labels), labels, labels) == 1
    same = pack(np.ones((20, 16)))
    worst = sum(hits / (15 + hits) for hits in range(1, 6)) / 5  # five right ones at the very end
    assert hamming_map(same, same, labels, labels) == pytest.approx(worst)


def test_codes_without_labels_are_refused() -> None:
    codes, labels = pack(np.ones((3, 4))), np.ones((3, 2), dtype=bool)
    with pytest.raises(ValueError, match="3 gallery codes need as many rows of labels; got 2"):
        hamming_map(codes, codes, labels, labels[:2])
