"""The one error of reading pictures: which file or folder, and why, in one plain line."""

import errno
import os
from pathlib import Path

REASONS = {
    errno.ENOENT: "there is no such file",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ELOOP: "a symbolic link that leads back to itself",
    errno.EISDIR: "a folder, not a file",
    errno.ENOTDIR: "part of its path is not a folder",
    errno.ENAMETOOLONG: "its name is too long",
    errno.EIO: "the disk or network drive failed while reading it",
    errno.ESTALE: "the network drive lost it",
    errno.EMFILE: "too many files are open",
}


class UnreadablePicture(Exception):  # noqa: N818 - reads as what it is
    """A file that cannot be read as a picture, or a folder that cannot be listed.

    Attributes:
        path: the file or folder.
        reason: one line, without the path.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{printable_path(self.path)}: {self.reason}"


def printable_path(path: Path | str) -> str:
    """Write a path on one line, with what cannot be printed as an escape."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def reason_of(error: OSError) -> str:
    """Say in one plain line what the operating system refused."""
    if error.errno in REASONS:
        return REASONS[error.errno]
    return " ".join((error.strerror or str(error) or type(error).__name__).split()).lower()


def reason_for_path(path: Path | str, error: OSError) -> str:
    """Like `reason_of`, and tells a link to nothing from a file that is gone."""
    if error.errno == errno.ENOENT and Path(path).is_symlink():
        return "a symbolic link to a file that does not exist"
    if error.errno == errno.ENOENT and (place := away(Path(path))):
        drive = f"the drive at {printable_path(place)} is not mounted, or all in it is gone"
        return f"{REASONS[errno.ENOENT]}; away: {drive}"
    return reason_of(error)


def away(path: Path) -> Path | None:
    """Return where a drive is missing that a file may be on: no folder, an empty one, a dead link.

    None where other things lie beside the file's place: then it is the file that is gone.
    """
    found = None
    for folder in path.parents:
        if not _is_bare(folder):
            break
        found = folder
    return found


def _is_bare(folder: Path) -> bool:
    try:
        with os.scandir(folder) as inside:
            return all(entry.name.startswith(".") for entry in inside)
    except OSError as error:
        return error.errno != errno.EACCES
    except ValueError:  # a NUL in its name
        return False
