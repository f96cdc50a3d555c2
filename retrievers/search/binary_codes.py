"""Approximate search by binary codes: a bit for each number, and the stored vectors choose.

A bit says whether the number is above 0. Those that differ from the query's in the fewest bits
(Hamming distance) are candidates. The codes have a thirty-second of a float32 vector's bytes; they
lie beside the collection as `index-<generation>-codes.faiss` and can be made anew at any time.
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

CANDIDATES = 1000  # that are rescored, at least, and so many times k
TIMES = 20
_AT_ONCE = 8192  # rows
_CHECKED = 64  # rows compared with the truth when codes are read


class BinaryCodes:
    """The codes of one vector file; `of` makes them, adds to them, or reads them."""

    def __init__(self, index: Any, number: int) -> None:
        self._index, self._number = index, number

    @classmethod
    def of(
        cls, collection: Collection, vectors: StoredVectors, generation: Generation | None = None
    ) -> "BinaryCodes":
        """Read the codes of these vectors; make or add some if they are missing or stale.

        Args:
            collection: the collection.
            vectors: of a generation.
            generation: which; none: the one in use.
        """
        number = (generation or collection.generation()).number
        path = codes_path(collection.folder, number)
        index = _read(path, vectors)
        if index is None or index.ntotal < (1 - GROWN) * len(vectors):
            index = index or _faiss().IndexBinaryFlat(8 * -(-vectors.shape[1] // 8))
            for start in range(index.ntotal, len(vectors), _AT_ONCE):
                index.add(_codes(vectors[start : start + _AT_ONCE]))
            partial = unfinished(path)
            _faiss().write_index_binary(index, str(partial))
            partial.replace(path)
            kept = {codes_path(collection.folder, one.number) for one in collection.kept()}
            for other in path.parent.glob("index-*-codes.faiss"):
                if other not in {path, *kept}:
                    other.unlink(missing_ok=True)
        return cls(index, number)

    def covers(self, vectors: StoredVectors, generation: Generation) -> bool:
        """Whether they still are codes of nearly all of these vectors of a generation."""
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
            faiss, width = _faiss(), min(max(CANDIDATES, TIMES * k), self._index.ntotal)
            mind = None
            if allowed is not None:
                bits = np.packbits(allowed, bitorder="little")
                selector = faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))
                mind = faiss.SearchParameters(sel=selector)
            _, rows = self._index.search(_codes(queries), width, params=mind)
            return np.asarray(rows, dtype=np.int64)

        known = self._index.ntotal
        return rescored(candidates, vectors, queries, k, known=known, allowed=allowed, ids=ids)


def codes_path(folder: Path, generation: int) -> Path:
    """Return where the codes of a generation of vectors lie."""
    return folder / f"index-{generation}-codes.faiss"


def _codes(vectors: Vectors) -> NDArray[np.uint8]:
    """Return a bit for each number [n, d / 8], filled up with zeros."""
    return np.packbits(vectors > 0, axis=1)


def _read(path: Path, vectors: StoredVectors) -> Any:
    """Return the index in this file, or None if there is none or it is not of these vectors."""
    if not path.exists():
        return None
    try:
        index = _faiss().read_index_binary(str(path))
    except RuntimeError:  # damaged
        return None
    size = -(-vectors.shape[1] // 8)
    if index.code_size != size or not 0 < index.ntotal <= len(vectors):
        return None
    some = np.unique(np.linspace(0, index.ntotal - 1, _CHECKED).astype(np.int64))
    held = _faiss().vector_to_array(index.xb).reshape(-1, size)[some]
    return index if np.array_equal(held, _codes(vectors[some])) else None


def _faiss() -> Any:
    """FAISS, imported only here: it takes 0.2 s. Its type stubs lack what is used."""
    return import_module("faiss")
