"""How long a search takes inside a process, against bare `faiss.knn` on the same matrix.

    python -m benchmarks.speed.search_speed [--rows 100000] [--dim 384] [--threads 1]

Every search is timed in turn with one of the bare kind, so that a drift of the machine hits both.
The vectors are random points around random centres, as an encoder's are.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import faiss
import numpy as np
from rich.console import Console
from rich.table import Table

from retrievers.collection.collection import Collection
from retrievers.collection.record.batch import Batch, FileRecord, PictureRecord
from retrievers.collection.writer import CollectionWriter
from retrievers.encoder import Vectors
from retrievers.query import Filters, Query
from retrievers.search.hnsw import graph_path
from retrievers.search.searcher import Searcher

K = 10
SHARES = (0.001, 0.01, 0.1, 0.5, 0.9)
IP = faiss.METRIC_INNER_PRODUCT
BEGIN = datetime(2000, 1, 1)
SPREAD = 1.0  # length of the noise around a centre of length 1
PLACES = ("holiday", *["home"] * 9, *["beach"] * 2, "garden", *["street"] * 12)


class Given:
    """An encoder of texts that begin with the number of a ready vector."""

    name = "bench"
    image_size = 1

    def __init__(self, queries: Vectors) -> None:
        self.queries, self.dim = queries, queries.shape[1]

    def encode_images(self, images: Sequence[object]) -> Vectors:
        raise ValueError("this benchmark has no pictures")

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self.queries[[int(text.split()[0]) for text in texts]]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--repeat", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1, help="of FAISS")
    options = parser.parse_args(argv)
    faiss.omp_set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        vectors = clustered(options.rows + options.repeat, options.dim)
        queries = vectors[options.rows :].copy()
        collection = fill(Path(folder) / "bench", vectors[: options.rows])
        del vectors
        report(collection, queries)


def report(collection: Collection, queries: Vectors) -> None:
    """Print everything that is measured."""
    console, before = Console(), resident()
    searcher = Searcher(collection, Given(queries))
    vectors = collection.vectors()
    console.print(one_by_one(searcher, queries))
    grown, size = resident() - before, vectors.nbytes
    console.print(f"memory: {grown / size:.2f} times the vectors' own {size / 1e6:.0f} MB")
    asked = [Query(wanted=(str(n),)) for n in range(len(queries))]
    begin = perf_counter()
    searcher.search_many(asked, K)
    spent = 1000 * (perf_counter() - begin) / len(asked)
    console.print(f"{len(asked)} queries at once: {spent:.2f} ms each")
    console.print(by_graph(collection, queries))


def one_by_one(searcher: Searcher, queries: Vectors) -> Table:
    """Time single searches with each filter, and with words that file names hold."""
    rows, dim = searcher.collection.vectors().shape
    table = Table(
        "search", "ours, ms", "faiss.knn, ms", "ratio", title=f"{rows:,} x {dim}, top {K}"
    )
    kinds = [("no filter", "", Filters()), ("with words", "holiday garden, a dog", Filters())]
    for share in SHARES:
        before = BEGIN + timedelta(share * rows)
        kinds.append((f"keeps {share:.1%}", "", Filters(before=before)))
    bare = [partial(faiss.knn, one[None], searcher.collection.vectors(), K, IP) for one in queries]
    for name, words, filters in kinds:
        asked = [Query(wanted=(f"{n} {words}",), filters=filters) for n in range(len(queries))]
        ours, theirs = paired([partial(searcher.search, query, K) for query in asked], bare)
        table.add_row(name, f"{ours:.2f}", f"{theirs:.2f}", f"{ours / theirs:.2f}")
    return table


def by_graph(collection: Collection, queries: Vectors) -> Table:
    """Time approximate searches, and count how many of the true nearest they find."""
    exact = Searcher(collection, Given(queries), words=False)
    graph = Searcher(collection, Given(queries), words=False, approximate=True)
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    begin = perf_counter()
    graph.search(Query(wanted=("0",)), K)
    made = perf_counter() - begin
    faiss.omp_set_num_threads(threads)
    size = graph_path(collection.folder, 0).stat().st_size
    title = f"approximate; the graph takes {made:.0f} s to make and {size / 1e6:.0f} MB"
    table = Table("search", "graph, ms", "exact, ms", f"recall@{K}", title=title)
    rows = len(collection.vectors())
    for share in (1.0, *reversed(SHARES)):
        filters = Filters(before=BEGIN + timedelta(share * rows)) if share < 1 else Filters()
        asked = [Query(wanted=(str(n),), filters=filters) for n in range(len(queries))]
        spent = paired(
            [partial(graph.search, query, K) for query in asked],
            [partial(exact.search, query, K) for query in asked],
        )
        recall = np.mean([overlap(graph, exact, query) for query in asked])
        name = f"keeps {share:.1%}" if share < 1 else "no filter"
        table.add_row(name, f"{spent[0]:.2f}", f"{spent[1]:.2f}", f"{recall:.3f}")
    return table


def overlap(one: Searcher, other: Searcher, query: Query) -> float:
    """Return the share of the second's hits that the first finds."""
    found, true = ({hit.picture.id for hit in s.search(query, K)} for s in (one, other))
    return len(found & true) / len(true)


def paired(
    ours: Sequence[Callable[[], object]], others: Sequence[Callable[[], object]]
) -> tuple[float, float]:
    """Return the median milliseconds of two kinds of call, made in turn; the first is not timed."""
    times: tuple[list[float], list[float]] = ([], [])
    for pair in zip(ours, others, strict=True):
        for call, spent in zip(pair, times, strict=True):
            begin = perf_counter()
            call()
            spent.append(1000 * (perf_counter() - begin))
    return median(times[0][1:]), median(times[1][1:])


def fill(folder: Path, vectors: Vectors) -> Collection:
    """Make a collection of these vectors, one picture a day from 2000 on."""
    collection = Collection.create(folder, encoder="bench", dim=vectors.shape[1])
    with CollectionWriter(collection) as writer:
        writer.set_root(folder, include=[], exclude=[])
        for start in range(0, len(vectors), 5000):
            batch = Batch(vectors=list(vectors[start : start + 5000]))
            for number in range(start, start + len(batch.vectors)):
                digest = f"{number * 2654435761 % 2**64:016x}{number:048x}"
                taken = (BEGIN + timedelta(number)) if number < 2_900_000 else None
                batch.pictures.append(PictureRecord(digest, 4, 3, 1, taken=taken))
                below = f"{PLACES[number % len(PLACES)]}/IMG_{number}.jpg"
                path = folder / below
                batch.files.append(FileRecord(path, folder, below, digest, 1, 1))
            writer.commit(batch)
    return collection


def clustered(rows: int, dim: int) -> Vectors:
    """Return rows of length 1 around one centre for every hundred of them."""
    chance = np.random.default_rng(0)
    centres = unit(max(1, rows // 100), dim, seed=1)
    vectors = chance.standard_normal((rows, dim), dtype=np.float32)
    vectors *= SPREAD / np.sqrt(dim)
    vectors += centres[chance.integers(0, len(centres), rows)]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def unit(rows: int, dim: int, *, seed: int) -> Vectors:
    """Return random rows of length 1."""
    vectors = np.random.default_rng(seed).standard_normal((rows, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def resident() -> int:
    """Return the memory in use, in bytes, mapped files included (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


if __name__ == "__main__":
    main()
