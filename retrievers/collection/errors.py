"""What can be wrong with a collection. Every message is one line with the remedy."""

import sqlite3


class CollectionError(Exception):
    """The collection is missing, damaged, or of another kind than asked for."""


class CollectionBusy(CollectionError):  # noqa: N818 - reads as what it says
    """Another process is writing."""


class CollectionDamaged(CollectionError, sqlite3.DatabaseError):  # noqa: N818 - as above
    """SQLite found its file damaged."""
