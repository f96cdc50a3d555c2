"""What is said of a collection's migrations: one that is unfinished, and the way back."""

from contextlib import suppress
from typing import Any

from app.output.printable import counted, printable, size
from retrievers.collection.collection import Collection
from retrievers.collection.migration.lacking import lacking, live, unfinished
from retrievers.collection.migration.side_files import TARGET
from retrievers.collection.storage.errors import CollectionBusy
from retrievers.collection.storage.lock import MigrationLock


def migration_state(collection: Collection) -> dict[str, Any]:
    """Return the unfinished migration and the vectors that are kept, None where there are none.

    Raises:
        CollectionError: what is there cannot be read.
    """
    return {"migration": _unfinished(collection), "previous": _previous(collection)}


def _unfinished(collection: Collection) -> dict[str, Any] | None:
    if not (collection.folder / TARGET).exists():
        return None
    with collection.one_state():
        side = unfinished(collection)
        if side is None:
            return None
        total = len(live(collection))
        done = total - len(lacking(collection, side))
    running = True
    with suppress(CollectionBusy):
        MigrationLock(collection.folder).release()
        running = False
    return {"encoder": side.target.encoder, "done": done, "total": total, "running": running}


def _previous(collection: Collection) -> dict[str, Any] | None:
    previous = collection.previous()
    if previous is None:
        return None
    path = previous.path(collection.folder)
    return {"encoder": previous.encoder, "bytes": path.stat().st_size if path.exists() else 0}


def migration_lines(name: str, state: dict[str, Any]) -> list[str]:
    """Say it to people, each with its command."""
    lines = []
    if one := state["migration"]:
        on = "a process is at it" if one["running"] else f"go on: dialens migrate {name}"
        lines.append(
            f"on its way to {printable(one['encoder'])}: {one['done']} of"
            f" {counted(one['total'], 'picture')} encoded; {on}"
        )
    if one := state["previous"]:
        lines.append(
            f"vectors of {printable(one['encoder'])} are kept, {size(one['bytes'])}: dialens"
            f" migrate {name} --back returns to them, --forget drops them"
        )
    return lines
