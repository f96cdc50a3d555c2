"""A picture of a collection as a person names it: by its id, or by a path as it was printed."""

import os
import re
from pathlib import Path
from unicodedata import normalize

from app.output.printable import printable
from retrievers.collection.collection import Collection
from retrievers.files.spelling import on_disk

NAMED = 3  # files that one error names


def picture_named(collection: Collection, name: str, option: str) -> str:
    """Return the id of the one picture that a name means.

    In this order: an id; a path, absolute or from here; a path below the collection's folder, as
    `search` and `chat` print it; the name of a file in any of its folders.

    Args:
        collection: the collection.
        name: what was typed.
        option: where, for the error.

    Raises:
        ValueError: it means none, or several.
    """
    if re.fullmatch(r"[0-9a-f]{16}", name) and collection.rows_of([name]):
        return name
    here = on_disk(Path(name).expanduser().absolute())
    for found in (
        _at(collection, os.fsencode(here)),
        _below(collection, name),
        _called(collection, name),
    ):
        if len(ids := {id_ for id_, _ in found}) == 1:
            return ids.pop()
        if ids:
            some = [printable(str(path)) for _, path in sorted(found, key=lambda one: one[1])]
            more = ", ..." if len(some) > NAMED else ""
            raise ValueError(
                f"{option}: {name!r} is {len(ids)} pictures of {collection.name!r}:"
                f" {', '.join(some[:NAMED])}{more}; give the whole path"
            )
    raise ValueError(
        f"{option}: {name!r} is no picture of {collection.name!r}; "
        "ids stand in the output of --json; a file from elsewhere goes with --image"
    )


def file_named(collection: Collection, path: Path) -> Path:
    """Return a file as it can be opened: from here, or else below the collection's folders."""
    here = on_disk(path)
    places = [here, *(on_disk(root / path) for root in collection.roots())]
    return next((one for one in places if one.is_file()), here)


Found = list[tuple[str, Path]]
_SELECT = "SELECT id, path FROM files JOIN pictures USING (row) WHERE "


def _at(collection: Collection, path: bytes) -> Found:
    return _read(collection, "path = ?", path)


def _below(collection: Collection, name: str) -> Found:
    """Find a path below a root, with or without the root's own name before it."""
    found: Found = []
    for form in dict.fromkeys(normalize(way, name.removeprefix("./")) for way in ("NFC", "NFD")):
        found += _read(collection, "below = ?", form)
        top, _, rest = form.partition("/")
        found += [
            (id_, path)
            for id_, path in _read(collection, "below = ?", rest)
            if any(root.name == top and path.is_relative_to(root) for root in collection.roots())
        ]
    return found


def _called(collection: Collection, name: str) -> Found:
    """Find a file of this name in any folder."""
    if "/" in name or not name:
        return []
    wanted = normalize("NFC", name)
    like = "%/" + re.sub(r"([%_\\])", r"\\\1", wanted)
    return _read(collection, "below LIKE ? ESCAPE '\\'", like)


def _read(collection: Collection, where: str, value: object) -> Found:
    rows = collection.db.execute(_SELECT + where, (value,))
    return [(str(id_), Path(os.fsdecode(path))) for id_, path in rows]
