"""Where other drives and shares begin inside a folder: what is not there now may only be away.

An unplugged drive leaves an empty folder, a link to nothing, or no folder at all. None of them says
that somebody deleted the pictures, so the boundaries are remembered with the collection.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Literal

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.records_file import set_facts
from retrievers.pictures.folders.walk import is_passed_over

Boundaries = Mapping[str, Literal["drive", "link"]]
"""Folders by path: another device begins there, or a link leads elsewhere on the same one."""

_FACT = "boundaries"
_MOUNTS = Path("/proc/self/mountinfo")


def remembered(collection: Collection, root: Path) -> Boundaries:
    """Return the boundaries below a folder that were there when it was last synced."""
    found: Boundaries = _all(collection).get(str(root), {})
    return found


def remember(collection: Collection, root: Path, boundaries: Boundaries) -> None:
    """Keep them for the next sync."""
    every = _all(collection)
    if boundaries != every.get(str(root), {}):
        set_facts(collection.db, {_FACT: json.dumps({**every, str(root): dict(boundaries)})})


def standing(root: Path, files: Iterable[Path]) -> Boundaries:
    """Return the boundaries on the ways from a folder to its files."""
    mounts, found = _mounts(), dict[str, Literal["drive", "link"]]()
    if _is_on_drive(str(root), mounts):
        found[str(root)] = "drive"
    for folder in _between(str(root), files):
        if _is_drive(folder, mounts):
            found[folder] = "drive"
        elif Path(folder).is_symlink():
            found[folder] = "link"
    return found


def away(boundaries: Boundaries, root: Path) -> list[str]:
    """Return those behind which nothing is to be seen now.

    A link that was removed is no such thing: somebody did that.
    """
    mounts = _mounts()
    return [
        folder
        for folder, kind in boundaries.items()
        if (
            kind == "drive"
            and not (_is_on_drive if folder == str(root) else _is_drive)(folder, mounts)
        )
        or (os.path.lexists(folder) and is_empty(folder))
    ]


def _all(collection: Collection) -> dict[str, Boundaries]:
    try:
        return dict(json.loads(collection.fact(_FACT)))
    except (CollectionError, ValueError):  # it never had any
        return {}


def _between(root: str, files: Iterable[Path]) -> set[str]:
    """Return every folder below the root that one of the files is in."""
    found: set[str] = set()
    for folder in {os.path.dirname(file) for file in files}:  # noqa: PTH120 - ten times as fast
        while len(folder) > len(root) and folder not in found:
            found.add(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120
    return found


def _is_drive(folder: str, mounts: frozenset[str]) -> bool:
    """Whether another device begins here, or another part of one is mounted here."""
    try:
        own, outer = os.stat(folder), os.stat(os.path.dirname(folder))  # noqa: PTH116, PTH120
    except OSError:
        return False
    return own.st_dev != outer.st_dev or folder in mounts


def _is_on_drive(root: str, mounts: frozenset[str]) -> bool:
    """Whether a folder is a drive's, or in one that is not the system's own."""
    usual = (Path(root).anchor, Path.home(), gettempdir())
    try:
        own = os.stat(root).st_dev  # noqa: PTH116
        return root in mounts or all(os.stat(one).st_dev != own for one in usual)  # noqa: PTH116
    except OSError:
        return False


def is_empty(folder: str | Path) -> bool:
    """Whether nothing is to be seen in a folder, or there is none."""
    try:
        return all(is_passed_over(name) for name in os.listdir(folder))  # noqa: PTH208
    except OSError:
        return True


def _mounts() -> frozenset[str]:
    """Return where something is mounted, bind mounts among them, if the system says so."""
    lines: list[bytes] = []
    with suppress(OSError):
        lines = _MOUNTS.read_bytes().splitlines()
    return frozenset(os.fsdecode(_plain(line.split()[4])) for line in lines)


def _plain(escaped: bytes) -> bytes:
    return re.sub(rb"\\(\d{3})", lambda digits: bytes([int(digits[1], 8)]), escaped)
