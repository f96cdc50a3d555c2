"""Which rows of a collection meet the filters of a query, decided before any vector is compared."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.store import Store
from retrievers.pictures.globs import compile_globs
from retrievers.query import Filters

SQUARE = 0.02  # how far from 1:1 the sides of a square may be
LARGEST = 2**63 - 1  # that SQLite can compare with


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
    if filters.paths or filters.not_paths:
        mask &= _on_paths(store, filters, rows)
    return mask


def _conditions(store: Store, filters: Filters) -> Iterator[tuple[str, tuple[object, ...]]]:
    if filters.after:
        yield "taken >= ?", (filters.after.isoformat(),)
    if filters.before:
        yield "taken < ?", (filters.before.isoformat(),)
    if filters.min_pixels is not None:
        yield "width * height >= ?", (min(filters.min_pixels, LARGEST),)
    if filters.max_pixels is not None:
        yield "width * height <= ?", (min(filters.max_pixels, LARGEST),)
    if filters.camera is not None:
        cameras = _cameras(store, filters.camera)
        yield f"camera IN ({','.join('?' * len(cameras))})", cameras
    for tag in filters.tags:
        printable = tag.encode("utf-8", "replace").decode()
        yield "row IN (SELECT row FROM tags WHERE tag = ?)", (printable,)
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


def _cameras(store: Store, part: str) -> tuple[str, ...]:
    """Return the cameras of the collection whose name holds this part, in any script and case."""
    every = store.db.execute("SELECT DISTINCT camera FROM pictures WHERE camera IS NOT NULL")
    return tuple(camera for (camera,) in every if part.casefold() in camera.casefold())


def _on_paths(store: Store, filters: Filters, rows: int) -> NDArray[np.bool_]:
    wanted = [pattern for glob in filters.paths if (pattern := compile_globs([glob]))]
    unwanted = compile_globs(filters.not_paths)
    mask = np.zeros(rows, dtype=np.bool_)
    for row, below in store.db.execute("SELECT row, below FROM files"):
        if (
            row < rows
            and all(pattern.fullmatch(below) for pattern in wanted)
            and not (unwanted and unwanted.fullmatch(below))
        ):
            mask[row] = True
    return mask
