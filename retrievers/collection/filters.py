"""Which rows of a collection meet the filters of a query, decided before any vector is compared."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.settling import judged
from retrievers.collection.store import Store
from retrievers.lettering import plain
from retrievers.pictures.globs import Globs
from retrievers.query import Fact, Filters

SQUARE = 0.02  # how far from 1:1 the sides of a square may be
Place = Callable[[bytes, str], bool]
LARGEST = 2**63 - 1  # that SQLite can compare with
_LACKING: dict[Fact, str] = {
    "date": f"{judged('taken')} IS NULL",
    "tags": "row NOT IN (SELECT row FROM tags)",
    "rating": "(rating IS NULL OR rating = 0)",
    "camera": "camera IS NULL",
}


def meeting(store: Store, filters: Filters) -> NDArray[np.bool_] | None:
    """Return a mask over the rows, or None if the filters ask nothing.

    A picture with several files meets the path filters if one of its files does.

    Raises:
        ValueError: a path filter is no glob.
    """
    if filters == Filters():
        return None
    _, rows = store.extent()
    mask = np.zeros(rows, dtype=np.bool_)
    conditions = [("row < ?", (rows,)), *_conditions(store, filters)]
    where = " AND ".join(condition for condition, _ in conditions)
    values = [value for _, some in conditions for value in some]
    found = store.db.execute(f"SELECT row FROM pictures WHERE {where}", values)
    mask[[row for (row,) in found]] = True
    if (meets := place(filters)) is not None:
        mask &= _with_file(store, meets, rows)
    for one in filters.unless:
        if (out := meeting(store, one)) is not None:
            mask &= ~out
    for group in filters.one_of:
        met = [meeting(store, one) for one in group]
        if not any(one is None for one in met):
            mask &= np.any([one for one in met if one is not None], axis=0)
    return mask


def place(filters: Filters) -> Place | None:
    """Return what says of a root and a path below it whether a file there meets the path filters.

    None if they ask nothing.

    Raises:
        ValueError: a path filter is no glob.
    """
    every = [[place(one) for one in group] for group in filters.one_of]
    groups = [[one for one in group if one] for group in every if all(group)]
    if not (filters.paths or filters.not_paths or groups):
        return None
    globs = lru_cache(None)(lambda root: _globs(filters, root))

    def meets(root: bytes, below: str) -> bool:
        wanted, unwanted = globs(root)
        if not all(glob.fullmatch(below) for glob in wanted) or unwanted.fullmatch(below):
            return False
        return all(any(one(root, below) for one in group) for group in groups)

    return meets


def _globs(filters: Filters, root: bytes) -> tuple[list[Globs], Globs]:
    folder = Path(os.fsdecode(root))
    return [Globs([glob], folder) for glob in filters.paths], Globs(filters.not_paths, folder)


def unmatched(store: Store, filters: Filters) -> str:
    """Say in one line which globs match no file of the collection; empty if each matches one."""
    asked = dict.fromkeys((*filters.paths, *filters.not_paths))
    if not asked:
        return ""
    lying = store.db.execute("SELECT root, below FROM files").fetchall()
    met = {glob: place(Filters(paths=(glob,))) for glob in asked}
    idle = [
        glob for glob, meets in met.items() if meets and not any(meets(*file) for file in lying)
    ]
    if not idle:
        return ""
    named = " and ".join(map(repr, idle))
    return f"no file of the collection matches {named}; a glob is below its folder, or absolute"


def _conditions(store: Store, filters: Filters) -> Iterator[tuple[str, tuple[object, ...]]]:
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
    if filters.camera is not None:
        cameras = _cameras(store, filters.camera)
        yield f"camera IN ({_marks(cameras)})", cameras
    for tag in filters.tags:
        for spellings in _tags(store, tag):
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


def _taken(sign: str, bound: date) -> tuple[str, tuple[object, ...]]:
    taken, zone = judged("taken"), judged("zone")
    if not isinstance(bound, datetime) or not bound.tzinfo:
        return f"{taken} {sign} ?", (bound.isoformat(),)
    clock, there = bound.replace(tzinfo=None), bound.astimezone(UTC).replace(tzinfo=None)
    own = f"datetime({taken} || {zone})"
    sql = f"CASE WHEN {zone} IS NULL THEN {taken} {sign} ? ELSE {own} {sign} ? END"
    return sql, (clock.isoformat(), there.isoformat(" ", "seconds"))


def _comparable(number: int | None) -> int | None:
    return None if number is None else min(number, LARGEST)


def _cameras(store: Store, part: str) -> tuple[str, ...]:
    """Return the cameras of the collection whose name holds this part, however spelt."""
    every = store.db.execute("SELECT DISTINCT camera FROM pictures WHERE camera IS NOT NULL")
    return tuple(camera for (camera,) in every if plain(part) in plain(camera))


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _tags(store: Store, asked: str) -> Iterator[tuple[str, ...]]:
    """Return the spellings of a tag; of a path such as Places/Norway, those of each level."""
    known: dict[str, list[str]] = {}
    for (tag,) in store.db.execute("SELECT DISTINCT tag FROM tags"):
        known.setdefault(plain(tag), []).append(tag)
    levels = [asked] if plain(asked) in known else re.split(r"[|/]", asked)
    for level in levels:
        yield tuple(known.get(plain(level), ()))


def _with_file(store: Store, meets: Place, rows: int) -> NDArray[np.bool_]:
    """Return which rows have a file at such a place."""
    mask = np.zeros(rows, dtype=np.bool_)
    files = store.db.execute("SELECT row, root, below FROM files WHERE row < ?", (rows,))
    mask[[row for row, root, below in files if meets(root, below)]] = True
    return mask
