"""The first stage: vectors and words of a collection, filtered first and fused by rank.

Every search sees the collection as it was at one commit, the newest when it began.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import RLock
from typing import Literal

import numpy as np
from PIL.Image import Image

from retrievers.collection.collection import Collection
from retrievers.collection.storage.generation import Generation
from retrievers.collection.storage.vector_forms import StoredVectors
from retrievers.encoder import Encoder, Vectors, is_of, reads
from retrievers.hit import Hit
from retrievers.query import Filters, Ordering, Query
from retrievers.search.batched_texts import TextsAtOnce
from retrievers.search.binary_codes import BinaryCodes
from retrievers.search.exact import Mask, Rows, Scores, nearest_to_many
from retrievers.search.full_text_search import NO_MATCHES, WordMatches
from retrievers.search.hnsw import WORTHWHILE, HnswGraph
from retrievers.search.hybrid import DEPTH, Ranked
from retrievers.search.ordering import depth, in_order
from retrievers.search.query_vector import Blend
from retrievers.search.snapshot import Snapshot

Approximate = Literal["graph", "codes"]
"""An index that proposes what the stored vectors choose among."""


class Searcher:
    """A `Retriever` over one collection; threads may share it and take turns.

    Liked pictures are found like all others; put their ids into `Query.excluded` to leave them out.
    Without anything to compare with, the newest pictures come first. When the collection moves to
    another encoder, the vectors that it was made for are searched as long as they are kept.

    Args:
        collection: the collection, open.
        encoder: the one that its vectors come from.
        blend: how the parts of a query become one vector.
        words: whether full text has a say.
        approximate: whether a large collection is searched through an index, which is made by the
            first search, takes memory, and misses a few of the nearest: a `graph`, which True means
            too, or `codes` of one bit for a number.
        pictures_by: whose vectors of the pictures are searched, `Encoder.name`; empty: the
            encoder's own if they are kept, else those in use.

    Attributes:
        pictures_by: likewise, never empty.

    Raises:
        CollectionError: no such vectors are kept.
        ValueError: the vectors are not the encoder's, or of another length.
    """

    def __init__(
        self,
        collection: Collection,
        encoder: Encoder,
        *,
        blend: Blend | None = None,
        words: bool = True,
        approximate: bool | Approximate = False,
        pictures_by: str = "",
    ) -> None:
        generation = _fitting(collection, encoder, pictures_by)
        if encoder.dim != generation.dim:
            raise ValueError(
                f"the encoder's vectors must have length {generation.dim}, as those of "
                f"{collection.name!r};"
                f" {encoder.name} makes {encoder.dim}"
            )
        if not is_of(encoder.name, generation.encoder):
            raise ValueError(
                f"the vectors of {collection.name!r} are of {generation.encoder}, not of"
                f" {encoder.name}; take that encoder, or move them: dialens migrate"
                f" {collection.name}"
            )
        self.collection, self.encoder = collection, encoder
        self.pictures_by = generation.encoder
        self.blend = blend or Blend()
        self.words, self.approximate = words, approximate
        self._seen: Snapshot | None = None
        self._index: HnswGraph | BinaryCodes | None = None
        self._turn = RLock()

    def search(self, query: Query, k: int) -> list[Hit]:
        return self.search_many([query], k)[0]

    def search_many(self, queries: Sequence[Query], k: int) -> list[list[Hit]]:
        """Search several queries at one state of the collection, as one matrix product.

        Raises:
            CollectionError: it moved to another encoder, and its former vectors were dropped.
            ValueError: k is below 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1; got {k}")
        with self._turn, self.collection.one_state():
            now = self._snapshot()
            encoder = TextsAtOnce(self.encoder, queries) if len(queries) > 1 else self.encoder
            prepared = [self._prepare(now, query, encoder) for query in queries]
            found = self._nearest(now, prepared, k)
            return [
                _by_date(now, one, k) if one.vector is None else _ranked(now, one, found[at], k)
                for at, one in enumerate(prepared)
            ]

    def compared(self, query: Query) -> tuple[Vectors | None, StoredVectors, Mask | None]:
        """Return what a search compares: the query's unit row [1, d], the vectors, a mask.

        None for the row: pictures are compared with nothing. None for the mask: all may be found.
        """
        with self._turn, self.collection.one_state():
            now = self._snapshot()
            prepared = self._prepare(now, query, self.encoder)
            return prepared.vector, now.vectors, prepared.allowed

    def _prepare(self, now: Snapshot, query: Query, encoder: Encoder) -> "_PreparedQuery":
        allowed, out = now.allowed(query.filters), now.rows_of(query.excluded)

        def vectors_of(ids: Sequence[str]) -> Vectors:
            return now.vectors[now.rows_of(ids)]

        known = replace(
            query,
            like=tuple(one for one in query.like if now.has(one)),
            unlike=tuple(one for one in query.unlike if now.has(one)),
        )

        def pictures_of(ids: Sequence[str]) -> list[Image]:
            return now.images_of(ids, min_side=encoder.image_size)

        vector = self.blend.vector(known, encoder, vectors_of, pictures_of)
        matches = NO_MATCHES
        if self.words and query.wanted and vector is not None:
            matches = now.words.match(query.wanted)
            matches = matches.among(_without(allowed, matches.rows, out))
        shown = query.examples or known.like
        blind = not shown and not any(reads(self.encoder, text) for text in query.wanted)
        return _PreparedQuery(vector, allowed, out, matches, query.filters, query.order, blind)

    def _nearest(
        self, now: Snapshot, prepared: "Sequence[_PreparedQuery]", k: int
    ) -> dict[int, tuple[Rows, Scores]]:
        """Return rows and cosines by place in `prepared`; one mask's are searched together."""
        groups: dict[int, list[int]] = {}
        for at, one in enumerate(prepared):
            if one.vector is not None:
                groups.setdefault(id(one.allowed), []).append(at)
        found: dict[int, tuple[Rows, Scores]] = {}
        for places in groups.values():
            group = [prepared[at] for at in places]
            depth = max(one.depth(k) + len(one.out) for one in group)
            vectors = np.concatenate([one.vector for one in group if one.vector is not None])
            rankings = self._ranking(now, vectors, depth, group[0].allowed)
            for at, one, (rows, cosines) in zip(places, group, rankings, strict=True):
                kept = np.flatnonzero(~np.isin(rows, one.out))[: one.depth(k)]
                found[at] = rows[kept], cosines[kept]
        return found

    def _ranking(
        self, now: Snapshot, vectors: Vectors, depth: int, allowed: Mask | None
    ) -> list[tuple[Rows, Scores]]:
        if self.approximate and len(now.vectors) >= WORTHWHILE:
            if self._index is None or not self._index.covers(now.vectors, now.generation):
                kind = BinaryCodes if self.approximate == "codes" else HnswGraph
                self._index = kind.of(self.collection, now.vectors, now.generation)
            return self._index.nearest(now.vectors, vectors, depth, allowed=allowed, ids=now.ids)
        return nearest_to_many(now.vectors, vectors, depth, allowed=allowed, ids=now.ids)

    def _snapshot(self) -> Snapshot:
        if self._seen is None or self._seen.stamp != self.collection.stamp():
            self._seen = Snapshot(self.collection, self.pictures_by)
        return self._seen


def _fitting(collection: Collection, encoder: Encoder, pictures_by: str) -> Generation:
    with collection.one_state():
        previous = collection.previous()
        if not pictures_by and previous and previous.encoder == encoder.name:
            pictures_by = encoder.name
        return collection.generation(pictures_by)


@dataclass(frozen=True, slots=True)
class _PreparedQuery:
    """A query made ready.

    Attributes:
        vector: [1, d], or None if pictures are compared with nothing.
        allowed: the rows that meet the filters; None if all do.
        out: the rows that are excluded by id.
        matches: by words, of rows that may be found.
        filters: the conditions, which the files that are shown meet, too.
        order: how what is found is listed.
        blind: the encoder cannot read what is wanted.
    """

    vector: Vectors | None
    allowed: Mask | None
    out: Rows
    matches: WordMatches
    filters: Filters
    order: Ordering = "best"
    blind: bool = False

    def depth(self, k: int) -> int:
        """How many of the nearest are needed: k, or enough for a fusion or another order."""
        k = depth(self.order, k)
        return max(k, DEPTH) if len(self.matches.rows) else k


def _ranked(
    now: Snapshot, prepared: _PreparedQuery, nearest: tuple[Rows, Scores], k: int
) -> list[Hit]:
    assert prepared.vector is not None  # else pictures are compared with nothing
    ranked = Ranked(now, prepared.vector, *nearest, prepared.matches, blind=prepared.blind)
    best = ranked.hits(depth(prepared.order, k), prepared.filters)
    return in_order(best, prepared.order)[:k]


def _by_date(now: Snapshot, prepared: _PreparedQuery, k: int) -> list[Hit]:
    every = now.oldest if prepared.order == "oldest" else now.newest
    rows = every[_without(prepared.allowed, every, prepared.out)][:k].tolist()
    pictures = now.pictures(rows, prepared.filters)
    return [Hit(picture, 1 / rank, rank) for rank, picture in enumerate(pictures, start=1)]


def _without(allowed: Mask | None, rows: Rows, out: Rows) -> Mask:
    """Return which of the rows may be found."""
    kept: Mask = ~np.isin(rows, out)
    return kept if allowed is None else kept & allowed[rows]
