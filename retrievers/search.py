"""The first stage: vectors and words of a collection, filtered first and fused by rank.

What the collection looks like is read again whenever anyone has committed to it.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrievers.blend import Blend
from retrievers.collection.filters import meeting
from retrievers.collection.nearest import nearest
from retrievers.collection.store import Store
from retrievers.collection.words import WordMatch, match_words
from retrievers.encoder import Encoder, Vectors
from retrievers.fusion import reciprocal_rank
from retrievers.hit import Hit, Why
from retrievers.query import Filters, Query

DEPTH = 200  # how far down each ranking fusion looks, at least
PARTIAL = 3.0  # a match that covers half of the telling words weighs 1/8 of a full one


class Searcher:
    """A `Retriever` over one collection.

    Args:
        store: the collection, open.
        encoder: the one that its vectors come from.
        blend: how the parts of a query become one vector.
        words: whether full text has a say.
    """

    def __init__(
        self, store: Store, encoder: Encoder, *, blend: Blend | None = None, words: bool = True
    ) -> None:
        self.store, self.encoder = store, encoder
        self.blend = blend or Blend()
        self.words = words
        self._seen: _Snapshot | None = None

    def search(self, query: Query, k: int) -> list[Hit]:
        if k < 1:
            raise ValueError(f"k must be at least 1; got {k}")
        now = self._snapshot()
        allowed = now.allowed(query)
        vector = self.blend.vector(query, self.encoder, self._vectors_of)
        if vector is None:
            return self._newest(now, allowed, k)
        matches = match_words(self.store, query.wanted) if self.words and query.wanted else []
        matches = [match for match in matches if allowed[match.row]]
        depth = max(k, DEPTH) if matches else k
        rows, cosines = nearest(now.vectors, vector, depth, allowed=allowed, ids=now.ids)
        ranked = _Ranked(now, vector, rows.tolist(), cosines.tolist(), matches)
        return self._hits(ranked, k)

    def search_many(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """Search several queries over one state of the collection.

        Raises:
            ValueError: k is below 1.
        """
        return [self.search(query, k) for query in queries]

    def _hits(self, ranked: "_Ranked", k: int) -> list[Hit]:
        rows = ranked.order[:k]
        return [
            Hit(picture, ranked.score(row), rank, ranked.why(row))
            for rank, (row, picture) in enumerate(
                zip(rows, self.store.pictures(rows), strict=True), start=1
            )
        ]

    def _newest(self, now: "_Snapshot", allowed: NDArray[np.bool_], k: int) -> list[Hit]:
        found = self.store.db.execute(
            "SELECT row FROM pictures ORDER BY taken IS NULL, taken DESC, id"
        )
        rows = [row for (row,) in found if allowed[row]][:k]
        pictures = self.store.pictures(rows)
        return [Hit(picture, 1 / rank, rank) for rank, picture in enumerate(pictures, start=1)]

    def _vectors_of(self, ids: Sequence[str]) -> Vectors:
        rows = self.store.rows_of(ids)
        return self._snapshot().vectors[rows]

    def _snapshot(self) -> "_Snapshot":
        stamp = self.store.stamp()
        if self._seen is None or self._seen.stamp != stamp:
            self._seen = _Snapshot.of(self.store, stamp)
        return self._seen


class _Snapshot:
    """A collection as it was at one commit; ids take 16 bytes a row."""

    def __init__(
        self,
        store: Store,
        stamp: Hashable,
        vectors: Vectors,
        ids: NDArray[np.bytes_],
        alive: NDArray[np.bool_],
    ) -> None:
        self.store, self.stamp = store, stamp
        self.vectors, self.ids, self.alive = vectors, ids, alive
        self._met: dict[Filters, NDArray[np.bool_]] = {}

    @classmethod
    def of(cls, store: Store, stamp: Hashable) -> "_Snapshot":
        vectors = store.vectors()
        ids = np.zeros(len(vectors), dtype="S16")
        alive = np.zeros(len(vectors), dtype=np.bool_)
        for row, one in store.db.execute("SELECT row, id FROM pictures"):
            if row < len(vectors):  # committed since the vectors were mapped: the next search
                ids[row] = one.encode()
                alive[row] = True
        return cls(store, stamp, vectors, ids, alive)

    def allowed(self, query: Query) -> NDArray[np.bool_]:
        """Return which rows may be found: alive, not excluded, meeting the filters."""
        mask = self._meeting(query.filters)
        if query.excluded:
            out = [row for row in self.store.rows_of(query.excluded) if row < len(mask)]
            mask = mask.copy()
            mask[out] = False
        return mask

    def _meeting(self, filters: Filters) -> NDArray[np.bool_]:
        if filters not in self._met:
            met = meeting(self.store, filters)
            rows = len(self.alive)
            self._met[filters] = self.alive if met is None else self.alive & met[:rows]
        return self._met[filters]


@dataclass
class _Ranked:
    """The two rankings of one search, and their fusion."""

    now: _Snapshot
    vector: Vectors
    rows: list[int]
    cosines: list[float]
    matches: list[WordMatch]

    @cached_property
    def fused(self) -> dict[int, float]:
        weights = {match.row: match.coverage**PARTIAL for match in self.matches}
        return reciprocal_rank([self.rows, [match.row for match in self.matches]], [1.0, weights])

    @cached_property
    def order(self) -> list[int]:
        if not self.matches:
            return self.rows
        return sorted(self.fused, key=lambda row: (-self.fused[row], self.now.ids[row]))

    def score(self, row: int) -> float:
        """The cosine where words have no say, else the sum of both rankings' shares."""
        return self.fused[row] if self.matches else self._cosine(row)

    def why(self, row: int) -> Why:
        scores: dict[str, float] = {"vector": self._cosine(row)}
        ranks: dict[str, int] = {}
        if row in self._place:
            ranks["vector"] = self._place[row] + 1
        if match := self._match.get(row):
            scores["words"] = match.score
            ranks["words"] = self.matches.index(match) + 1
        return Why(scores, ranks, match.words if match else ())

    def _cosine(self, row: int) -> float:
        if row in self._place:
            return self.cosines[self._place[row]]
        return float(self.now.vectors[row] @ self.vector[0])

    @cached_property
    def _place(self) -> dict[int, int]:
        return {row: place for place, row in enumerate(self.rows)}

    @cached_property
    def _match(self) -> dict[int, WordMatch]:
        return {match.row: match for match in self.matches}
