"""A file of the home, opened only if it is one: never waits on a pipe, reads no device."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
REMEDY = "move it away"


def open_regular(path: Path) -> BufferedReader:
    """Open a file to be read.

    Raises:
        OSError: it cannot be read, or is a folder, a pipe, a device; `strerror` says so.
    """
    handle = os.open(path, FLAGS)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    raise OSError(errno.EINVAL, f"no regular file; {REMEDY}", str(path))


def read_regular(path: Path, most: int) -> bytes:
    """Return what a file of at most so many bytes holds; raises as `open_regular`."""
    with open_regular(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        said = f"more than the {most / 1e6:.0f} MB that such a file has; {REMEDY}"
        raise OSError(errno.EFBIG, said, str(path))
    return data
