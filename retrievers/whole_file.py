"""A file that is written whole or not at all: aside, then renamed over the old one."""

import os
from pathlib import Path


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
