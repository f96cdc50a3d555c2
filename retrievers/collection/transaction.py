"""One SQLite transaction as a `with` block."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError


@contextmanager
def transaction(collection: Collection) -> Iterator[None]:
    """Let readers see all that is written inside, or nothing.

    Raises:
        CollectionError: SQLite cannot write; nothing of it is there.
    """
    try:
        collection.db.execute("BEGIN IMMEDIATE")
        yield
        collection.db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        why = error.__cause__ or error
        raise CollectionError(
            f"{collection.folder} cannot be written ({why}); what was committed is kept; see "
            "whether"
            " its disk is full, then run the same command again"
        ) from error
    finally:
        if collection.db.in_transaction:
            collection.db.execute("ROLLBACK")
