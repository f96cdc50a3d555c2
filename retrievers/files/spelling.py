"""Files named by people, found under the name that the disk has for them.

Some disks and programs write é as one character (NFC), others as e and an accent (NFD); a person
sees no difference and types either. The disk's own bytes open the file. Tables come from other
machines, too: with the case, the strokes or the addresses that files had there.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from retrievers.text.lettering import folded


def on_disk(path: Path) -> Path:
    """Return the path as the disk spells it; a path that is not there comes back as it is."""
    if str(path).isascii() or os.path.lexists(path) or path.parent == path:
        return path
    parent = on_disk(path.parent)
    try:
        listed = _listed(parent, parent.stat().st_mtime_ns)
    except OSError:
        return path
    return parent / listed.get(normalize("NFC", path.name), path.name)


@lru_cache(64)
def _listed(folder: Path, changed: int) -> dict[str, str]:
    names = (path.name for path in folder.iterdir())
    return {normalize("NFC", name): name for name in names if not name.isascii()}


def file_named(folder: Path, name: str) -> Path:
    """Return the file below a folder that a table names; where none is, the path that it says.

    A name may be as Windows writes it, a `file:` address, or escaped as in one; it may differ in
    case from a file if it does so from one alone.
    """
    told = [Path(os.path.normpath(folder / one)) for one in _readings(name)]
    for path in map(on_disk, told):
        if path.is_file():
            return path
    for path in told:
        if len(same := but_for_case(folder, path)) == 1 and same[0].is_file():
            return same[0]
    return on_disk(told[-1])


def _readings(name: str) -> Iterator[str]:
    yield name
    if "\\" in name:
        yield name.replace("\\", "/")
    if name[:5].lower() == "file:":
        at = urlsplit(name.replace("#", "%23").replace("?", "%3F"))
        host = "" if at.netloc.lower() == "localhost" else at.netloc
        name = f"{host}{at.path}"
        yield name
    if "%" in name:
        yield unquote(name, errors="surrogateescape")


def but_for_case(folder: Path, path: Path) -> Sequence[Path]:
    """Return the paths below a folder that are spelled like one, but for the case of letters."""
    try:
        parts = path.relative_to(os.path.normpath(folder)).parts
    except ValueError:
        return ()
    found = [on_disk(folder)]
    for part in parts:
        found = [one / name for one in found for name in _cases_of(one).get(folded(part), ())]
    return found


def _cases_of(folder: Path) -> Mapping[str, Sequence[str]]:
    try:
        return _cases(folder, folder.stat().st_mtime_ns)
    except OSError:
        return {}


@lru_cache(64)
def _cases(folder: Path, changed: int) -> Mapping[str, Sequence[str]]:
    held: dict[str, list[str]] = {}
    for name in os.listdir(folder):  # noqa: PTH208 - names alone are a fifth of the time
        held.setdefault(folded(name), []).append(name)
    return held
