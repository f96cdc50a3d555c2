"""Write access to a collection: whole batches, each committed or not there at all.

The vectors of a batch reach the disk first, then one transaction points records at them.
"""

import json
import os
from collections.abc import Collection as SizedIterable
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from retrievers.collection.collection import FOLLOWED, Collection
from retrievers.collection.compaction import compact, drop_leftovers
from retrievers.collection.record.batch import (
    Batch,
    FailureRecord,
    FileRecord,
    PictureRecord,
    SaidRecord,
)
from retrievers.collection.record.homeless_pictures import drop_homeless
from retrievers.collection.record.merged_facts import settle
from retrievers.collection.record.orphaned_words import give_back
from retrievers.collection.record.rewritten_files import copy_words
from retrievers.collection.storage.errors import CollectionDamaged
from retrievers.collection.storage.full_text_table import rebuild_words, set_words
from retrievers.collection.storage.lock import WriterLock
from retrievers.collection.storage.records_file import set_facts
from retrievers.collection.storage.vectors_file import append_rows
from retrievers.collection.transaction import transaction
from retrievers.encoder import Vectors
from retrievers.pictures.metadata.facts import READING, to_json
from retrievers.text.lettering import whole


class CollectionWriter:
    """The one writer of a collection; use it as a context manager.

    Raises:
        CollectionBusy: another process writes.
    """

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self._lock = WriterLock(collection.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def set_root(
        self,
        root: Path,
        *,
        include: Sequence[str],
        exclude: Sequence[str],
        follow_links: bool = False,
    ) -> None:
        """Remember a folder to look into, its globs, and whether links may lead out of it."""
        self.collection.db.execute(
            "INSERT INTO roots VALUES (?, ?, ?) ON CONFLICT (path)"
            " DO UPDATE SET include = excluded.include, exclude = excluded.exclude",
            (os.fsencode(root), json.dumps(list(include)), json.dumps(list(exclude))),
        )
        known = self.collection.followed()
        followed = known | {root} if follow_links else known - {root}
        if followed != known:
            set_facts(self.collection.db, {FOLLOWED: json.dumps(sorted(map(str, followed)))})

    def commit(self, batch: Batch) -> None:
        """Add a batch: all of it is on the disk when this returns, or none of it.

        Raises:
            ValueError: the vectors do not fit the pictures or the collection.
            CollectionDamaged: it has pictures where the next would be written.
        """
        vectors = self._stacked(batch)
        one = self.collection.generation()
        rows = one.rows
        if (last := self.collection.last_row()) >= rows:
            error = ValueError(f"a picture in row {last}, of {rows}")
            raise CollectionDamaged.of(self.collection.folder / "records.db", error)
        if len(vectors):
            append_rows(one.path(self.collection.folder), rows, vectors, one.form)
        with transaction(self.collection):
            self.collection.db.executemany(
                "UPDATE pictures SET sha256 = ?, bytes = ? WHERE row = ?",
                [(new.sha256, new.bytes, row) for row, new in batch.edited.items()],
            )
            self._add_pictures(batch.pictures, rows)
            touched = self._place_files(batch.files) | self._note_failures(batch.failures)
            touched |= self._note_said(batch.said)
            settle(self.collection.db, touched)
            set_words(self.collection.db, touched)

    def forget_files(self, paths: Iterable[Path]) -> None:
        """Drop files that are gone; a picture none of whose files is left goes too."""
        names = [(os.fsencode(path),) for path in paths]
        db = self.collection.db
        with transaction(self.collection):
            held = [row for name in names for row in db.execute(_ROW_OF, name)]
            db.executemany("DELETE FROM files WHERE path = ?", names)
            db.executemany("DELETE FROM failures WHERE path = ?", names)
            drop_homeless(db)
            settle(db, {row for (row,) in held})
            set_words(db, {row for (row,) in held})

    def remove(self, rows: SizedIterable[int]) -> None:
        """Drop pictures with all their files."""
        with transaction(self.collection):
            self.collection.db.executemany(
                "DELETE FROM files WHERE row = ?", [(row,) for row in rows]
            )
            drop_homeless(self.collection.db)

    def drop_homeless(self) -> int:
        """Drop the pictures that no file holds any more; returns how many."""
        with transaction(self.collection):
            return drop_homeless(self.collection.db)

    def describe(
        self,
        row: int,
        *,
        caption: str | None = None,
        text: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> None:
        """Set what is known of a picture in words; what is None stays as it is."""
        db = self.collection.db
        caption, text, tags = whole((caption, text, tags))
        with transaction(self.collection):
            if caption is not None:
                db.execute("UPDATE pictures SET caption = ? WHERE row = ?", (caption, row))
            if text is not None:
                db.execute("UPDATE pictures SET text = ? WHERE row = ?", (text, row))
            if tags is not None:
                db.execute("DELETE FROM tags WHERE row = ?", (row,))
                db.executemany(
                    "INSERT OR IGNORE INTO tags (row, tag) VALUES (?, ?)",
                    [(row, tag) for tag in tags],
                )
            set_words(self.collection.db, {row})

    def rebuild_words(self) -> None:
        """Write the full-text table anew from the records."""
        with transaction(self.collection):
            rebuild_words(self.collection.db)

    def compact(self) -> int:
        """Write the vectors anew without dead rows, as the next generation; returns rows saved."""
        return compact(self.collection)

    def drop_leftovers(self) -> bool:
        """Remove the vectors of other generations; returns False if a reader still needs them."""
        return drop_leftovers(self.collection)

    def _stacked(self, batch: Batch) -> Vectors:
        dim = self.collection.dim
        vectors = np.asarray(batch.vectors, dtype=np.float32).reshape(-1, dim)
        if len(vectors) != len(batch.pictures):
            raise ValueError(f"{len(batch.pictures)} pictures came with {len(vectors)} vectors")
        return vectors

    def _add_pictures(self, pictures: Sequence[PictureRecord], at: int) -> None:
        if not pictures:
            return
        self.collection.db.executemany(
            "INSERT INTO pictures (row, id, sha256, width, height, bytes, taken, camera, lat, lon,"
            " pixels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                _values(row, self._free_id(picture.sha256), picture)
                for row, picture in enumerate(pictures, at)
            ],
        )
        for picture in pictures:
            give_back(self.collection.db, picture.sha256, picture.pixels)
            if picture.like is not None:
                copy_words(self.collection.db, picture.like, picture.sha256)
        set_facts(self.collection.db, {"rows": at + len(pictures)})

    def _free_id(self, sha256: str) -> str:
        """Return 16 digits of it; the first belong to another if that once had this content."""
        known = "SELECT 1 FROM pictures WHERE id = ?"
        parts = (sha256[at : at + 16] for at in range(0, 64, 16))
        return next(
            one for one in parts if not self.collection.db.execute(known, (one,)).fetchone()
        )

    def _place_files(self, files: Sequence[FileRecord]) -> set[int]:
        db, touched = self.collection.db, set()
        for file in files:
            name = os.fsencode(file.path)
            touched |= {row for (row,) in db.execute(_ROW_OF, (name,))}
            (row,) = db.execute(
                "SELECT row FROM pictures WHERE sha256 = ?", (file.sha256,)
            ).fetchone()
            db.execute(
                "INSERT OR REPLACE INTO files (path, root, below, row, size, mtime_ns, volume)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(name, os.fsencode(file.root), file.below, row),
                    *(file.size, file.mtime_ns, file.volume),
                ),
            )
            if file.said is not None:
                self._note_said([SaidRecord(file.path, file.said, file.beside)])
            db.execute("DELETE FROM failures WHERE path = ?", (name,))
            touched.add(row)
        return touched

    def _note_said(self, records: Sequence[SaidRecord]) -> set[int]:
        db, touched = self.collection.db, set()
        for one in records:
            name = os.fsencode(one.path)
            db.execute(
                "UPDATE files SET said = ?, beside = ?, reading = ? WHERE path = ?",
                (to_json(one.said), one.beside, READING, name),
            )
            touched |= {row for (row,) in db.execute(_ROW_OF, (name,))}
        return touched

    def _note_failures(self, failures: Sequence[FailureRecord]) -> set[int]:
        db, touched = self.collection.db, set()
        for failure in failures:
            name = os.fsencode(failure.path)
            touched |= {row for (row,) in db.execute(_ROW_OF, (name,))}
            db.execute("DELETE FROM files WHERE path = ?", (name,))
            db.execute(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)",
                (
                    name,
                    os.fsencode(failure.root),
                    failure.reason,
                    failure.size,
                    failure.mtime_ns,
                ),
            )
        return touched


def _values(row: int, id_: str, picture: PictureRecord) -> tuple[object, ...]:
    lat, lon = picture.gps or (None, None)
    taken = picture.taken.isoformat() if picture.taken else None
    return (
        row,
        id_,
        picture.sha256,
        picture.width,
        picture.height,
        picture.bytes,
        taken,
        picture.camera,
        lat,
        lon,
        picture.pixels,
    )


_ROW_OF = "SELECT row FROM files WHERE path = ?"
