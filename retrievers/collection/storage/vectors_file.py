"""The vectors of one generation: a file of rows that only ever grows.

A row counts once a committed record points at it; whatever a kill left behind the last committed
row is written over by the next append.
"""

import os
from pathlib import Path

import numpy as np

from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.vector_forms import (
    SUFFIX,
    Form,
    PackedVectors,
    StoredVectors,
    packed,
    row_bytes,
    row_type,
)
from retrievers.encoder import Vectors

LONGEST = 1_000_000  # numbers in a vector


def vectors_path(folder: Path, generation: int, form: Form = "float32") -> Path:
    """Return the file of a generation."""
    return folder / f"vectors-{generation}.{SUFFIX[form]}"


def map_rows(path: Path, rows: int, dim: int, form: Form = "float32") -> StoredVectors:
    """Map the first `rows` rows read-only: [rows, dim].

    Raises:
        CollectionError: the file is missing or shorter than that.
    """
    if rows == 0:
        return np.zeros((0, dim), dtype=np.float32)
    if (held := rows_held(path, dim, form)) < rows:
        raise CollectionError(
            f"{path} holds {held} of {rows} vectors; run `dialens doctor {path.parent.name}`"
        )
    kind = row_type(form, dim)
    if kind.subdtype is None:
        return PackedVectors(np.memmap(path, dtype=kind, mode="r", shape=(rows,)), form, dim)
    mapped: Vectors = np.memmap(path, dtype=kind.base, mode="r", shape=(rows, dim))
    return mapped if form == "float32" else PackedVectors(mapped, form, dim)


def rows_held(path: Path, dim: int, form: Form = "float32") -> int:
    """Return how many whole rows the file holds; none if it is not there."""
    return path.stat().st_size // row_bytes(form, dim) if path.exists() else 0


def append_rows(path: Path, at: int, vectors: Vectors, form: Form = "float32") -> None:
    """Write `vectors` [n, dim] from row `at` on, and return when they are on the disk.

    Raises:
        CollectionError: they cannot be written.
    """
    append_bytes(path, at * row_bytes(form, vectors.shape[1]), packed(form, vectors))


def append_bytes(path: Path, at: int, data: bytes) -> None:
    """Write from a byte on, likewise.

    Raises:
        CollectionError: they cannot be written.
    """
    try:
        path.touch()
        with path.open("r+b") as file:
            file.seek(at)
            file.write(data)
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
