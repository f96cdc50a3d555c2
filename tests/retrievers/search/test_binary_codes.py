"""One-bit codes propose, stored vectors choose; few are missed, conditions hold."""

from pathlib import Path

import numpy as np
import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.migration.migrate import migrate
from retrievers.collection.writer import CollectionWriter
from retrievers.encoder import Vectors
from retrievers.maintenance.doctor import examine
from retrievers.query import Query
from retrievers.search import searcher as searching
from retrievers.search.binary_codes import BinaryCodes, codes_path
from retrievers.search.exact import nearest_to_many
from retrievers.search.searcher import Searcher
from tests.retrievers.search.test_hnsw import add

N, DIM, K = 4000, 44, 10  # no multiple of 8
IDS = np.arange(2 * N)
LEAST = 0.9  # of points without any order, which is the hardest case


def points(n: int, seed: int) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((n, DIM))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


QUERIES = points(30, 2)


@pytest.fixture(params=["float32", "int8"])
def collection(tmp_path: Path, request: pytest.FixtureRequest) -> Collection:
    made = Collection.create(tmp_path / "c", encoder="none", dim=DIM, vectors=request.param)
    add(made, points(N, seed=1))
    return made


def recall(codes: BinaryCodes, collection: Collection, allowed: np.ndarray | None = None) -> float:
    vectors = collection.vectors()
    near = codes.nearest(vectors, QUERIES, K, allowed=allowed, ids=IDS[: len(vectors)])
    true = nearest_to_many(vectors, QUERIES, K, allowed=allowed, ids=IDS[: len(vectors)])
    for (rows, scores), (_, best) in zip(near, true, strict=True):
        assert len(set(rows.tolist())) == K
        assert (np.diff(scores) <= 0).all() and (scores <= best + 1e-6).all()
        assert allowed is None or allowed[rows].all()
    return float(np.mean([np.isin(n[0], t[0]).mean() for n, t in zip(near, true, strict=True)]))


@pytest.mark.parametrize("share", [1.0, 0.5, 0.2, 0.05])
def test_nearly_all_are_found_and_conditions_hold(collection: Collection, share: float) -> None:
    allowed = np.random.default_rng(0).random(N) < share if share < 1 else None
    codes = BinaryCodes.of(collection, collection.vectors())
    assert recall(codes, collection, allowed) >= LEAST
    size = codes_path(collection.folder, 0).stat().st_size
    assert size < N * (-(-DIM // 8)) + 1000


def test_rows_that_came_later_are_found_and_at_last_added(collection: Collection) -> None:
    codes = BinaryCodes.of(collection, collection.vectors())
    add(collection, QUERIES)
    vectors, one = collection.vectors(), collection.generation()
    assert codes.covers(vectors, one)
    for at, (rows, _) in enumerate(codes.nearest(vectors, QUERIES, K, ids=IDS[: len(vectors)])):
        assert rows[0] == N + at
    add(collection, points(400, 5))
    assert not codes.covers(collection.vectors(), collection.generation())
    again = BinaryCodes.of(collection, collection.vectors())
    assert again.covers(collection.vectors(), collection.generation())
    assert recall(again, collection) >= LEAST


@pytest.mark.parametrize("data", [b"", b"IBxF", b"\0" * 5000])
def test_a_damaged_file_or_one_of_other_vectors_is_made_anew(
    collection: Collection, data: bytes
) -> None:
    BinaryCodes.of(collection, collection.vectors())
    path = codes_path(collection.folder, 0)
    whole = path.read_bytes()
    path.write_bytes(data)
    BinaryCodes.of(collection, collection.vectors())
    assert path.read_bytes() == whole
    path.write_bytes(whole[:-2000] + bytes(2000))
    BinaryCodes.of(collection, collection.vectors())
    assert path.read_bytes() == whole


def test_they_go_with_their_vectors(collection: Collection) -> None:
    BinaryCodes.of(collection, collection.vectors())
    assert not any("leftover" in found.what for found in examine(collection.folder))
    with CollectionWriter(collection) as writer:
        writer.remove([0])
        writer.compact()
    BinaryCodes.of(collection, collection.vectors())
    assert list(collection.folder.glob("index-*")) == [codes_path(collection.folder, 1)]


def test_a_searcher_uses_them(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "WORTHWHILE", N)

    class Given:
        name, dim, image_size = "none", DIM, 1

        def encode_images(self, images: object) -> Vectors:
            raise NotImplementedError

        def encode_texts(self, texts: object) -> Vectors:
            return QUERIES[:1]

    query = Query(wanted=("x",))
    exact = Searcher(collection, Given(), words=False).search(query, K)
    found = Searcher(collection, Given(), words=False, approximate="codes").search(query, K)
    assert codes_path(collection.folder, 0).exists()
    assert len({hit.picture.id for hit in exact} & {hit.picture.id for hit in found}) >= K - 1


def test_migrating_makes_them_anew(tmp_path: Path) -> None:
    made = Collection.create(tmp_path / "c", encoder="none", dim=DIM)
    add(made, points(N, seed=1))

    class Same:
        name, dim, image_size = "none", DIM, 1

        def encode_images(self, images: object) -> Vectors:
            raise AssertionError("nothing is encoded")

        def encode_texts(self, texts: object) -> Vectors:
            return QUERIES[:1]

    codes = BinaryCodes.of(made, made.vectors())
    assert migrate(made, Same(), vectors="int8").switched
    assert not codes.covers(made.vectors(), made.generation())
    assert recall(BinaryCodes.of(made, made.vectors()), made) >= LEAST
