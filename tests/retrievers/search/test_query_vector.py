from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from retrievers.encoder import Vectors
from retrievers.pictures import UnreadablePicture
from retrievers.query import Filters, Query
from retrievers.search.query_vector import Blend

AXES = ("cat", "dog", "boat", "snow")


class Axes:
    """Each word an axis; a picture's vector is its mean colour and a zero."""

    name = "axes"
    dim = 4
    image_size = 2

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        rows = [np.append(np.asarray(image, np.float32).mean(axis=(0, 1)), 0) for image in images]
        return unit(np.stack(rows))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return unit(np.array([[word in text for word in AXES] for text in texts], np.float32))


def unit(rows: Vectors) -> Vectors:
    scaled: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled.astype(np.float32)


STORED = {"c": [1.0, 0, 0, 0], "d": [0, 1.0, 0, 0], "b": [0, 0, 1.0, 0], "s": [0, 0, 0, 1.0]}


def vectors_of(ids: Sequence[str]) -> Vectors:
    return np.array([STORED[one] for one in ids], np.float32)


def blended(query: Query, **weights: float) -> Vectors:
    vector = Blend(**weights).vector(query, Axes(), vectors_of)  # type: ignore[arg-type]
    assert vector is not None
    assert vector.shape == (1, 4)
    row: Vectors = vector[0]
    return row


PHRASES = st.lists(st.sampled_from(AXES), max_size=3).map(tuple)
IDS = st.lists(st.sampled_from("cdbs"), max_size=3).map(tuple)
QUERIES = st.builds(Query, wanted=PHRASES, unwanted=PHRASES, like=IDS, unlike=IDS)
WEIGHTS = st.floats(0, 1)


@given(QUERIES, st.builds(Blend, joined=WEIGHTS, decay=WEIGHTS, like=WEIGHTS, unlike=WEIGHTS,
                          unwanted=WEIGHTS, spare=st.booleans()))  # fmt: skip
def test_a_blend_is_one_unit_row_or_nothing(query: Query, blend: Blend) -> None:
    vector = blend.vector(query, Axes(), vectors_of)
    if vector is not None:
        assert vector.shape == (1, 4) and vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)
    elif query.wanted:
        assert query.unlike or query.unwanted or query.like


def test_conditions_alone_compare_with_nothing() -> None:
    assert Blend().vector(Query(filters=Filters(camera="x")), Axes(), vectors_of) is None


def test_one_phrase_is_its_own_vector_whatever_the_weights() -> None:
    for joined in (0, 0.5, 1):
        assert blended(Query(wanted=("cat",)), joined=joined).tolist() == [1, 0, 0, 0]


def test_without_decay_only_the_last_phrase_counts() -> None:
    query = Query(wanted=("cat", "dog", "boat"))
    assert blended(query, joined=0, decay=0).tolist() == [0, 0, 1, 0]


def test_a_phrase_counts_less_with_age() -> None:
    vector = blended(Query(wanted=("cat", "dog")), joined=0, decay=0.5)
    assert vector[0] / vector[1] == pytest.approx(0.5)


def test_a_liked_picture_pulls_and_a_disliked_one_pushes() -> None:
    vector = blended(Query(wanted=("cat",), like=("d",), unlike=("b",)), like=0.5, unlike=0.25)
    assert vector / vector[0] == pytest.approx([1, 0.5, -0.25, 0])


def test_sparing_takes_nothing_of_what_is_wanted_away() -> None:
    query = Query(wanted=("cat dog",), unwanted=("dog",))
    wanted = blended(Query(wanted=("cat dog",)))
    spared, taken = (blended(query, unwanted=0.5, spare=spare) for spare in (True, False))
    assert spared[1] < wanted[1]
    assert spared @ wanted > taken @ wanted


def test_only_refusals_point_away() -> None:
    assert blended(Query(unwanted=("cat",))).tolist() == [-1, 0, 0, 0]


def test_an_example_picture_is_read_and_followed(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (0, 200, 0)).save(tmp_path / "green.png")
    vector = blended(Query(examples=(tmp_path / "green.png",)))
    assert vector == pytest.approx([0, 1, 0, 0])


def test_an_unreadable_example_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePicture, match=r"none\.png"):
        blended(Query(examples=(tmp_path / "none.png",)))


class Both(Axes):
    """Reads a picture and words together: what is the greater in either, which no sum gives."""

    composes = True

    def encode_composed(self, images: Sequence[Image.Image], words: Sequence[str]) -> Vectors:
        return unit(np.maximum(self.encode_images(images), self.encode_texts(words)))


def test_an_encoder_that_reads_both_is_given_the_words_with_each_picture(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), (0, 255, 0)).save(tmp_path / "green.png")
    liked = {"b": Image.new("RGB", (4, 4), (0, 0, 255)), "c": Image.new("RGB", (4, 4), (255, 0, 0))}
    query = Query(
        wanted=("cat", "in snow"), examples=(tmp_path / "green.png",), like=("c", "gone", "b")
    )
    seen: list[Sequence[str]] = []

    def pictures_of(ids: Sequence[str]) -> list[Image.Image]:
        seen.append(ids)
        return [liked[one] for one in ids if one in liked]

    row = Blend(joined=0.3).vector(query, Both(), vectors_of, pictures_of)
    assert row is not None
    half = 0.5**0.5  # of "cat, in snow", whose axes are the first and the last
    each = unit(np.array([[half, 1, 0, half], [1, 0, 0, half], [half, 0, 1, half]], np.float32))
    np.testing.assert_allclose(row, unit(each.mean(axis=0, keepdims=True)), atol=1e-6)
    assert seen == [("c", "gone", "b")]


@pytest.mark.parametrize(
    "query",
    [
        Query(wanted=("cat",)),
        Query(like=("d",)),
        Query(wanted=("cat",), like=("gone",)),
        Query(wanted=("cat",), unlike=("d",), unwanted=("boat",)),
    ],
)
def test_where_there_is_no_picture_with_words_the_sums_stay(query: Query) -> None:
    stored = {"gone": STORED["b"], **STORED}
    here = [lambda ids: np.array([stored[one] for one in ids], np.float32), lambda ids: []]
    together = Blend().vector(query, Both(), *here)  # type: ignore[arg-type]
    np.testing.assert_array_equal(together, Blend().vector(query, Axes(), *here))  # type: ignore[arg-type]


def test_a_weight_of_0_leaves_pictures_out_of_joint_vectors_too() -> None:
    def pictures_of(ids: Sequence[str]) -> list[Image.Image]:
        raise AssertionError(ids)

    query = Query(wanted=("cat",), like=("d",))
    row = Blend(like=0).vector(query, Both(), vectors_of, pictures_of)
    assert row is not None
    np.testing.assert_allclose(row, [[1, 0, 0, 0]], atol=1e-6)
