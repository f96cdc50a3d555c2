"""What vectors in fewer bytes and one-bit codes over them cost and lose beside float32, in one run.

    python -m benchmarks.speed.vector_forms [--rows 100000] [--dim 384] [--threads 1] [--graph]

Only vectors are compared, no records are read. Every search is timed in turn with the exact one of
float32. Recall is the share of the 10 that float32 finds which are found, of queries that are not
in the collection: random points around random centres, as in `benchmarks.speed.search_speed`.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import faiss
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.speed.search_speed import K, clustered
from retrievers.collection.collection import Collection
from retrievers.collection.storage.generation import Generation
from retrievers.collection.storage.vector_forms import FORMS, StoredVectors, row_bytes
from retrievers.collection.storage.vectors_file import append_rows, map_rows
from retrievers.encoder import Vectors
from retrievers.search.binary_codes import BinaryCodes
from retrievers.search.exact import Rows, nearest
from retrievers.search.hnsw import HnswGraph

Find = Callable[[Vectors], Rows]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--repeat", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1, help="of FAISS")
    parser.add_argument("--graph", action="store_true", help="HNSW, too, which takes minutes")
    options = parser.parse_args(argv)
    faiss.omp_set_num_threads(options.threads)
    vectors = clustered(options.rows + options.repeat, options.dim)
    queries = list(vectors[options.rows :, None])
    vectors = vectors[: options.rows]
    table = Table(
        *("vectors", "index", "bytes", "ms", "float32, ms", "ratio", f"recall@{K}"),
        title=f"{options.rows:,} x {options.dim}, top {K}",
    )
    kinds = ["exact", "codes"] + ["graph"] * options.graph
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "c"
        with_files = Collection.create(place, encoder="bench", dim=options.dim)
        true: Find | None = None
        for number, form in enumerate(FORMS, start=1):
            one = Generation(
                number=number,
                rows=options.rows,
                encoder="bench",
                spec="",
                dim=options.dim,
                form=form,
            )
            append_rows(one.path(place), 0, vectors, form)
            stored = map_rows(one.path(place), one.rows, one.dim, form)
            for kind in kinds:
                begin = perf_counter()
                find = finder(kind, with_files, stored, one)
                made = perf_counter() - begin
                true = true or find
                ours, theirs = in_turn(find, true, queries)
                recall = np.mean([len(np.intersect1d(find(q), true(q))) / K for q in queries])
                name = kind if kind == "exact" else f"{kind}, made in {made:.1f} s"
                figures = (f"{ours:.2f}", f"{theirs:.2f}", f"{ours / theirs:.2f}")
                size = f"{row_bytes(form, options.dim):,}"
                table.add_row(form, name, size, *figures, f"{recall:.4f}")
    Console(width=120).print(table)


def in_turn(ours: Find, others: Find, queries: Sequence[Vectors]) -> tuple[float, float]:
    """Return the median milliseconds of both; each begins every other time, the first is left out.

    Whoever comes second finds a warmer cache.
    """
    spent: tuple[list[float], list[float]] = ([], [])
    for number, query in enumerate(queries):
        for which in (0, 1) if number % 2 else (1, 0):
            begin = perf_counter()
            (ours, others)[which](query)
            spent[which].append(1000 * (perf_counter() - begin))
    return median(spent[0][1:]), median(spent[1][1:])


def finder(kind: str, collection: Collection, stored: StoredVectors, one: Generation) -> Find:
    """Return what finds the rows nearest to a query [1, d]."""
    ids = np.arange(len(stored))
    if kind == "exact":
        return lambda query: nearest(stored, query, K, ids=ids)[0]
    index = (BinaryCodes if kind == "codes" else HnswGraph).of(collection, stored, one)
    return lambda query: index.nearest(stored, query, K, ids=ids)[0][0]


if __name__ == "__main__":
    main()
