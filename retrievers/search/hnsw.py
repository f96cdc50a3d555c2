"""Approximate search: an HNSW graph (arXiv:1603.09320) over the vectors of a large collection.

The graph holds each number of a vector in one byte and finds candidates; the true vectors choose
among them. It lies beside the collection as `index-<generation>-hnsw.faiss` and can be made anew at
any time. Rows that were added since it was written are searched exactly, until they are many; so
are filters that let little through, where a walk along the graph gets lost.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.collection import Collection
from retrievers.collection.storage.generation import Generation
from retrievers.collection.storage.vector_forms import StoredVectors
from retrievers.encoder import Vectors
from retrievers.files.unfinished import unfinished
from retrievers.search.exact import Mask, Rows, Scores
from retrievers.search.rescoring import GROWN, rescored

WORTHWHILE = 50_000  # rows from which it is faster by more than a person notices
NEIGHBOURS = 32
BUILD, SEARCH = 80, 96  # how many candidates a walk keeps in mind
_CHECKED = 64  # rows compared with the truth when a graph is read


class HnswGraph:
    """The graph of one vector file; `of` makes it, extends it, or reads it."""

    def __init__(self, index: Any, number: int) -> None:
        self._index, self._number = index, number

    @classmethod
    def of(
        cls, collection: Collection, vectors: StoredVectors, generation: Generation | None = None
    ) -> "HnswGraph":
        """Read the graph of these vectors; make or extend it if it is missing or stale.

        Args:
            collection: the collection.
            vectors: of a generation.
            generation: which; none: the one in use.
        """
        faiss = _faiss()
        number = (generation or collection.generation()).number
        path = graph_path(collection.folder, number)
        index = _read(path, vectors)
        if index is None or index.ntotal < (1 - GROWN) * len(vectors):
            index = index or _blank(vectors)
            index.add(np.ascontiguousarray(vectors[index.ntotal :]))
            partial = unfinished(path)
            faiss.write_index(index, str(partial))
            partial.replace(path)
            kept = {graph_path(collection.folder, one.number) for one in collection.kept()}
            for other in path.parent.glob("index-*-hnsw.faiss"):
                if other not in {path, *kept}:
                    other.unlink(missing_ok=True)
        return cls(index, number)

    def covers(self, vectors: StoredVectors, generation: Generation) -> bool:
        """Whether it still is a graph of nearly all of these vectors of a generation."""
        known = self._index.ntotal
        fresh = (1 - GROWN) * len(vectors) <= known <= len(vectors)
        return fresh and generation.number == self._number

    def nearest(
        self,
        vectors: StoredVectors,
        queries: Vectors,
        k: int,
        *,
        allowed: Mask | None = None,
        ids: NDArray[Any],
    ) -> list[tuple[Rows, Scores]]:
        """Return what `nearest_to_many` returns, but for a few of the nearest."""

        def candidates(share: float) -> Rows:
            return self._candidates(queries, k, allowed, share)

        known = self._index.ntotal
        return rescored(candidates, vectors, queries, k, known=known, allowed=allowed, ids=ids)

    def _candidates(self, queries: Vectors, k: int, allowed: Mask | None, share: float) -> Rows:
        """Walk the graph: [q, some], -1 where it found nothing."""
        faiss = _faiss()
        selector = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))
        width = max(SEARCH, 2 * k)
        mind = faiss.SearchParametersHNSW(efSearch=int(width / share), sel=selector)
        _, rows = self._index.search(np.ascontiguousarray(queries), width, params=mind)
        return np.asarray(rows, dtype=np.int64)


def graph_path(folder: Path, generation: int) -> Path:
    """Return where the graph of a generation of vectors lies."""
    return folder / f"index-{generation}-hnsw.faiss"


def _blank(vectors: StoredVectors) -> Any:
    faiss = _faiss()
    index = faiss.IndexHNSWSQ(
        vectors.shape[1],
        faiss.ScalarQuantizer.QT_8bit,
        NEIGHBOURS,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.hnsw.efConstruction = BUILD
    index.train(vectors[:: max(1, len(vectors) // 50_000)])
    return index


def _read(path: Path, vectors: StoredVectors) -> Any:
    """Return the index in this file, or None if there is none or it is not of these vectors."""
    faiss = _faiss()
    if not path.exists():
        return None
    try:
        index = faiss.read_index(str(path))
    except RuntimeError:  # damaged
        return None
    if index.d != vectors.shape[1] or not 0 < index.ntotal <= len(vectors):
        return None
    some = np.unique(np.linspace(0, index.ntotal - 1, _CHECKED).astype(np.int64))
    some = some[vectors[some].any(axis=1)]  # of a removed picture there may be none
    if not len(some):
        return None
    held = np.stack([index.reconstruct(int(row)) for row in some])
    return index if np.abs(held - vectors[some]).max() < 0.05 else None


def _faiss() -> Any:
    """FAISS, imported only here: it takes 0.2 s. Its type stubs lack what is used."""
    return import_module("faiss")
