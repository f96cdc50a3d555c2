"""A collection's folder, opened: records in SQLite, vectors in a mapped file beside it.

Any number of processes may read while one writes; threads of one may share it. Knows nothing
of encoders: vectors come in, and go out, as arrays.
"""

import json
import os
import sqlite3
from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from threading import RLock
from typing import Any, Self, TypeVar

from retrievers.collection.record.merged_facts import judged
from retrievers.collection.record.shown_record import as_said, picture_of
from retrievers.collection.storage.errors import CollectionDamaged, CollectionError, reading
from retrievers.collection.storage.generation import Generation
from retrievers.collection.storage.lock import WriterLock
from retrievers.collection.storage.records_file import (
    add_root,
    is_leftover,
    make_records,
    open_records,
)
from retrievers.collection.storage.vector_forms import Form, StoredVectors, form_named
from retrievers.collection.storage.vectors_file import map_rows
from retrievers.encoder import Vectors
from retrievers.hit import Picture
from retrievers.pictures.metadata.facts import from_json, merged

T = TypeVar("T")
FOLLOWED = "followed"  # the fact that names them
FORM = "form"  # the fact that says how the vectors in use are kept
PROFILE = "profile"  # the fact that names whose models it was made with
PREVIOUS = "previous"  # the fact that holds the generation before the one in use
_MANY = 500  # names in one SQL list
_LONGEST = 10_000  # letters of a fact: a model's name, a folder's path


class Collection:
    """Read access to a collection.

    Attributes:
        folder: where it lies.
        db: a connection in autocommit mode; for readers of this package.
    """

    def __init__(self, folder: Path, db: sqlite3.Connection) -> None:
        self.folder = folder
        self.db = db
        self._mapped: dict[int, StoredVectors] = {}
        self._reading = RLock()  # one transaction at a time, of one thread

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        encoder: str,
        dim: int,
        spec: str = "",
        roots: Sequence[Path] = (),
        vectors: Form = "float32",
        profile: str = "",
    ) -> Self:
        """Make an empty collection.

        Args:
            folder: must not exist yet, or be empty.
            encoder: the exact weights, `Encoder.name`.
            dim: length of a vector.
            spec: how to open that encoder again.
            roots: folders that it is made of; sync adds those that it looks into.
            vectors: in how many bytes they are kept.
            profile: whose models it was made with, if it was a profile's.

        Raises:
            CollectionError: there is something at `folder`.
            CollectionBusy: another process makes it just now.
        """
        _refuse_used(folder)
        folder.mkdir(parents=True, exist_ok=True)
        lock = WriterLock(folder)
        try:
            _refuse_used(folder)
            facts = {"encoder": encoder, "spec": spec or encoder, "dim": dim, FORM: vectors}
            created = datetime.now().isoformat(timespec="seconds")
            first = {**facts, "generation": 0, "rows": 0, "created": created, PROFILE: profile}
            make_records(folder, first, roots=roots)
        finally:
            lock.release()
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a collection.

        Raises:
            CollectionError: there is none, it is damaged, or a newer dialens made it.
        """
        return cls(folder, open_records(folder))

    @property
    def name(self) -> str:
        return self.folder.name

    def fact(self, key: str) -> str:
        """Return one of the facts about the collection.

        Raises:
            CollectionError: it has no such fact.
        """
        row = self.db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise CollectionError(f"{self.folder} lacks {key!r}; run `dialens doctor {self.name}`")
        if len(told := str(row[0])) > _LONGEST:
            wrong = f"{key!r} has {len(told):,} letters"
            raise CollectionDamaged.of(self.folder / "records.db", ValueError(wrong))
        return told

    def told(self, key: str) -> str | None:
        """Return a fact that may be lacking."""
        row = self.db.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])[:_LONGEST]

    @property
    def encoder(self) -> str:
        """The exact weights that the vectors in use come from; a migration changes them."""
        return self.fact("encoder")

    @property
    def dim(self) -> int:
        """Length of a vector in use."""
        with reading(self.folder):
            return int(self.fact("dim"))

    def __len__(self) -> int:
        """How many pictures there are, exact duplicates counted once."""
        (count,) = self.db.execute("SELECT count(DISTINCT row) FROM files").fetchone()
        return int(count)

    def stamp(self) -> Hashable:
        """Return a value that changes whenever anything was committed, here or elsewhere.

        And with every day, which takes dates out of the future.
        """
        (version,) = self.db.execute("PRAGMA data_version").fetchone()
        return version, self.db.total_changes, date.today()

    def generation(self, encoder: str = "") -> Generation:
        """Return the vectors in use; of an encoder that is named, those that are kept of it.

        Raises:
            CollectionError: none of that encoder are kept.
        """
        with self.one_state():
            with reading(self.folder):
                used = Generation(
                    number=int(self.fact("generation")),
                    rows=int(self.fact("rows")),
                    encoder=self.encoder,
                    spec=self.fact("spec"),
                    dim=self.dim,
                    form=form_named(self.told(FORM) or "float32"),
                )
            if encoder in ("", used.encoder):
                return used
            previous = self.previous()
        if previous and previous.encoder == encoder:
            return previous
        raise CollectionError(
            f"collection {self.name!r} has no vectors of {encoder} any more, it moved to"
            f" {used.encoder}; open it again"
        )

    def previous(self) -> Generation | None:
        """Return the vectors of the encoder before, if they are kept."""
        row = self.db.execute("SELECT value FROM facts WHERE key = ?", (PREVIOUS,)).fetchone()
        with reading(self.folder):
            return Generation.from_json(row[0]) if row else None

    def kept(self) -> list[Generation]:
        """Return the generations whose files are needed, the one in use first."""
        with self.one_state():
            previous = self.previous()
            return [self.generation(), *([previous] if previous else [])]

    def vectors(self, encoder: str = "") -> StoredVectors:
        """Map all vectors, [rows, dim]; rows of removed pictures are still among them.

        Args:
            encoder: whose, see `generation`.

        Raises:
            CollectionError: the file holds fewer rows than were committed, or none are kept.
        """
        with self.one_state():  # the file of a generation stays while someone reads that state
            return self.rows_in(self.generation(encoder))

    def rows_in(self, one: Generation) -> StoredVectors:
        """Map the vectors of a generation as `vectors` does."""
        with self._reading:
            held = self._mapped.get(one.number)
            if held is None or held.shape != (one.rows, one.dim):
                held = map_rows(one.path(self.folder), one.rows, one.dim, one.form)
                others = [item for item in self._mapped.items() if item[0] != one.number]
                self._mapped = dict([*others[-1:], (one.number, held)])
        return held

    def extent(self) -> tuple[int, int]:
        """Return the generation of the vector file in use and how many rows of it count."""
        with self.one_state(), reading(self.folder):
            return int(self.fact("generation")), int(self.fact("rows"))

    def last_row(self) -> int:
        """Return the last row that a picture has, which is below the extent's; -1 without one."""
        (last,) = self.db.execute("SELECT max(row) FROM pictures").fetchone()
        with reading(self.folder):
            return -1 if last is None else int(last)

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """Let everything read inside come from one commit, whatever other processes write."""
        with self._reading:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN")
            try:
                yield
            finally:
                self.db.execute("COMMIT")

    def pictures(
        self, rows: Sequence[int], *, among: Container[bytes] | None = None
    ) -> list[Picture]:
        """Return the records of these rows, in this order; rows that are gone are left out.

        Gone is also a picture that no file holds, which the end of a sync will drop.

        Args:
            rows: of the pictures.
            among: the files that may be shown, None: all; a picture without such a file is gone,
                too, and one with some says what they say.
        """
        with reading(self.folder):
            return self._pictures(rows, among)

    def _pictures(self, rows: Sequence[int], among: Container[bytes] | None) -> list[Picture]:
        known: dict[int, Picture] = {}
        within = self._within()
        for some in _chunks(rows):
            marks = ",".join("?" * len(some))
            files = self._by_row(
                f"SELECT row, path, said FROM files WHERE row IN ({marks}) ORDER BY path", some
            )
            tags = self._by_row(f"SELECT row, tag, by_file FROM tags WHERE row IN ({marks})", some)
            for record in self.db.execute(
                "SELECT row, id, sha256, width, height, bytes, camera, lat, lon, caption, text,"
                f" title, description, rating, {judged('taken')}, {judged('taken_from')},"
                f" {judged('zone')} FROM pictures WHERE row IN ({marks})",
                some,
            ):
                held = files.get(record[0], [])
                if files_shown := [one for one in held if among is None or one[0] in among]:
                    paths, own = [path for path, _ in files_shown], tags.get(record[0], [])
                    left = len(held) - len(paths)
                    picture = picture_of(
                        record, paths, [tag for tag, _ in own], elsewhere=left, within=within
                    )
                    if left and (said := [from_json(text) for _, text in files_shown if text]):
                        given = [tag for tag, by_file in own if not by_file]
                        picture = as_said(picture, merged(said), given)
                    known[record[0]] = picture
        return [known[row] for row in rows if row in known]

    def id_with(self, sha256: str) -> str | None:
        """Return the id of the picture with that content; None if there is none."""
        row = self.db.execute("SELECT id FROM pictures WHERE sha256 = ?", (sha256,)).fetchone()
        return row and str(row[0])

    def rows_of(self, ids: Iterable[str]) -> list[int]:
        """Return the rows of these pictures, in this order; unknown ids are left out."""
        wanted = list(ids)
        found: dict[str, int] = {}
        for some in _chunks(wanted):
            marks = ",".join("?" * len(some))
            found.update(
                self.db.execute(
                    f"SELECT id, row FROM pictures WHERE id IN ({marks})"
                    " AND EXISTS (SELECT 1 FROM files WHERE files.row = pictures.row)",
                    some,
                )
            )
        return [found[one] for one in wanted if one in found]

    def vectors_of(self, ids: Iterable[str], encoder: str = "") -> Vectors:
        """Return a unit row for each of these pictures [n, d], in this order.

        Args:
            ids: of pictures.
            encoder: whose vectors, see `generation`; a picture without one is left out.
        """
        with self.one_state():
            vectors = self.vectors(encoder)
            rows: Vectors = vectors[[row for row in self.rows_of(ids) if row < len(vectors)]]
        return rows

    def roots(self) -> list[Path]:
        """Return the folders that sync looks into, sorted."""
        with reading(self.folder):
            paths = self.db.execute("SELECT path FROM roots")
            return sorted(Path(os.fsdecode(path)) for (path,) in paths)

    def add_root(self, root: Path) -> None:
        """Remember a folder to look into, if it is not known."""
        add_root(self.db, root)

    def profile(self) -> str:
        """Return the profile whose models it was made with; empty: of none, or not known."""
        row = self.db.execute("SELECT value FROM facts WHERE key = ?", (PROFILE,)).fetchone()
        return str(row[0])[:_LONGEST] if row else ""

    def followed(self) -> frozenset[Path]:
        """Return those of the roots whose links are followed wherever they lead."""
        row = self.db.execute("SELECT value FROM facts WHERE key = ?", (FOLLOWED,)).fetchone()
        with reading(self.folder):
            return frozenset(map(Path, json.loads(row[0]))) if row else frozenset()

    def _within(self) -> tuple[Path, ...]:
        """Return the folders that its files must lie in; none where some may lie anywhere."""
        return () if self.followed() else tuple(self.roots())

    def globs(self, root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the include and exclude globs of a root; none for a folder that is not one."""
        row = self.db.execute(
            "SELECT include, exclude FROM roots WHERE path = ?", (os.fsencode(root),)
        ).fetchone()
        with reading(self.folder):
            return (tuple(json.loads(row[0])), tuple(json.loads(row[1]))) if row else ((), ())

    def failures(self) -> list[tuple[Path, str]]:
        """Return the files that could not be read, with the reason, by path."""
        rows = self.db.execute("SELECT path, reason FROM failures ORDER BY path")
        with reading(self.folder):
            return [(Path(os.fsdecode(path)), str(reason)) for path, reason in rows]

    def close(self) -> None:
        """Close the connection."""
        self.db.close()

    def _by_row(self, sql: str, rows: Sequence[object]) -> dict[int, list[tuple[Any, ...]]]:
        found: dict[int, list[tuple[Any, ...]]] = {}
        for row, *values in self.db.execute(sql, rows):
            found.setdefault(row, []).append(tuple(values))
        return found


def _refuse_used(folder: Path) -> None:
    if folder.exists() and not all(is_leftover(path) for path in folder.iterdir()):
        raise CollectionError(f"{folder} is not empty; choose another name")


def _chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))
