"""Items of a benchmark's gallery as a page shows them: a thumbnail, or a text."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.output.printable import printable
from app.output.small_pictures import data_uri
from eval.benchmark import Task
from retrievers.pictures import UnreadablePicture

SIDE = 160


@dataclass(frozen=True, slots=True)
class GalleryItem:
    """One item: its name or text, its thumbnail if there is one, and whether it is right."""

    name: str
    source: str | None
    right: bool = False


def gallery_items(
    task: Task, names: Sequence[str], *, right: Collection[str] = ()
) -> list[GalleryItem]:
    """Return items of a task's gallery, in this order."""
    items = {item.id: item for item in task.gallery}
    found = []
    for name in names:
        item = items.get(name)
        source = thumbnail(item.path) if item and item.path else None
        text = item.text if item and item.text else name
        found.append(GalleryItem(printable(text), source, name in right))
    return found


def thumbnail(path: Path) -> str | None:
    """Return the picture as it can stand in a page, or None if it has gone since."""
    try:
        return data_uri(path, SIDE)
    except UnreadablePicture:
        return None
