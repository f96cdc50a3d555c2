"""A file on its way to being whole has another name until then; it tells what a kill left."""

import os
from pathlib import Path
from threading import get_ident

MARK = ".partial-"
_FORMER = ("index-*-hnsw.[0-9]*", ".absence.npz.[0-9]*", "blip2/**/*.partial")
"""Names that earlier releases gave them."""


def unfinished(path: Path) -> Path:
    """Return where to write what `replace` then makes `path` of."""
    return path.with_name(f"{MARK}{os.getpid()}-{get_ident()}-{path.name}")


def left_unfinished(folder: Path) -> set[Path]:
    """Return what lies in a collection's folder and below it, and was never finished."""
    return {path for name in (f"**/{MARK}*", *_FORMER) for path in folder.glob(name)}
