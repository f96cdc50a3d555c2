"""SQLite as a collection is read: a file that turns out to be damaged is said to be, wherever."""

import sqlite3

from retrievers.collection.storage.errors import CollectionDamaged, CollectionUnreachable
from retrievers.files.sqlite_file import OneLineConnection, hindrance, is_passing


class Records(OneLineConnection):
    """A connection whose statements and rows may raise CollectionError, or what is in its way."""

    def translated(self, error: sqlite3.Error) -> Exception:
        if is_passing(error):
            return hindrance(self.path) or CollectionUnreachable(
                f"{self.path} cannot be used now ({error}); see whether another program holds it"
            )
        return CollectionDamaged.of(self.path, error)
