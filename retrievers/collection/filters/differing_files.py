"""Contents whose files say different things: each such file, asked as a picture of its own.

A tag or a rating beside one of three copies is a fact of that copy.
"""

import sqlite3
from collections.abc import Hashable
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.collection import Collection
from retrievers.collection.record.merged_facts import set_facts_of
from retrievers.collection.storage.schema import schema
from retrievers.pictures.metadata.facts import Facts, from_json

_DIFFERING = (
    "SELECT row FROM files WHERE row IN (SELECT row FROM files GROUP BY row HAVING count(*) > 1)"
    " GROUP BY row HAVING count(DISTINCT said) > 1"
)
_FILES = f"SELECT path, row, said FROM files WHERE row IN ({_DIFFERING}) ORDER BY row, path"
_SIZES = f"SELECT row, width, height, bytes FROM pictures WHERE row IN ({_DIFFERING})"
_TAGS = f"SELECT row, tag FROM tags WHERE NOT by_file AND row IN ({_DIFFERING})"


class Tellings:
    """Those files of a collection at one commit.

    Attributes:
        places: each one's place among them, by its path.
        rows: [n], the rows of their contents.
    """

    def __init__(self, collection: Collection) -> None:
        self._files = collection.db.execute(_FILES).fetchall()
        self.places = {path: place for place, (path, _, _) in enumerate(self._files)}
        self.rows: NDArray[np.int64] = np.array([row for _, row, _ in self._files], dtype=np.int64)
        self._sizes = {row: size for row, *size in collection.db.execute(_SIZES)}
        self._tags = collection.db.execute(_TAGS).fetchall()

    def __len__(self) -> int:
        return len(self._files)

    @cached_property
    def db(self) -> sqlite3.Connection:
        """Records in memory: a picture for each of these files, whose row is its place."""
        db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        db.executescript(schema())
        db.execute("BEGIN")
        own: dict[int, list[str]] = {}
        for row, tag in self._tags:
            own.setdefault(row, []).append(tag)
        for place, (_, row, said) in enumerate(self._files):
            db.execute(
                "INSERT INTO pictures (row, id, sha256, width, height, bytes)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (place, place, place, *self._sizes[row]),
            )
            db.executemany(
                "INSERT OR IGNORE INTO tags (row, tag) VALUES (?, ?)",
                [(place, tag) for tag in own.get(row, ())],
            )
            set_facts_of(db, place, from_json(said) if said else Facts())
        db.execute("COMMIT")
        return db


_known: WeakKeyDictionary[Collection, tuple[Hashable, Tellings]] = WeakKeyDictionary()


def tellings(collection: Collection) -> Tellings:
    """Return those of a collection as it is now."""
    stamp = collection.stamp()
    if (known := _known.get(collection)) is None or known[0] != stamp:
        known = _known[collection] = stamp, Tellings(collection)
    return known[1]
