"""Reference words: how high a query rises in a collection that was not made for it.

Encoding them takes a second or more, and measuring a large collection too, so both are kept in one
file beside the vectors. It may be deleted at any time.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.storage.vector_forms import StoredVectors
from retrievers.encoder import Vectors
from retrievers.files.unfinished import unfinished
from retrievers.query import Filters
from retrievers.search.exact import Mask
from retrievers.search.query_zscore import QueryZScores, measure_zscores
from retrievers.search.searcher import Searcher

KEPT = "absence.npz"


class Reference:
    """The z-scores of the reference words in one collection, for any filters."""

    def __init__(self, searcher: Searcher) -> None:
        self.searcher = searcher
        self._words: Vectors | None = None
        self._last: tuple[object, QueryZScores] | None = None

    def z_scores(
        self, filters: Filters, vectors: StoredVectors, allowed: Mask | None
    ) -> QueryZScores:
        """Return the z-scores among the pictures that meet the filters, measured if need be."""
        key = (self.searcher.collection.stamp(), filters)
        if self._last is None or self._last[0] != key:
            whole = filters == Filters()
            z_scores = self._whole(vectors, allowed) if whole else self._of(vectors, allowed)
            self._last = key, z_scores
        return self._last[1]

    def _whole(self, vectors: StoredVectors, allowed: Mask | None) -> QueryZScores:
        state, kept = self._state(vectors, allowed), _read(self._path)
        if kept.get("state") == state:
            return QueryZScores(
                kept["pictures"].item(), kept["mean"], kept["spread"], kept["usual"]
            )
        z_scores = self._of(vectors, allowed)
        kept = {"encoder": np.array(self._encoder), "state": np.array(state)}
        kept |= {"words": self._word_vectors(), "pictures": np.array(z_scores.pictures)}
        kept |= {"mean": z_scores.mean, "spread": z_scores.spread, "usual": z_scores.usual}
        _write(self._path, kept)
        return z_scores

    def _of(self, vectors: StoredVectors, allowed: Mask | None) -> QueryZScores:
        return measure_zscores(vectors, self._word_vectors(), allowed)

    def _word_vectors(self) -> Vectors:
        if self._words is None:
            kept = _read(self._path)
            same = kept.get("encoder") == self._encoder
            words = list(reference_words())
            self._words = kept["words"] if same else self.searcher.encoder.encode_texts(words)
        return self._words

    @property
    def _path(self) -> Path:
        return self.searcher.collection.folder / KEPT

    @property
    def _encoder(self) -> str:
        words = "\n".join(reference_words()).encode()
        return f"{self.searcher.encoder.name} {sha256(words).hexdigest()[:16]}"

    def _state(self, vectors: StoredVectors, allowed: Mask | None) -> str:
        """Name what was measured, whichever process asks."""
        rows = b"" if allowed is None else np.packbits(allowed).tobytes()
        one = self.searcher.collection.generation(self.searcher.pictures_by)
        return f"{self._encoder} {one.number} {one.rows} {sha256(rows).hexdigest()[:16]}"


@cache
def reference_words() -> tuple[str, ...]:
    """Return our list of concrete things and scenes."""
    text = files("agent.stages").joinpath("absence_reference_words.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def _read(path: Path) -> dict[str, NDArray[Any]]:
    """Return what is kept; nothing, if the file is missing or torn."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return dict(kept)
    except (OSError, ValueError, EOFError, BadZipFile):
        return {}


def _write(path: Path, values: Mapping[str, NDArray[Any]]) -> None:
    """Keep the values; a folder that can't be written to costs time only."""
    partial = unfinished(path)
    try:
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **values)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
