"""Exact search: the rows of a matrix nearest to a query by inner product, of those allowed.

A single query of a large matrix is compared by FAISS where the matrix lies, without a copy, the
allowed rows as a bitmap; of a small one by NumPy, which saves importing FAISS. Many queries are one
matrix product, by NumPy, or by FAISS on a GPU (`faiss-gpu-cu12` is the same import; docs/gpu.md).
Candidates are then compared once more in double precision, so that a score depends on nothing but
the two vectors, whichever way found it, and equal pictures tie.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.storage.vector_forms import PackedVectors, StoredVectors
from retrievers.encoder import Vectors

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]
SMALL = 20_000  # rows below which importing FAISS takes longer than the search
BLOCK = 2**23  # scores of many queries held at a time: 32 MB
FOR_GPU = 64  # queries that are worth sending the matrix to a GPU
SLACK = 2e-5  # how much a product of two unit vectors may be off in single precision
_SPARE = 8


def nearest(
    vectors: StoredVectors,
    query: Vectors,
    k: int,
    *,
    allowed: Mask | None = None,
    ids: NDArray[Any],
) -> tuple[Rows, Scores]:
    """Return the rows of the k best, best first, equal scores by id, and their scores.

    Args:
        vectors: [n, d], C-contiguous.
        query: [1, d].
        k: at least 1.
        allowed: [n]; None allows all.
        ids: [n], one per row; break ties.
    """
    possible = len(vectors) if allowed is None else int(np.count_nonzero(allowed))
    wanted = min(k, possible)
    if wanted == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    if wanted == possible:
        every = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
        return best(vectors, query, every, wanted, ids=ids)
    packed = isinstance(vectors, PackedVectors)
    find = _by_numpy if packed or len(vectors) < SMALL else _by_faiss
    rows = _with_ties(find, vectors, query, wanted, possible, allowed)
    return best(vectors, query, rows, wanted, ids=ids)


def nearest_to_many(
    vectors: StoredVectors,
    queries: Vectors,
    k: int,
    *,
    allowed: Mask | None = None,
    ids: NDArray[Any],
) -> list[tuple[Rows, Scores]]:
    """Return what `nearest` returns for each of the queries [q, d]."""
    possible = len(vectors) if allowed is None else int(np.count_nonzero(allowed))
    wanted = min(k, possible)
    if len(queries) < 2 or wanted == 0:
        return [nearest(vectors, one[None], k, allowed=allowed, ids=ids) for one in queries]
    plain = isinstance(vectors, np.ndarray)
    if plain and allowed is None and len(queries) >= FOR_GPU and _gpus():
        candidates = _by_gpu(vectors, queries, wanted)
    else:
        candidates = _by_product(vectors, queries, wanted, allowed)
    return [
        best(vectors, query[None], rows, wanted, ids=ids)
        for query, rows in zip(queries, candidates, strict=True)
    ]


def best(
    vectors: StoredVectors, query: Vectors, rows: Rows, k: int, *, ids: NDArray[Any]
) -> tuple[Rows, Scores]:
    """Return the k best of these rows as `nearest` does."""
    scores = compared(vectors, query, rows)
    order = np.lexsort((ids[rows], -scores))[:k]
    return rows[order], scores[order]


def compared(vectors: StoredVectors, query: Vectors, rows: Rows) -> Scores:
    """Return the inner products of some rows with a query [1, d]; equal rows tie wherever they lie.

    They are taken in double precision and rounded: in single precision the last digit of a matrix
    product depends on a row's neighbours.
    """
    exact, matrix = query[0].astype(np.float64), _plain(vectors)
    scores = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), 4096):
        some = slice(start, start + 4096)
        scores[some] = matrix[rows[some]].astype(np.float64) @ exact
    return scores


def products(vectors: StoredVectors, query: Vectors, rows: Rows) -> Scores:
    """Return the inner products of some rows with a query [1, d], in single precision."""
    matrix = _plain(vectors)
    blocks = [rows[start : start + 512] for start in range(0, len(rows), 512)]
    return np.concatenate([np.zeros(0, np.float32), *(matrix[some] @ query[0] for some in blocks)])


Find = Callable[[StoredVectors, Vectors, int, Mask | None], tuple[Rows, Scores]]


def _with_ties(
    find: Find, vectors: StoredVectors, query: Vectors, k: int, possible: int, allowed: Mask | None
) -> Rows:
    """Fetch k and a few more; still more while the last one may tie with number k."""
    more = min(k + _SPARE, possible)
    while True:
        rows, scores = find(vectors, query, more, allowed)
        if more == possible or scores.min() < np.partition(scores, -k)[-k] - SLACK:
            return np.asarray(rows)
        more = min(4 * more, possible)


def _by_numpy(
    vectors: StoredVectors, query: Vectors, k: int, allowed: Mask | None
) -> tuple[Rows, Scores]:
    scores = _all_products(vectors, query)[0]  # [n]
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    rows = np.argpartition(scores, -k)[-k:]
    return rows.astype(np.int64), scores[rows]


def _by_faiss(
    vectors: StoredVectors, query: Vectors, k: int, allowed: Mask | None
) -> tuple[Rows, Scores]:
    import faiss

    assert isinstance(vectors, np.ndarray)  # others have a way of their own
    query = np.ascontiguousarray(query, dtype=np.float32)
    scores, rows = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
    bits = None if allowed is None else np.packbits(allowed, bitorder="little")
    faiss.knn_inner_product(
        faiss.swig_ptr(query),
        faiss.swig_ptr(vectors),
        vectors.shape[1],
        1,
        len(vectors),
        k,
        faiss.swig_ptr(scores),
        faiss.swig_ptr(rows),
        None if bits is None else faiss.IDSelectorBitmap(len(vectors), faiss.swig_ptr(bits)),
    )
    return rows[0], scores[0]


def _all_products(vectors: StoredVectors, queries: Vectors) -> Vectors:
    if isinstance(vectors, PackedVectors):
        return vectors.products(queries)
    scores: Vectors = queries @ vectors.T
    return scores


def _plain(vectors: StoredVectors) -> StoredVectors:
    """Return what is mapped as a plain array, whose rows are taken out faster."""
    return np.asarray(vectors) if isinstance(vectors, np.ndarray) else vectors


def _by_product(
    vectors: StoredVectors, queries: Vectors, k: int, allowed: Mask | None
) -> Iterator[Rows]:
    block = max(1, BLOCK // len(vectors))
    for start in range(0, len(queries), block):
        scores = _all_products(vectors, queries[start : start + block])  # [block, n]
        if allowed is not None:
            scores[:, ~allowed] = -np.inf
        for row in scores:
            yield np.flatnonzero(row >= np.partition(row, -k)[-k] - SLACK)


def _gpus() -> int:
    import faiss

    return int(faiss.get_num_gpus()) if hasattr(faiss, "StandardGpuResources") else 0


def _by_gpu(vectors: StoredVectors, queries: Vectors, k: int) -> Iterator[Rows]:
    import faiss

    more = min(k + _SPARE, len(vectors))
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    every, found = faiss.knn_gpu(
        faiss.StandardGpuResources(), queries, vectors, more, metric=faiss.METRIC_INNER_PRODUCT
    )
    for query, scores, rows in zip(queries, every, found, strict=True):
        if more == len(vectors) or scores[-1] < scores[k - 1] - SLACK:
            yield rows.astype(np.int64)
        else:
            yield _with_ties(_by_faiss, vectors, query[None], k, len(vectors), None)
