"""One writer per collection. The kernel drops the lock with the process, so a kill leaves none."""

import os
from pathlib import Path
from typing import IO

from retrievers.collection.storage.errors import CollectionBusy

try:
    import fcntl
except ImportError:  # Windows; the lock there was not run here
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
else:

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class WriterLock:
    """Hold `<folder>/writer.lock` until `release`.

    Raises:
        CollectionBusy: another process holds it; the message names its process id.
    """

    file, deed = "writer.lock", "written"

    def __init__(self, folder: Path) -> None:
        self._file = (folder / self.file).open("a+", encoding="ascii")
        try:
            _lock(self._file)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise CollectionBusy(
                f"collection {folder.name!r} is being {self.deed} by process {holder}; "
                "wait until it is done, or stop it"
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let others write."""
        self._file.close()


class MigrationLock(WriterLock):
    """Likewise `<folder>/migration.lock`: only one encodes anew, while others may write.

    Who needs both takes this one first.
    """

    file, deed = "migration.lock", "migrated"
