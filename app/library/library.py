"""The collections in the home folder: which there are, and opening one by name."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.lock import MigrationLock, WriterLock
from retrievers.encoder import Encoder
from retrievers.files.home import dialens_home
from retrievers.files.spelling import on_disk
from retrievers.search.searcher import Approximate, Searcher
from retrievers.text.lettering import named

DEFAULT = "DIALENS_COLLECTION"
LONGEST = 100  # letters in a name
_BYTES = 200  # of them, at most, that every disk takes for a folder's name
_MARKS = "_ .@+-"
NAME = "a collection's name"


class OpenCollection(NamedTuple):
    """A collection with the encoder its vectors came from."""

    collection: Collection
    encoder: Encoder

    def searcher(self, *, approximate: bool | Approximate = False) -> Searcher:
        """Return what searches just those vectors, also when the collection moves to others."""
        return Searcher(
            self.collection,
            self.encoder,
            approximate=approximate,
            pictures_by=self.encoder.name,
        )


def collections_folder() -> Path:
    """Return the folder that holds one folder per collection; it may not exist."""
    return dialens_home() / "collections"


def names() -> list[str]:
    """Return the collections' names in order.

    Raises:
        NotADirectoryError: a file lies where their folder must be.
    """
    with suppress(FileNotFoundError, PermissionError), os.scandir(collections_folder()):
        pass
    return sorted(path.name for path in collections_folder().glob("*/") if _is_one(path))


def _is_one(folder: Path) -> bool:
    try:
        (folder / "records.db").lstat()
    except PermissionError:
        return True  # and what is said when it is opened tells why it can't be
    except OSError:
        return False
    return True


@contextmanager
def checked(name: str) -> Iterator[Collection]:
    """Open a collection to say what it holds, if all that a search needs of it is there.

    Raises:
        CollectionError: it cannot be read; the line names the remedy.
    """
    with closing(Collection.open(locate(name))) as collection:
        len(collection), collection.vectors()
        yield collection


def faults() -> dict[str, str]:
    """Return the collections that cannot be read, and why, with the remedy.

    One whose files have not changed since it was looked at is not opened again.
    """
    return {name: told for name in names() if (told := _fault(name, _files_of(name)))}


def _files_of(name: str) -> frozenset[tuple[str, int, int, int]]:
    """Return what changes when a file of a collection is written, replaced or forbidden."""
    folder, found = collections_folder() / name, set[tuple[str, int, int, int]]()
    with suppress(OSError), os.scandir(folder) as entries:
        for one in entries:
            if not one.name.endswith(("-shm", "-wal")):  # they come and go with readers
                now = one.stat(follow_symlinks=False)
                found.add((one.path, now.st_ino, now.st_size, now.st_ctime_ns))
    with suppress(OSError):
        found.add((str(folder), folder.stat().st_ino, folder.stat().st_mode, 0))
    return frozenset(found)


@lru_cache(maxsize=1000)
def _fault(name: str, files: frozenset[tuple[str, int, int, int]]) -> str:
    """Return why a collection of just these files cannot be read; empty if it can."""
    try:
        with checked(name):
            return ""
    except CollectionError as error:
        return " ".join(str(error).split())


def locate(name: str | None) -> Path:
    """Return the folder of the collection of that name, or of the only one there is.

    Raises:
        ValueError: there is no such collection, or no name is given and there are several.
    """
    known, name = names(), name or os.environ.get(DEFAULT)
    if not known:
        raise ValueError("there is no collection yet; make one with: dialens index FOLDER")
    if name is None and len(known) > 1:
        raise ValueError(
            f"there are several collections: {', '.join(known)}; name one with -c NAME or {DEFAULT}"
        )
    composed = {normalize("NFC", one): one for one in known}
    found = name if name in known else composed.get(normalize("NFC", name or known[0]))
    if found is None:
        raise ValueError(f"no collection {name!r}; there are {', '.join(known)}")
    return collections_folder() / found


def delete(name: str) -> None:
    """Delete a collection's own folder; the pictures stay.

    Raises:
        CollectionBusy: it is being written to.
        ValueError: there is no such collection.
    """
    folder = locate(name)
    locks: list[WriterLock] = [MigrationLock(folder)]
    try:  # never under the feet of who encodes or writes
        locks.append(WriterLock(folder))
        shutil.rmtree(folder)
    finally:
        for lock in locks:
            lock.release()


def place(name: str) -> Path:
    """Return where a collection of that name lies or would lie.

    Raises:
        ValueError: the name cannot be a folder's.
    """
    composed = normalize("NFC", name)
    letters = composed == named(composed, _MARKS) and composed[:1] not in ("", *" .@+-")
    if not (letters and len(composed) <= LONGEST and name == name.strip()):
        rule = f"must be 1 to {LONGEST} letters, digits, spaces and .@+-_, a letter or digit first"
        raise ValueError(f"{NAME} {rule}; got {name!r}")
    return on_disk(collections_folder() / composed)


def name_for(root: Path) -> str:
    """Return a collection's name made of the folder's."""
    name = named(root.name, _MARKS).strip(" .-@+")[:LONGEST]
    return name.encode()[:_BYTES].decode(errors="ignore") or "pictures"
