"""Which trained adapter a collection is searched with, unless another is named; and the way back.

`tuned/1`, `tuned/2` ... lie below the collection; `tuned/active` holds the number in force.
"""

import shutil
from pathlib import Path

from retrievers.collection.collection import Collection
from retrievers.files.regular_file import read_regular

FOLDER, ACTIVE = "tuned", "active"


def active_adapter(collection: Collection) -> Path | None:
    """Return the adapter in force, if there is one."""
    number = _number(collection)
    return collection.folder / FOLDER / str(number) if number else None


def put_into_force(collection: Collection, made: Path) -> Path:
    """Move a new adapter below the collection and search with it from now on."""
    number = max(_known(collection), default=0) + 1
    place = collection.folder / FOLDER / str(number)
    place.parent.mkdir(exist_ok=True)
    shutil.move(made, place)
    _set(collection, number)
    return place


def roll_back(collection: Collection) -> Path | None:
    """Return to the adapter before the one in force, or to none; the one given up is removed."""
    number = _number(collection)
    if not number:
        return None
    before = max((one for one in _known(collection) if one < number), default=0)
    _set(collection, before)
    shutil.rmtree(collection.folder / FOLDER / str(number), ignore_errors=True)
    return active_adapter(collection)


def _number(collection: Collection) -> int:
    path = collection.folder / FOLDER / ACTIVE
    text = read_regular(path, 100).decode(errors="replace").strip() if path.is_file() else ""
    number = int(text) if text.isdigit() else 0
    return number if number in _known(collection) else 0


def _known(collection: Collection) -> list[int]:
    folder = collection.folder / FOLDER
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(int(one.name) for one in found if one.name.isdigit())


def _set(collection: Collection, number: int) -> None:
    path = collection.folder / FOLDER / ACTIVE
    partial = path.with_name(".partial-active")
    partial.write_text(f"{number}\n", encoding="utf-8")
    partial.replace(path)
