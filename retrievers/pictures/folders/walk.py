"""Find the picture files below a folder, by suffix, in an order that is always the same."""

import os
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from retrievers.pictures.files.file_bytes import special_name
from retrievers.pictures.files.unreadable import UnreadablePicture, reason_for_path, reason_of
from retrievers.pictures.folders.globs import Globs, compile_globs
from retrievers.pictures.folders.unopened import REMEDIES
from retrievers.pictures.metadata.sidecars import ENDINGS, OnFailure, Sidecars
from retrievers.text.lettering import cleaned

SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".jfi", ".jif", ".pjpeg", ".pjp", ".mpo", ".jps"),
    *(".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
    *(".heic", ".heif", ".hif", ".heics", ".heifs", ".avif", ".avifs"),
    *(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm"),
)
SKIPPED_FOLDERS = {
    *("node_modules", "__pycache__", "__macosx", "@eadir", "#recycle", "#snapshot"),
    *("$recycle.bin", "system volume information", "lost+found"),
}

LEADS_OUT = "a link out of the folder; `dialens index FOLDER --follow-links` takes where it leads"

Entry = os.DirEntry[str]
Place = tuple[Entry, str]  # a folder, and its path below the root with a final slash
OnOther = Callable[[str], None]
ShouldStop = Callable[[], bool]


class Sidecar(NamedTuple):
    """A file beside a picture that speaks of it."""

    path: Path
    size: int
    mtime_ns: int
    ctime_ns: int  # which programs cannot set that keep the time of the last change


class FoundFile(NamedTuple):
    """A file with a picture's suffix; whether it is one, only reading it tells.

    Attributes:
        path: absolute if the root is.
        below: the path below the root, with `/`, undecodable bytes as U+FFFD.
        size: bytes.
        mtime_ns: when it was last changed.
        beside: files that speak of it, each with its size and when it was last changed.
    """

    path: Path
    below: str
    size: int
    mtime_ns: int
    beside: tuple[Sidecar, ...] = ()


def find_pictures(
    root: Path,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    hidden: bool = False,
    follow_links: bool = False,
    on_failure: OnFailure = lambda failure: None,
    on_other: OnOther = lambda end: None,
    on_idle: OnOther = lambda glob: None,
    should_stop: ShouldStop = lambda: False,
) -> Iterator[FoundFile]:
    """Yield the picture files below `root`: each folder's files by name, then its folders.

    Links are followed that stay below the root; links to folders come last, and no folder is
    entered twice. Names that start with a dot, and folders of thumbnails, trash and packages, are
    left out.

    Args:
        root: the folder to look into.
        include: globs, of which a file must match one; see `retrievers.pictures.folders.globs`.
        exclude: globs that no file or folder may match.
        hidden: look into those left out by default, too.
        follow_links: follow also links that lead out of the root.
        on_failure: told of every folder that cannot be listed, of every thing with a picture's
            suffix that is no regular file or a link to nothing, and of links that are not followed;
            the walk goes on.
        on_other: told the end of the name of every file of a kind that is not opened here.
        on_idle: told at the end of every glob that matched nothing that was looked at.
        should_stop: asked at every name; once it says yes, it must go on saying so.

    Raises:
        UnreadablePicture: the root itself cannot be listed.
        ValueError: a glob is empty.
    """
    globs = compile_globs(include, root), compile_globs(exclude, root)
    idle = {glob: Globs([glob], root) for glob in (*include, *exclude)}
    inside = None if follow_links else Path(os.path.realpath(root))
    wanted = _Wanted(*globs, idle, hidden=hidden, inside=inside, on_other=on_other)
    try:
        entries = _listed(os.fspath(root), should_stop)
    except OSError as error:
        raise UnreadablePicture(root, _root_reason(error)) from error
    files = _walk(entries, wanted, set(_identities_above(root)), on_failure, should_stop)
    return _then_idle(files, idle, on_idle, should_stop)


def _then_idle(
    files: Iterator[FoundFile], idle: Collection[str], on_idle: OnOther, should_stop: ShouldStop
) -> Iterator[FoundFile]:
    yield from files
    for glob in () if should_stop() else idle:
        on_idle(glob)


def is_passed_over(name: str) -> bool:
    """Whether a file or folder of this name is left out by default."""
    return name[0] == "." or name.lower() in SKIPPED_FOLDERS


def _root_reason(error: OSError) -> str:
    plain = {FileNotFoundError: "there is no such folder", NotADirectoryError: "not a folder"}
    return plain.get(type(error)) or reason_of(error)


def _identities_above(root: Path) -> Iterator[tuple[int, int]]:
    """Identify the root and the folders above it: a link to one of them is a loop."""
    real = Path(os.path.realpath(root))
    for folder in (real, *real.parents):
        with suppress(OSError):
            status = folder.stat()
            yield status.st_dev, status.st_ino


def _listed(folder: str, should_stop: ShouldStop) -> list[Entry]:
    with os.scandir(folder) as entries:
        listed = takewhile(lambda entry: not should_stop(), entries)
        return sorted(listed, key=lambda entry: entry.name)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which names are looked at."""

    include: Globs | None
    exclude: Globs | None
    idle: dict[str, Globs]
    hidden: bool
    inside: Path | None  # where links may lead; None: anywhere
    on_other: OnOther

    def leaves_out(self, name: str, below: str) -> bool:
        for glob in [glob for glob, one in self.idle.items() if one.fullmatch(below)]:
            del self.idle[glob]
        if not self.hidden and is_passed_over(name):
            return True
        return self.exclude is not None and self.exclude.fullmatch(below)

    def follows(self, entry: Entry) -> bool:
        """Whether what the entry leads to is looked at."""
        if self.inside is None or not entry.is_symlink():
            return True
        return Path(os.path.realpath(entry.path)).is_relative_to(self.inside)

    def takes_file(self, name: str, below: str) -> bool:
        _, dot, last = name.rpartition(".")
        end = dot + last.lower()
        if end not in SUFFIXES and end not in REMEDIES:
            return False
        if self.include is not None and not self.include.fullmatch(below):
            return False
        if end in REMEDIES:
            self.on_other(end)
        return end in SUFFIXES


def _walk(
    entries: list[Entry],
    wanted: _Wanted,
    seen: set[tuple[int, int]],
    on_failure: OnFailure,
    should_stop: ShouldStop,
) -> Iterator[FoundFile]:
    folders: list[Place] = []  # a stack: the next one is the last
    links: list[Place] = []
    prefix = ""
    while True:
        beside = _Beside(entries, wanted)
        inner: list[Place] = []
        outer: list[Place] = []
        for entry in entries:
            if should_stop():
                return
            below = prefix + cleaned(entry.name)
            if wanted.leaves_out(entry.name, below):
                continue
            is_folder = _is_folder(entry)
            if not (is_folder or wanted.takes_file(entry.name, below)):
                continue
            if not wanted.follows(entry):
                on_failure(UnreadablePicture(Path(entry.path), LEADS_OUT))
            elif is_folder:
                (outer if entry.is_symlink() else inner).append((entry, below + "/"))
            elif found := _found(entry, below, beside, on_failure):
                yield found
        folders += reversed(inner)
        links = [*reversed(outer), *links]
        if not (folders or links) or should_stop():
            return
        folder, prefix = (folders or links).pop()
        entries = _enter(folder, seen, on_failure, should_stop)


def _enter(
    folder: Entry, seen: set[tuple[int, int]], on_failure: OnFailure, should_stop: ShouldStop
) -> list[Entry]:
    """List a folder, unless it was listed before."""
    try:
        status = folder.stat()
        if (identity := (status.st_dev, status.st_ino)) in seen:
            return []
        entries = _listed(folder.path, should_stop)
    except OSError as error:
        on_failure(UnreadablePicture(Path(folder.path), reason_for_path(folder.path, error)))
        return []
    seen.add(identity)
    return entries


def _is_folder(entry: Entry) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _found(entry: Entry, below: str, beside: "_Beside", on_failure: OnFailure) -> FoundFile | None:
    path = Path(entry.path)
    try:
        status = entry.stat()
    except OSError as error:
        on_failure(UnreadablePicture(path, reason_for_path(path, error)))
        return None
    if not stat.S_ISREG(status.st_mode):
        kind = special_name(status.st_mode)
        on_failure(UnreadablePicture(path, f"not a regular file but a {kind}"))
        return None
    said = tuple(beside.of(entry.name))
    return FoundFile(path, below, status.st_size, status.st_mtime_ns, said)


class _Beside:
    """The files of a folder that speak of its pictures."""

    def __init__(self, entries: Sequence[Entry], wanted: _Wanted) -> None:
        self._entries = {
            one.name: one
            for one in entries
            if one.name.lower().endswith(ENDINGS) and wanted.follows(one)
        }
        self._names = Sidecars(self._entries)

    def of(self, picture: str) -> Iterator[Sidecar]:
        for name in self._names.of(picture):
            with suppress(OSError):
                status = self._entries[name].stat()
                path, times = (
                    Path(self._entries[name].path),
                    (status.st_mtime_ns, status.st_ctime_ns),
                )
                yield Sidecar(path, status.st_size, *times)
