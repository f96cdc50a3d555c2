from pathlib import Path

import numpy as np
import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.record.batch import Batch, FileRecord, PictureRecord
from retrievers.collection.storage.vector_forms import StoredVectors
from retrievers.collection.writer import CollectionWriter
from retrievers.encoder import Vectors
from retrievers.search.exact import nearest, nearest_to_many
from retrievers.search.hnsw import HnswGraph, graph_path

N, DIM, K = 3000, 16, 10
IDS = np.arange(2 * N)


def around(centres: Vectors, n: int, seed: int) -> Vectors:
    chance = np.random.default_rng(seed)
    rows = centres[chance.integers(0, len(centres), n)] + 0.1 * chance.standard_normal((n, DIM))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


CENTRES = around(np.zeros((1, DIM), np.float32), 60, seed=0)
QUERIES = around(CENTRES, 40, seed=2)


def add(collection: Collection, vectors: Vectors) -> None:
    _, start = collection.extent()
    batch = Batch(vectors=list(vectors))
    for number in range(start, start + len(vectors)):
        digest = f"{number:064x}"[::-1]
        batch.pictures.append(PictureRecord(digest, 1, 1, 1))
        path = collection.folder / f"{number}.jpg"
        batch.files.append(FileRecord(path, collection.folder, path.name, digest, 1, 1))
    with CollectionWriter(collection) as writer:
        writer.set_root(collection.folder, include=[], exclude=[])
        writer.commit(batch)


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    collection = Collection.create(tmp_path / "c", encoder="none", dim=DIM)
    add(collection, around(CENTRES, N, seed=1))
    return collection


def recall(graph: HnswGraph, vectors: StoredVectors, allowed: np.ndarray | None = None) -> float:
    near = graph.nearest(vectors, QUERIES, K, allowed=allowed, ids=IDS)
    true = nearest_to_many(vectors, QUERIES, K, allowed=allowed, ids=IDS)
    for rows, scores in near:
        assert len(set(rows.tolist())) == K
        assert (np.diff(scores) <= 0).all()
        assert allowed is None or allowed[rows].all()
    shared = [np.isin(n[0], t[0]).mean() for n, t in zip(near, true, strict=True)]
    return float(np.mean(shared))


@pytest.mark.parametrize("share", [1.0, 0.9, 0.5, 0.2, 0.11, 0.05, 0.01])
def test_nearly_all_are_found_and_never_too_few(collection: Collection, share: float) -> None:
    vectors = collection.vectors()
    allowed = np.random.default_rng(3).random(N) < share if share < 1 else None
    assert recall(HnswGraph.of(collection, vectors), vectors, allowed) >= 0.97


def test_scores_are_those_of_the_true_vectors(collection: Collection) -> None:
    vectors = collection.vectors()
    ((rows, scores),) = HnswGraph.of(collection, vectors).nearest(vectors, QUERIES[:1], K, ids=IDS)
    np.testing.assert_allclose(scores, vectors[rows] @ QUERIES[0], atol=1e-6)


def test_more_than_a_walk_finds_still_comes_back(collection: Collection) -> None:
    vectors = collection.vectors()
    ((rows, _),) = HnswGraph.of(collection, vectors).nearest(vectors, QUERIES[:1], N, ids=IDS)
    assert sorted(rows.tolist()) == list(range(N))


def test_added_rows_are_found_before_the_graph_holds_them(collection: Collection) -> None:
    graph = HnswGraph.of(collection, collection.vectors())
    add(collection, QUERIES[:40])
    vectors = collection.vectors()
    assert graph.covers(vectors, collection.generation())
    found = graph.nearest(vectors, QUERIES, 1, ids=IDS)
    assert [rows.tolist() for rows, _ in found] == [[N + at] for at in range(40)]


def test_a_graph_is_read_again_and_extended_when_many_rows_were_added(
    collection: Collection,
) -> None:
    HnswGraph.of(collection, collection.vectors())
    path = graph_path(collection.folder, 0)
    before = path.stat()
    HnswGraph.of(collection, collection.vectors())
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    graph = HnswGraph.of(collection, collection.vectors())
    add(collection, around(CENTRES, N, seed=4))
    vectors = collection.vectors()
    assert not graph.covers(vectors, collection.generation())
    assert recall(HnswGraph.of(collection, vectors), vectors) >= 0.97
    assert path.stat().st_size > 1.8 * before.st_size


def test_a_graph_of_an_older_generation_is_replaced(collection: Collection) -> None:
    graph = HnswGraph.of(collection, collection.vectors())
    with CollectionWriter(collection) as writer:
        writer.remove(range(100))
        writer.compact()
    vectors = collection.vectors()
    assert not graph.covers(vectors, collection.generation())
    assert recall(HnswGraph.of(collection, vectors), vectors) >= 0.97
    assert [path.name for path in collection.folder.glob("index-*")] == ["index-1-hnsw.faiss"]


@pytest.mark.parametrize("damage", ["cut", "text", "others"])
def test_a_graph_that_is_not_of_these_vectors_is_made_anew(
    collection: Collection, damage: str
) -> None:
    vectors = collection.vectors()
    HnswGraph.of(collection, vectors)
    path = graph_path(collection.folder, 0)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif damage == "text":
        path.write_text("no graph")
    else:
        HnswGraph.of(collection, np.ascontiguousarray(vectors[::-1]))
    assert recall(HnswGraph.of(collection, vectors), vectors) >= 0.97
    rows, _ = nearest(vectors, QUERIES[:1], 1, ids=IDS)
    assert HnswGraph.of(collection, vectors).nearest(vectors, QUERIES[:1], 1, ids=IDS)[0][0] == rows
