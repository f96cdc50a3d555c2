"""Which trained adapter a collection is searched with, unless another is named; and the way back.

`tuned/1`, `tuned/2` ... lie below the collection; `tuned/active` holds the number in force.
"""

import shutil
from pathlib import Path

from retrievers.collection.collection import Store
from retrievers.files.regular_file import read_regular

FOLDER, ACTIVE = "tuned", "active"


def active_adapter(store: Store) -> Path | None:
    """Return the adapter in force, if there is one."""
    number = _number(store)
    return store.folder / FOLDER / str(number) if number else None


def put_into_force(store: Store, made: Path) -> Path:
    """Move a new adapter below the collection and search with it from now on."""
    number = max(_known(store), default=0) + 1
    place = store.folder / FOLDER / str(number)
    place.parent.mkdir(exist_ok=True)
    shutil.move(made, place)
    _set(store, number)
    return place


def roll_back(store: Store) -> Path | None:
    """Return to the adapter before the one in force, or to none; the one given up is removed."""
    number = _number(store)
    if not number:
        return None
    before = max((one for one in _known(store) if one < number), default=0)
    _set(store, before)
    shutil.rmtree(store.folder / FOLDER / str(number), ignore_errors=True)
    return active_adapter(store)


def _number(store: Store) -> int:
    path = store.folder / FOLDER / ACTIVE
    text = read_regular(path, 100).decode(errors="replace").strip() if path.is_file() else ""
    number = int(text) if text.isdigit() else 0
    return number if number in _known(store) else 0


def _known(store: Store) -> list[int]:
    folder = store.folder / FOLDER
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(int(one.name) for one in found if one.name.isdigit())


def _set(store: Store, number: int) -> None:
    path = store.folder / FOLDER / ACTIVE
    partial = path.with_name(".partial-active")
    partial.write_text(f"{number}\n", encoding="utf-8")
    partial.replace(path)
