"""Write access to a collection: whole batches, each committed or not there at all.

The vectors of a batch reach the disk first, then one transaction points records at them.
"""

import json
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from retrievers.collection.lock import WriterLock
from retrievers.collection.names import name_words
from retrievers.collection.records import Batch, FailureRecord, FileRecord, PictureRecord
from retrievers.collection.store import Store
from retrievers.collection.transaction import Transaction
from retrievers.collection.vectors_file import append_rows, vectors_path
from retrievers.encoder import Vectors


class Writer:
    """The one writer of a collection; use it as a context manager.

    Raises:
        CollectionBusy: another process writes.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = WriterLock(store.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def set_root(self, root: Path, *, include: Sequence[str], exclude: Sequence[str]) -> None:
        """Remember a folder to look into, and its globs."""
        self.store.db.execute(
            "INSERT INTO roots VALUES (?, ?, ?) ON CONFLICT (path)"
            " DO UPDATE SET include = excluded.include, exclude = excluded.exclude",
            (os.fsencode(root), json.dumps(list(include)), json.dumps(list(exclude))),
        )

    def commit(self, batch: Batch) -> None:
        """Add a batch: all of it is on the disk when this returns, or none of it.

        Raises:
            ValueError: the vectors do not fit the pictures or the collection.
        """
        vectors = self._stacked(batch)
        generation, rows = self.store.extent()
        if len(vectors):
            append_rows(vectors_path(self.store.folder, generation), rows, vectors)
        with Transaction(self.store):
            self._add_pictures(batch.pictures, rows)
            touched = self._place_files(batch.files)
            self._note_failures(batch.failures)
            self._set_words(touched)

    def forget_files(self, paths: Iterable[Path]) -> None:
        """Drop files that are gone; a picture none of whose files is left goes too."""
        names = [(os.fsencode(path),) for path in paths]
        db = self.store.db
        with Transaction(self.store):
            held = [row for name in names for row in db.execute(_ROW_OF, name)]
            db.executemany("DELETE FROM files WHERE path = ?", names)
            db.executemany("DELETE FROM failures WHERE path = ?", names)
            self._drop_homeless()
            self._set_words({row for (row,) in held})

    def remove(self, rows: Collection[int]) -> None:
        """Drop pictures with all their files."""
        with Transaction(self.store):
            self.store.db.executemany("DELETE FROM files WHERE row = ?", [(row,) for row in rows])
            self._drop_homeless()

    def drop_homeless(self) -> int:
        """Drop the pictures that no file holds any more; returns how many."""
        with Transaction(self.store):
            return self._drop_homeless()

    def describe(
        self,
        row: int,
        *,
        caption: str | None = None,
        text: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> None:
        """Set what is known of a picture in words; what is None stays as it is."""
        db = self.store.db
        with Transaction(self.store):
            if caption is not None:
                db.execute("UPDATE pictures SET caption = ? WHERE row = ?", (caption, row))
            if text is not None:
                db.execute("UPDATE pictures SET text = ? WHERE row = ?", (text, row))
            if tags is not None:
                db.execute("DELETE FROM tags WHERE row = ?", (row,))
                db.executemany(
                    "INSERT OR IGNORE INTO tags VALUES (?, ?)", [(row, tag) for tag in tags]
                )
            self._set_words({row})

    def rebuild_words(self) -> None:
        """Write the full-text table anew from the records."""
        with Transaction(self.store):
            self.store.db.execute("DELETE FROM words")
            self._set_words({row for (row,) in self.store.db.execute("SELECT row FROM pictures")})

    def compact(self) -> int:
        """Write the vectors anew without dead rows, as the next generation; returns rows saved."""
        generation, rows = self.store.extent()
        live = np.array([r for (r,) in self.store.db.execute(_LIVE)], dtype=np.int64)
        if len(live) == rows:
            return 0
        old, new = (vectors_path(self.store.folder, g) for g in (generation, generation + 1))
        new.unlink(missing_ok=True)
        mapped = self.store.vectors()
        append_rows(new, 0, mapped[:0])
        for start in range(0, len(live), 4096):
            append_rows(new, start, mapped[live[start : start + 4096]])
        with Transaction(self.store):
            self._renumber(live)
            self._set_facts(generation=generation + 1, rows=len(live))
        old.unlink(missing_ok=True)
        return rows - len(live)

    def _stacked(self, batch: Batch) -> Vectors:
        dim = self.store.dim
        vectors = np.asarray(batch.vectors, dtype=np.float32).reshape(-1, dim)
        if len(vectors) != len(batch.pictures):
            raise ValueError(f"{len(batch.pictures)} pictures came with {len(vectors)} vectors")
        return vectors

    def _add_pictures(self, pictures: Sequence[PictureRecord], at: int) -> None:
        if not pictures:
            return
        self.store.db.executemany(
            "INSERT INTO pictures (row, id, sha256, width, height, bytes, taken, camera, lat, lon)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_values(row, picture) for row, picture in enumerate(pictures, at)],
        )
        self._set_facts(rows=at + len(pictures))

    def _place_files(self, files: Sequence[FileRecord]) -> set[int]:
        db, touched = self.store.db, set()
        for file in files:
            name = os.fsencode(file.path)
            touched |= {row for (row,) in db.execute(_ROW_OF, (name,))}
            (row,) = db.execute(
                "SELECT row FROM pictures WHERE sha256 = ?", (file.sha256,)
            ).fetchone()
            db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
                (name, os.fsencode(file.root), file.below, row, file.size, file.mtime_ns),
            )
            db.execute("DELETE FROM failures WHERE path = ?", (name,))
            touched.add(row)
        return touched

    def _note_failures(self, failures: Sequence[FailureRecord]) -> None:
        for failure in failures:
            name = os.fsencode(failure.path)
            self.store.db.execute("DELETE FROM files WHERE path = ?", (name,))
            self.store.db.execute(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)",
                (
                    name,
                    os.fsencode(failure.root),
                    failure.reason,
                    failure.size,
                    failure.mtime_ns,
                ),
            )

    def _drop_homeless(self) -> int:
        db = self.store.db
        gone = [(row,) for (row,) in db.execute(_HOMELESS)]
        db.executemany("DELETE FROM words WHERE rowid = ?", gone)
        db.executemany("DELETE FROM pictures WHERE row = ?", gone)
        return len(gone)

    def _set_words(self, rows: Collection[int]) -> None:
        db = self.store.db
        for row in sorted(rows):
            record = db.execute(
                "SELECT caption, text FROM pictures WHERE row = ?", (row,)
            ).fetchone()
            db.execute("DELETE FROM words WHERE rowid = ?", (row,))
            if record is None:
                continue
            below = [b for (b,) in db.execute("SELECT below FROM files WHERE row = ?", (row,))]
            tags = [tag for (tag,) in db.execute("SELECT tag FROM tags WHERE row = ?", (row,))]
            db.execute(
                "INSERT INTO words (rowid, names, caption, tags, text) VALUES (?, ?, ?, ?, ?)",
                (row, name_words(below), record[0] or "", " ".join(tags), record[1] or ""),
            )

    def _renumber(self, live: Sequence[int] | np.ndarray) -> None:
        db = self.store.db
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute("DELETE FROM words")
        for new, old in enumerate(int(row) for row in live):
            if new == old:
                continue
            for table in ("pictures", "files", "tags"):
                db.execute(f"UPDATE {table} SET row = ? WHERE row = ?", (new, old))
        self._set_words(set(range(len(live))))

    def _set_facts(self, **facts: int) -> None:
        self.store.db.executemany(
            "UPDATE facts SET value = ? WHERE key = ?",
            [(str(value), key) for key, value in facts.items()],
        )


def _values(row: int, picture: PictureRecord) -> tuple[object, ...]:
    lat, lon = picture.gps or (None, None)
    taken = picture.taken.isoformat() if picture.taken else None
    return (
        row,
        picture.sha256[:16],
        picture.sha256,
        picture.width,
        picture.height,
        picture.bytes,
        taken,
        picture.camera,
        lat,
        lon,
    )


_ROW_OF = "SELECT row FROM files WHERE path = ?"
_LIVE = "SELECT row FROM pictures ORDER BY row"
_HOMELESS = "SELECT row FROM pictures WHERE row NOT IN (SELECT row FROM files)"
