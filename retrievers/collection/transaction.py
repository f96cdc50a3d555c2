"""One SQLite transaction as a `with` block."""

from types import TracebackType

from retrievers.collection.store import Store


class Transaction:
    """One SQLite transaction that readers see whole or not at all."""

    def __init__(self, store: Store) -> None:
        self._db = store.db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
