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
