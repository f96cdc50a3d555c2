"""How long a search takes inside a process, against bare `faiss.knn` on the same matrix.

    python -m benchmarks.search_speed [--rows 100000] [--dim 384]

Every search is timed in turn with one of the bare kind, so that a drift of the machine hits both.
"""

import argparse
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

from retrievers.collection.store import Store
from retrievers.collection.writer import Batch, FileRecord, PictureRecord, Writer
from retrievers.encoder import Vectors
from retrievers.query import Filters, Query
from retrievers.search import Searcher

K = 10
SHARES = (0.001, 0.01, 0.1, 0.5, 0.9)
IP = faiss.METRIC_INNER_PRODUCT
BEGIN = datetime(2000, 1, 1)


class Given:
    """An encoder whose texts are the numbers of ready vectors."""

    name = "bench"
    image_size = 1

    def __init__(self, queries: Vectors) -> None:
        self.queries, self.dim = queries, queries.shape[1]

    def encode_images(self, images: Sequence[object]) -> Vectors:
        raise ValueError("this benchmark has no pictures")

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self.queries[[int(text) for text in texts]]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--repeat", type=int, default=40)
    options = parser.parse_args(argv)
    faiss.omp_set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        store = fill(Path(folder) / "bench", unit(options.rows, options.dim, seed=0))
        queries = unit(options.repeat, options.dim, seed=1)
        searcher = Searcher(store, Given(queries), words=False)
        before = resident()
        report(searcher, queries, before)


def report(searcher: Searcher, queries: Vectors, before: int) -> None:
    vectors = searcher.store.vectors()
    rows, dim = vectors.shape
    table = Table(
        "filter", "ours, ms", "faiss.knn, ms", "ratio", title=f"{rows:,} x {dim}, top {K}"
    )
    for share in (None, *SHARES):
        filters = Filters() if share is None else Filters(before=BEGIN + timedelta(share * rows))
        asked = [Query(wanted=(str(n),), filters=filters) for n in range(len(queries))]
        ours, bare = paired(
            [partial(searcher.search, query, K) for query in asked],
            [partial(faiss.knn, one[None], vectors, K, IP) for one in queries],
        )
        name = "none" if share is None else f"keeps {share:.1%}"
        table.add_row(name, f"{ours:.2f}", f"{bare:.2f}", f"{ours / bare:.2f}")
    console = Console()
    console.print(table)
    grown, size = resident() - before, vectors.nbytes
    console.print(f"memory: {grown / size:.2f} times the vectors' own {size / 1e6:.0f} MB")


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


def fill(folder: Path, vectors: Vectors) -> Store:
    """Make a collection of these vectors, one picture a day from 2000 on."""
    store = Store.create(folder, encoder="bench", dim=vectors.shape[1])
    with Writer(store) as writer:
        writer.set_root(folder, include=[], exclude=[])
        for start in range(0, len(vectors), 5000):
            batch = Batch(vectors=list(vectors[start : start + 5000]))
            for number in range(start, start + len(batch.vectors)):
                digest = f"{number * 2654435761 % 2**64:016x}{number:048x}"
                taken = (BEGIN + timedelta(number)) if number < 2_900_000 else None
                batch.pictures.append(PictureRecord(digest, 4, 3, 1, taken=taken))
                path = folder / f"{number}.jpg"
                batch.files.append(FileRecord(path, folder, path.name, digest, 1, 1))
            writer.commit(batch)
    return store


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
