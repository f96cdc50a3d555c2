"""A collection's folder, opened: records in SQLite, vectors in a mapped file beside it.

Any number of processes may read while one writes. Knows nothing of encoders: vectors come in, and
go out, as arrays.
"""

import json
import os
import sqlite3
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Self, TypeVar

from retrievers.collection.errors import CollectionError
from retrievers.collection.vectors_file import map_rows, vectors_path
from retrievers.encoder import Vectors
from retrievers.hit import Picture

FORMAT = 1
T = TypeVar("T")
_MANY = 500  # names in one SQL list


class Store:
    """Read access to a collection.

    Attributes:
        folder: where it lies.
        db: a connection in autocommit mode; for readers of this package.
    """

    def __init__(self, folder: Path, db: sqlite3.Connection) -> None:
        self.folder = folder
        self.db = db
        self._mapped: tuple[Hashable, Vectors] | None = None

    @classmethod
    def create(cls, folder: Path, *, encoder: str, dim: int, spec: str = "") -> Self:
        """Make an empty collection.

        Args:
            folder: must not exist yet, or be empty.
            encoder: the exact weights, `Encoder.name`.
            dim: length of a vector.
            spec: how to open that encoder again.

        Raises:
            CollectionError: there is something at `folder`.
        """
        if folder.exists() and any(folder.iterdir()):
            raise CollectionError(f"{folder} is not empty; choose another name")
        folder.mkdir(parents=True, exist_ok=True)
        db = connect(folder / "records.db")
        schema = files("retrievers.collection").joinpath("schema.sql").read_text(encoding="utf-8")
        facts = {
            "encoder": encoder,
            "spec": spec or encoder,
            "dim": dim,
            "generation": 0,
            "rows": 0,
            "created": datetime.now().isoformat(timespec="seconds"),
        }
        written = ",".join(f"({_quoted(key)}, {_quoted(value)})" for key, value in facts.items())
        db.executescript(
            f"BEGIN; {schema}; INSERT INTO facts VALUES {written};"
            f" PRAGMA user_version = {FORMAT}; COMMIT;"
        )
        return cls(folder, db)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a collection.

        Raises:
            CollectionError: there is none, it is damaged, or a newer dialens made it.
        """
        path = folder / "records.db"
        if not path.exists():
            raise CollectionError(f"no collection at {folder}; make one with `dialens index`")
        try:
            db = connect(path)
            (made,) = db.execute("PRAGMA user_version").fetchone()
        except sqlite3.DatabaseError as error:
            raise CollectionError(
                f"{path} cannot be read ({error}); run `dialens doctor {folder.name}`"
            ) from error
        if made != FORMAT:
            raise CollectionError(
                f"{path} has format {made}, this dialens reads {FORMAT}; update dialens"
                if made > FORMAT
                else f"{path} was never finished; remove {folder} and index again"
            )
        return cls(folder, db)

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
        return str(row[0])

    @cached_property
    def encoder(self) -> str:
        """The exact weights that its vectors come from."""
        return self.fact("encoder")

    @cached_property
    def dim(self) -> int:
        return int(self.fact("dim"))

    def __len__(self) -> int:
        """How many pictures there are, exact duplicates counted once."""
        (count,) = self.db.execute("SELECT count(*) FROM pictures").fetchone()
        return int(count)

    def stamp(self) -> Hashable:
        """Return a value that changes whenever anything was committed, here or elsewhere."""
        (version,) = self.db.execute("PRAGMA data_version").fetchone()
        return version, self.db.total_changes

    def vectors(self) -> Vectors:
        """Map all vectors, [rows, dim]; rows of removed pictures are still among them.

        Raises:
            CollectionError: the file holds fewer rows than were committed.
        """
        generation, rows = self.extent()
        if self._mapped is None or self._mapped[0] != (generation, rows):
            path = vectors_path(self.folder, generation)
            self._mapped = ((generation, rows), map_rows(path, rows, self.dim))
        return self._mapped[1]

    def extent(self) -> tuple[int, int]:
        """Return the generation of the vector file in use and how many rows of it count."""
        found = dict(self.db.execute("SELECT key, value FROM facts"))
        return int(found["generation"]), int(found["rows"])

    def pictures(self, rows: Sequence[int]) -> list[Picture]:
        """Return the records of these rows, in this order; rows that are gone are left out."""
        known: dict[int, Picture] = {}
        for some in _chunks(rows):
            marks = ",".join("?" * len(some))
            paths = self._by_row(f"SELECT row, path FROM files WHERE row IN ({marks})", some)
            tags = self._by_row(f"SELECT row, tag FROM tags WHERE row IN ({marks})", some)
            for record in self.db.execute(
                "SELECT row, id, sha256, width, height, bytes, taken, camera, lat, lon, caption,"
                f" text FROM pictures WHERE row IN ({marks})",
                some,
            ):
                known[record[0]] = _picture(
                    record, paths.get(record[0], []), tags.get(record[0], [])
                )
        return [known[row] for row in rows if row in known]

    def rows_of(self, ids: Iterable[str]) -> list[int]:
        """Return the rows of these pictures, in this order; unknown ids are left out."""
        wanted = list(ids)
        found: dict[str, int] = {}
        for some in _chunks(wanted):
            marks = ",".join("?" * len(some))
            found.update(
                self.db.execute(f"SELECT id, row FROM pictures WHERE id IN ({marks})", some)
            )
        return [found[one] for one in wanted if one in found]

    def roots(self) -> list[Path]:
        """Return the folders that sync looks into, sorted."""
        return sorted(Path(os.fsdecode(p)) for (p,) in self.db.execute("SELECT path FROM roots"))

    def globs(self, root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the include and exclude globs of a root; none for a folder that is not one."""
        row = self.db.execute(
            "SELECT include, exclude FROM roots WHERE path = ?", (os.fsencode(root),)
        ).fetchone()
        return (tuple(json.loads(row[0])), tuple(json.loads(row[1]))) if row else ((), ())

    def failures(self) -> list[tuple[Path, str]]:
        """Return the files that could not be read, with the reason, by path."""
        rows = self.db.execute("SELECT path, reason FROM failures ORDER BY path")
        return [(Path(os.fsdecode(path)), reason) for path, reason in rows]

    def close(self) -> None:
        """Close the connection."""
        self.db.close()

    def _by_row(self, sql: str, rows: Sequence[object]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        for row, value in self.db.execute(sql, rows):
            found.setdefault(row, []).append(value)
        return found


def connect(path: Path) -> sqlite3.Connection:
    """Open a SQLite file as all of dialens does: WAL, foreign keys, ten seconds of patience."""
    db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _picture(record: Sequence[Any], paths: Sequence[Any], tags: Sequence[Any]) -> Picture:
    _, id_, sha256, width, height, size, taken, camera, lat, lon, caption, text = record
    return Picture(
        id=id_,
        sha256=sha256,
        paths=tuple(sorted(Path(os.fsdecode(path)) for path in paths)),
        width=width,
        height=height,
        bytes=size,
        taken=datetime.fromisoformat(taken) if taken else None,
        camera=camera,
        gps=None if lat is None or lon is None else (lat, lon),
        caption=caption,
        text=text,
        tags=tuple(sorted(tags)),
    )


def _chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
