"""The vectors of one generation: a file of float32 rows that only ever grows.

A row counts once a committed record points at it; whatever a kill left behind the last committed
row is written over by the next append.
"""

import os
from pathlib import Path

import numpy as np

from retrievers.collection.storage.errors import CollectionError
from retrievers.encoder import Vectors

LONGEST = 1_000_000  # numbers in a vector


def vectors_path(folder: Path, generation: int) -> Path:
    """Return the file of a generation."""
    return folder / f"vectors-{generation}.f32"


def map_rows(path: Path, rows: int, dim: int) -> Vectors:
    """Map the first `rows` rows read-only: [rows, dim].

    Raises:
        CollectionError: the file is missing or shorter than that.
    """
    if rows == 0:
        return np.zeros((0, dim), dtype=np.float32)
    if (held := rows_held(path, dim)) < rows:
        raise CollectionError(
            f"{path} holds {held} of {rows} vectors; run `dialens doctor {path.parent.name}`"
        )
    mapped: Vectors = np.memmap(path, dtype=np.float32, mode="r", shape=(rows, dim))
    return mapped


def rows_held(path: Path, dim: int) -> int:
    """Return how many whole rows the file holds; none if it is not there."""
    return path.stat().st_size // (4 * dim) if path.exists() else 0


def append_rows(path: Path, at: int, vectors: Vectors) -> None:
    """Write `vectors` [n, dim] from row `at` on, and return when they are on the disk.

    Raises:
        CollectionError: they cannot be written.
    """
    try:
        path.touch()
        with path.open("r+b") as file:
            file.seek(at * vectors.shape[1] * 4)
            file.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CollectionError(
            f"{path} cannot be written ({error.strerror}); what was committed is kept; see whether"
            " its disk is full, then run the same command again"
        ) from error


def sync_folder(folder: Path) -> None:
    """Bring the names of new files onto the disk; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
