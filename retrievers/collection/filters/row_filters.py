"""Which rows of a collection meet the filters of a query, decided before any vector is compared."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.collection import Collection
from retrievers.collection.filters.differing_files import tellings
from retrievers.collection.filters.path_globs import place, says_where
from retrievers.collection.filters.recurring_times import Condition, recurring
from retrievers.collection.filters.taken_at import taken_at
from retrievers.collection.record.merged_facts import judged
from retrievers.query import Fact, Filters
from retrievers.text.lettering import plain

SQUARE = 0.02  # how far from 1:1 the sides of a square may be
LARGEST = 2**63 - 1  # that SQLite can compare with
_MANY = 500  # rows in one SQL list
_LACKING: dict[Fact, str] = {
    "date": f"{judged('taken')} IS NULL",
    "tags": "row NOT IN (SELECT row FROM tags)",
    "rating": "(rating IS NULL OR rating = 0)",
    "camera": "camera IS NULL",
}


def meeting(collection: Collection, filters: Filters) -> NDArray[np.bool_] | None:
    """Return a mask over the rows, or None if the filters ask nothing.

    A picture with several files meets the filters if one of its files meets them all.

    Raises:
        PlacesError: a place is named, and the names of places are not here.
        ValueError: a path filter is no glob.
    """
    if filters == Filters():
        return None
    _, rows = collection.extent()
    mask = np.zeros(rows, dtype=np.bool_)
    asked = _candidates(collection, says_where(filters))
    met = asked.rows[_met(asked, filters)]
    mask[met[met < rows]] = True
    return mask


def files_meeting(
    collection: Collection, filters: Filters, rows: Sequence[int]
) -> set[bytes] | None:
    """Return the files of these pictures that meet the filters; None if all of them do.

    Raises:
        PlacesError: a place is named, and the names of places are not here.
        ValueError: a path filter is no glob.
    """
    if not (says_where(filters) or (filters != Filters() and len(tellings(collection)))):
        return None
    asked = _candidates(collection, with_files=True, among=rows)
    return {path for path, meets in zip(asked.paths, _met(asked, filters), strict=True) if meets}


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What filters are asked of: files, or pictures where nothing tells their files apart.

    Attributes:
        collection: the collection.
        among: the rows that count; None: all.
        rows: [n], of the pictures.
        own: [n], the place among `tellings` of a file that says something of its own; else -1.
        paths: of the files, if they are files.
        lying: root and path below it of each, likewise.
    """

    collection: Collection
    among: Sequence[int] | None
    rows: NDArray[np.int64]
    own: NDArray[np.int64]
    paths: Sequence[bytes] = ()
    lying: Sequence[tuple[bytes, str]] = ()


def _candidates(
    collection: Collection, with_files: bool, among: Sequence[int] | None = None
) -> _Candidates:
    apart, (where, values) = tellings(collection), _among(among)
    if with_files:
        sql = f"SELECT row, path, root, below FROM files WHERE {where}"
        files = collection.db.execute(sql, values).fetchall()
        return _Candidates(
            collection,
            among,
            np.array([row for row, *_ in files], dtype=np.int64),
            np.array([apart.places.get(path, -1) for _, path, _, _ in files], dtype=np.int64),
            [path for _, path, _, _ in files],
            [(root, below) for *_, root, below in files],
        )
    every = np.array(
        [row for (row,) in collection.db.execute("SELECT row FROM pictures")], np.int64
    )
    alike = every[~np.isin(every, apart.rows)]
    rows = np.concatenate([alike, apart.rows])
    own = np.concatenate([np.full(len(alike), -1), np.arange(len(apart))])
    return _Candidates(collection, among, rows, own)


def _among(rows: Sequence[int] | None) -> tuple[str, tuple[int, ...]]:
    if rows is None or len(rows) > _MANY:
        return "TRUE", ()
    return f"row IN ({_marks(rows)})", tuple(map(int, rows))


def _met(asked: _Candidates, filters: Filters) -> NDArray[np.bool_]:
    """Return which of what is asked meets the filters, [n]."""
    met = _with_facts(asked, filters)
    if filters.paths or filters.not_paths:
        meets = place(filters)
        met &= np.array([meets(root, below) for root, below in asked.lying], dtype=np.bool_)
    if filters.places or filters.not_places:
        met &= taken_at(asked.collection, filters, asked.rows, asked.own)
    for one in filters.unless:
        if one != Filters():
            met &= ~_met(asked, one)
    for group in filters.one_of:
        if Filters() not in group:
            met &= np.any([_met(asked, one) for one in group], axis=0)
    return met


def _with_facts(asked: _Candidates, filters: Filters) -> NDArray[np.bool_]:
    """Return which of what is asked has the facts of a picture that are wanted, [n]."""
    met = np.ones(len(asked.rows), dtype=np.bool_)
    alone = asked.own >= 0
    if not any(True for _ in _conditions(asked.collection.db, filters)):
        return met
    among = _among(asked.among)
    met[~alone] = np.isin(asked.rows[~alone], _rows(asked.collection.db, filters, among))
    if alone.any():
        own = _rows(tellings(asked.collection).db, filters, _among(None))
        met[alone] = np.isin(asked.own[alone], own)
    return met


def _rows(db: sqlite3.Connection, filters: Filters, among: Condition) -> NDArray[np.int64]:
    conditions = [among, *_conditions(db, filters)]
    where = " AND ".join(condition for condition, _ in conditions)
    values = [value for _, some in conditions for value in some]
    found = db.execute(f"SELECT row FROM pictures WHERE {where}", values)
    return np.array([row for (row,) in found], dtype=np.int64)


def _conditions(db: sqlite3.Connection, filters: Filters) -> Iterator[Condition]:
    bounds = (
        ("width * height >= ?", _comparable(filters.min_pixels)),
        ("width * height <= ?", _comparable(filters.max_pixels)),
        ("rating >= ?", _comparable(filters.min_rating)),
        ("rating <= ?", _comparable(filters.max_rating)),
    )
    yield from ((condition, (bound,)) for condition, bound in bounds if bound is not None)
    if filters.after:
        yield _taken(">=", filters.after)
    if filters.before:
        yield _taken("<", filters.before)
    yield from recurring(filters)
    if filters.camera is not None:
        known = cameras(db, filters.camera)
        yield f"camera IN ({_marks(known)})", known
    for tag in filters.tags:
        for spellings in tags(db, tag):
            yield f"row IN (SELECT row FROM tags WHERE tag IN ({_marks(spellings)}))", spellings
    yield from ((_LACKING[fact], ()) for fact in filters.lacks)
    if filters.orientation:
        square = f"abs(width - height) <= {SQUARE} * max(width, height)"
        yield (
            {
                "square": square,
                "portrait": f"height > width AND NOT {square}",
                "landscape": f"width > height AND NOT {square}",
            }[filters.orientation],
            (),
        )


def _taken(sign: str, bound: date) -> Condition:
    """A year or a month whose day is not known must lie within the bounds, all of it."""
    zone = judged("zone")
    rest = {">=": "0000-01-01T00:00:00", "<": "9999-12-31T23:59:59"}[sign]
    taken = f"({judged('taken')} || substr('{rest}', length({judged('taken')}) + 1))"
    if not isinstance(bound, datetime) or not bound.tzinfo:
        return f"{taken} {sign} ?", (bound.isoformat(),)
    clock, there = bound.replace(tzinfo=None), bound.astimezone(UTC).replace(tzinfo=None)
    own = f"datetime({taken} || {zone})"
    sql = f"CASE WHEN {zone} IS NULL THEN {taken} {sign} ? ELSE {own} {sign} ? END"
    return sql, (clock.isoformat(), there.isoformat(" ", "seconds"))


def _comparable(number: int | None) -> int | None:
    return None if number is None else min(number, LARGEST)


def cameras(db: sqlite3.Connection, part: str) -> tuple[str, ...]:
    """Return the cameras of the collection whose name holds this part, however spelt."""
    every = db.execute("SELECT DISTINCT camera FROM pictures WHERE camera IS NOT NULL")
    return tuple(camera for (camera,) in every if plain(part) in plain(camera))


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def tags(db: sqlite3.Connection, asked: str) -> Iterator[tuple[str, ...]]:
    """Return the spellings of a tag; of a path such as Places/Norway, those of each level."""
    known: dict[str, list[str]] = {}
    for (tag,) in db.execute("SELECT DISTINCT tag FROM tags"):
        known.setdefault(_bare(tag), []).append(tag)
    levels = [asked] if _bare(asked) in known else re.split(r"[|/]", asked)
    for level in levels:
        yield tuple(known.get(_bare(level), ()))


def _bare(tag: str) -> str:
    """Return what spellings of a tag share: #beach, as phones write it, is beach."""
    held = plain(tag)
    return held.lstrip("# ") or held
