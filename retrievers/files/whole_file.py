"""Files that a kill or a full disk leaves whole: written aside and renamed, or line by line."""

import json
import os
from pathlib import Path
from typing import TextIO

_STEP = 1 << 16


def write_whole(path: Path, data: bytes) -> None:
    """Write a file; what stood there stays if it cannot be written, as on a full disk.

    Raises:
        OSError: it cannot be written.
    """
    target = Path(os.path.realpath(path))  # a link stays one
    partial = target.with_name(f".{target.name[:200]}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def lines_to_add(path: Path) -> TextIO:
    """Open a file of JSON lines to add some; what was cut short at its end is taken away first.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        end = file.seek(0, os.SEEK_END)
        torn = _torn(path, end)
        if torn:
            file.truncate(end - len(torn))
            if _is_json(torn):  # whole, but for its line break
                file.write(torn + b"\n")
    return path.open("a", encoding="utf-8")


def _torn(path: Path, end: int) -> bytes:
    """Return what stands behind the last line break of a file."""
    with path.open("rb") as file:
        for start in range(max(0, end - _STEP), -_STEP, -_STEP):
            file.seek(max(0, start))
            tail = file.read()
            if b"\n" in tail or start <= 0:
                return tail.rpartition(b"\n")[2]
    return b""


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
