"""A retriever that writes: no picture is compared, the model names those that are meant.

GRACE, "Generative Cross-Modal Retrieval" (arXiv:2402.10805).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock

import numpy as np

from retrievers.collection.collection import Collection
from retrievers.grace.beam import BEAMS, Written, search
from retrievers.grace.identifiers import (
    Identifier,
    IdentifierError,
    Identifiers,
    IdentifierSource,
    Scheme,
    spelled,
)
from retrievers.grace.network import IdentifierWriter, Table
from retrievers.grace.prompting import IdentifierPrompts
from retrievers.grace.trie import Trie
from retrievers.hit import Hit, Picture, Why
from retrievers.query import Filters, Query
from retrievers.search.snapshot import Snapshot

STAGE = "identifier"


@dataclass(frozen=True, slots=True)
class CollectionIdentifiers:
    """The pictures of a collection at one commit, by name.

    Attributes:
        rows: of the collection, in the order of the trie's owners.
        newcomers: how many were not there at the training.
    """

    now: Snapshot
    rows: Sequence[int]
    trie: Trie
    table: Table
    newcomers: int


class GenerativeRetriever:
    """A `Retriever` over one collection; threads may share it and take turns.

    It reads the wanted phrases, joined; filters and exclusions hold, while examples, likes and what
    is unwanted are passed over. Without a phrase the newest pictures come first. A picture that was
    not there at the training is given an identifier when it is first seen, if there is one left.

    Args:
        collection: the collection, open.
        known: identifiers of the trained pictures, by id.
        beams: prefixes kept on the way; k if that is more.
    """

    def __init__(
        self,
        collection: Collection,
        writer: IdentifierWriter,
        prompting: IdentifierPrompts,
        scheme: Scheme,
        known: Mapping[str, Identifier],
        *,
        beams: int = BEAMS,
    ) -> None:
        self.collection, self.writer, self.prompting = collection, writer, prompting
        self._encoder = collection.encoder
        self.scheme, self.known, self.beams = scheme, known, beams
        self._names: tuple[Hashable, CollectionIdentifiers] | None = None
        self._turn = RLock()

    def search(self, query: Query, k: int) -> list[Hit]:
        """Return the k pictures whose identifiers are the likeliest.

        Raises:
            ValueError: k is below 1.
            IdentifierError: a picture was added, and no identifier is left.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1; got {k}")
        with self._turn, self.collection.one_state():
            names = self.names()
            allowed = _allowed(names.now, query)
            if not query.wanted:
                return _newest(names.now, allowed, k, query.filters)
            trie = names.trie.among(allowed[names.rows])
            prompts = self.prompting.of([", ".join(query.wanted)])
            (found,) = search(self.writer, names.table, trie, prompts, k=k, beams=self.beams)
            return self._hits(names, found, query.filters)

    def names(self) -> CollectionIdentifiers:
        """Return the names of the pictures that are there now."""
        stamp = self.collection.stamp()
        if self._names is None or self._names[0] != stamp:
            self._names = stamp, self._named(Snapshot(self.collection, self._encoder))
        return self._names[1]

    def _named(self, now: Snapshot) -> CollectionIdentifiers:
        rows: list[int] = np.flatnonzero(now.alive).tolist()
        ids = [one.decode() for one in now.ids[rows]]
        named = dict(self.known)
        new = sorted(set(ids) - named.keys())
        more = self._identified(now, new)
        named.update(zip(new, more.identifiers, strict=True))
        mine = [named[one] for one in ids]
        tokens = {symbol for one in mine for symbol in one if isinstance(symbol, int)}
        table = self.writer.table(tokens=sorted(tokens), anchors=more.anchors)
        return CollectionIdentifiers(
            now, rows, Trie.of(spelled(table.symbols, mine)), table, len(new)
        )

    def _identified(self, now: Snapshot, ids: Sequence[str]) -> Identifiers:
        rows = now.rows_of(ids).tolist()
        seen = [
            IdentifierSource(np.array(now.vectors[row]), _caption_or_name(picture))
            for row, picture in zip(rows, self.collection.pictures(rows), strict=True)
        ]
        try:
            return self.scheme.name(seen, self.known.values())
        except IdentifierError as error:
            raise IdentifierError(
                f"{len(ids)} pictures of {self.collection.name!r} are new to the adapter, and "
                f"{error};"
                " train it again"
            ) from error

    def _hits(
        self, names: CollectionIdentifiers, found: Sequence[Written], filters: Filters
    ) -> list[Hit]:
        pictures = names.now.pictures([names.rows[one.owner] for one in found], filters)
        scored = zip(pictures, (one.score for one in found), strict=True)
        ordered = sorted(scored, key=lambda pair: (-pair[1], pair[0].id))
        return [
            Hit(picture, score, rank, Why(scores={STAGE: score}, ranks={STAGE: rank}))
            for rank, (picture, score) in enumerate(ordered, start=1)
        ]


def _allowed(now: Snapshot, query: Query) -> np.ndarray:
    met = now.allowed(query.filters)
    allowed = (now.alive if met is None else met).copy()
    allowed[now.rows_of(query.excluded)] = False
    return allowed


def _newest(now: Snapshot, allowed: np.ndarray, k: int, filters: Filters) -> list[Hit]:
    rows = now.newest[allowed[now.newest]][:k].tolist()
    pictures = now.pictures(rows, filters)
    return [Hit(picture, 1 / rank, rank) for rank, picture in enumerate(pictures, start=1)]


def _caption_or_name(picture: Picture) -> str:
    return picture.caption or picture.path.stem.replace("_", " ").replace("-", " ")
