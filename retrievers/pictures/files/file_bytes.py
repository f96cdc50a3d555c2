"""The bytes of a regular file, read once; never waits on a pipe, a socket or a device."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from retrievers.pictures.files.unreadable import UnreadablePicture, reason_for_path

MAX_BYTES = 1 << 30
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class FileBytes:
    """What a file held. `mtime_ns` is from before the reading, so a later change shows."""

    data: bytes
    mtime_ns: int


def read_bytes(path: Path, *, most: int = MAX_BYTES) -> FileBytes:
    """Read a file whole.

    Args:
        path: the file.
        most: bytes that it may have.

    Raises:
        UnreadablePicture: it is gone, forbidden, empty, no regular file, or too large.
    """
    try:
        require_regular(path, path.stat(), most)
        with open(os.open(path, FLAGS), "rb") as file:  # noqa: PTH123 - flags
            status = os.fstat(file.fileno())
            require_regular(path, status, most)
            data = file.read(status.st_size + 1)  # bounded, whatever the file becomes meanwhile
    except OSError as error:
        raise UnreadablePicture(path, reason_for_path(path, error)) from error
    except ValueError as error:  # a NUL in the name
        raise UnreadablePicture(path, "its name is not a valid path") from error
    if not data:
        raise UnreadablePicture(path, "the file is empty (0 bytes)")
    return FileBytes(data, status.st_mtime_ns)


def require_regular(path: Path, status: os.stat_result, most: int = MAX_BYTES) -> None:
    """Refuse whatever is not a plain file of a reasonable size."""
    if not stat.S_ISREG(status.st_mode):
        raise UnreadablePicture(path, f"not a regular file but a {special_name(status.st_mode)}")
    if status.st_size > most:
        size, limit = f"{status.st_size / (1 << 30):.1f} GiB", f"{most / (1 << 30):.3g} GiB"
        raise UnreadablePicture(path, f"too large: the file has {size}; the limit is {limit}")


def special_name(mode: int) -> str:
    """Name the kind of a thing that is not a regular file."""
    kinds = {
        stat.S_IFDIR: "folder",
        stat.S_IFIFO: "named pipe",
        stat.S_IFSOCK: "socket",
        stat.S_IFCHR: "device",
        stat.S_IFBLK: "device",
    }
    return kinds.get(stat.S_IFMT(mode), "special file")
