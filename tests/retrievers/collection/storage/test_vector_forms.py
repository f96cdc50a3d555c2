"""Vectors in fewer bytes: what is lost, that it is lost once, and that nothing else changes."""

from pathlib import Path

import numpy as np
import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.migration.migrate import migrate
from retrievers.collection.recall_kept import Sample, recall_kept, told_recall
from retrievers.collection.storage.vector_forms import (
    FORMS,
    Form,
    PackedVectors,
    packed,
    row_bytes,
    row_type,
    unpacked,
)
from retrievers.collection.sync.sync import sync
from retrievers.collection.writer import CollectionWriter
from retrievers.encoder import Vectors
from retrievers.maintenance.doctor import examine
from retrievers.query import Query
from retrievers.search.exact import nearest, nearest_to_many
from retrievers.search.searcher import Searcher
from tests.encoders import BareColourEncoder, ColourEncoder
from tests.retrievers.folders import contents, paint, painted

LESS: list[Form] = ["float16", "int8"]


def unit(n: int, dim: int, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    rows[:, 0] += 3  # as CLIP's vectors, which have a number or two that stand out
    lengths: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return lengths


def stored(vectors: Vectors, form: Form) -> PackedVectors:
    kind = row_type(form, vectors.shape[1])
    raw = np.frombuffer(packed(form, vectors), kind.base)
    raw = raw if kind.subdtype is None else raw.reshape(vectors.shape)
    return PackedVectors(raw, form, vectors.shape[1])


@pytest.mark.parametrize(("form", "size", "loss"), [("float16", 192, 3e-4), ("int8", 100, 5e-3)])
def test_rows_come_back_of_length_1_and_nearly_as_they_were(
    form: Form, size: int, loss: float
) -> None:
    vectors = unit(500, 96)
    held = stored(vectors, form)
    assert row_bytes(form, 96) == size
    assert (held.shape, len(held), held.nbytes) == ((500, 96), 500, 500 * size)
    assert np.abs(held[:] - vectors).max() < loss
    np.testing.assert_allclose(np.linalg.norm(held[:], axis=1), 1, atol=5e-4)
    assert packed(form, held[:]) == held.raw.tobytes()  # written anew, nothing more is lost


def test_int8_by_hand() -> None:
    row = np.array([[0.6, -0.8, 0.0]], np.float32)  # codes 95, -127, 0; length 158.6
    codes = np.array([95, -127, 0])
    raw = np.frombuffer(packed("int8", row), row_type("int8", 3))
    assert raw["codes"].tolist() == [codes.tolist()]
    assert raw["factor"][0] == pytest.approx(1 / np.sqrt(95**2 + 127**2))
    assert not unpacked(np.frombuffer(packed("int8", 0 * row), row_type("int8", 3)), "int8").any()


def test_every_half_is_multiplied_as_what_it_is() -> None:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    held = PackedVectors(finite.reshape(-1, 1), "float16", 1)
    got = held.products(np.ones((1, 1), np.float32))[0]
    np.testing.assert_array_equal(got, finite.astype(np.float32))


@pytest.mark.parametrize("form", LESS)
def test_a_search_finds_the_nearest_of_what_is_stored(form: Form) -> None:
    vectors, queries = unit(3000, 40), unit(7, 40, seed=1)
    held, ids = stored(vectors, form), np.arange(3000)
    allowed = ids % 3 != 0
    scores = held[:].astype(np.float64) @ queries.T.astype(np.float64)  # [n, q]
    for mask in (None, allowed):
        kept = scores if mask is None else np.where(mask[:, None], scores, -2)
        true = np.argsort(-kept, axis=0, kind="stable")[:10].T
        many = nearest_to_many(held, queries, 10, allowed=mask, ids=ids)
        for query, best, (rows, found) in zip(queries, true, many, strict=True):
            one, _ = nearest(held, query[None], 10, allowed=mask, ids=ids)
            assert one.tolist() == rows.tolist() == best.tolist()
            np.testing.assert_allclose(found, kept[rows, queries.tolist().index(query.tolist())])


@pytest.mark.parametrize("form", FORMS)
def test_a_collection_in_any_form_is_indexed_searched_compacted_and_mended(
    tmp_path: Path, form: Form
) -> None:
    encoder, folder = ColourEncoder(), painted(tmp_path / "p", 30)
    place = tmp_path / "c"
    collection = Collection.create(place, encoder=encoder.name, dim=encoder.dim, vectors=form)
    sync(collection, encoder, folder, batch=7)
    whole = Collection.create(tmp_path / "whole", encoder=encoder.name, dim=encoder.dim)
    sync(whole, encoder, folder)
    query = Query(wanted=("red",))
    true = {hit.picture.id: hit.score for hit in Searcher(whole, encoder).search(query, 30)}
    found = Searcher(collection, encoder).search(query, 30)
    assert {hit.picture.id: pytest.approx(hit.score, abs=0.01) for hit in found} == true
    (file,) = place.glob("vectors-*")
    assert file.stat().st_size == 30 * row_bytes(form, encoder.dim)
    with CollectionWriter(collection) as writer:
        writer.remove([3, 4, 5])
        before = contents(collection)
        assert writer.compact() == 3
    assert contents(collection) == before
    assert examine(place) == []
    (file,) = place.glob("vectors-*")
    with file.open("r+b") as opened:
        opened.truncate(20 * row_bytes(form, encoder.dim) + 1)
    (lost,) = examine(place)
    assert lost.mended and lost.what.startswith("7 pictures without a vector")
    sync(collection, encoder, folder)
    assert (len(collection), examine(place)) == (30, [])
    told = told_recall(collection)
    assert (told is None) == (form == "float32")


def test_fewer_bytes_need_no_encoding_and_more_do(tmp_path: Path) -> None:
    encoder, folder = ColourEncoder(), painted(tmp_path / "p", 14)
    collection = Collection.create(tmp_path / "c", encoder=encoder.name, dim=encoder.dim)
    sync(collection, encoder, folder)
    first = collection.vectors()[:].copy()
    assert migrate(collection, encoder, vectors="int8").switched
    assert (collection.generation().form, encoder.seen) == ("int8", 14)
    assert np.abs(collection.vectors()[:] - first).max() < 0.01
    assert told_recall(collection) is not None
    assert sync(collection, encoder, folder).unchanged == 14
    searched = Searcher(collection, encoder).search(Query(wanted=("red",)), 14)
    assert len(searched) == 14
    assert migrate(collection, encoder, vectors="float32").switched  # kept since
    assert (encoder.seen, np.array_equal(collection.vectors()[:], first)) == (14, True)
    migrate(collection, encoder, vectors="int8")
    migrate(collection, encoder, vectors="float16")  # from the float32 ones
    assert encoder.seen == 14
    migrate(collection, encoder, vectors="int8")
    paint(folder / "new.png", 99)
    sync(collection, encoder, folder)
    migrate(collection, BareColourEncoder())
    assert collection.generation().form == "int8"  # as before, where none is asked for
    migrate(collection, encoder, vectors="float32")  # int8 ones are kept, and are not good enough
    assert encoder.seen == 15 + 15
    assert np.array_equal(collection.vectors()[:14], first)
    assert examine(collection.folder) == []


def test_recall_is_that_of_a_computation_by_hand() -> None:
    vectors = unit(300, 16)
    told = recall_kept(vectors, "int8")
    held = stored(vectors, "int8")[:]
    shared = 0
    for at, query in enumerate(vectors):
        others = [n for n in range(300) if n != at]
        true = sorted(others, key=lambda n: -float(query @ vectors[n]))[:10]
        found = sorted(others, key=lambda n: -float(query @ held[n]))[:10]
        shared += len({*true} & {*found})
    assert told.pictures == 300
    assert told.share == pytest.approx(shared / 3000, abs=2e-3)
    assert 0.8 < told.share < 1
    sample = Sample()
    sample.add(vectors)
    assert sample.recall("int8") == told


@pytest.mark.parametrize("form", ["", "float64", "int8 ", "../x"])
def test_a_form_that_nobody_wrote_is_one_line(tmp_path: Path, form: str) -> None:
    collection = Collection.create(tmp_path / "c", encoder="x", dim=2)
    collection.db.execute("UPDATE facts SET value = ? WHERE key = 'form'", (form,))
    if form:
        with pytest.raises(Exception, match="vectors must be one of float32, float16, int8; got"):
            collection.vectors()
    else:
        assert len(collection.vectors()) == 0
