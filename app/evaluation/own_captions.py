"""What a user's pictures already say of themselves: text files beside them, EXIF, XMP, IPTC."""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from app.library.library import locate, names
from eval.benchmarks.own.shards import captions_beside
from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.pictures import UnreadablePicture
from retrievers.pictures.files.file_bytes import read_bytes
from retrievers.pictures.read import facts_inside
from retrievers.text.lettering import folded

MOST_ALIKE = 3  # pictures of one caption; a camera writes its name into all of them


def captions_in(pictures: Iterable[Path], root: Path) -> dict[Path, str]:
    """Return the captions that are there, without those that too many pictures share."""
    known = _of_collection(root)
    found = {
        path: caption
        for path in pictures
        if (caption := beside(path) or embedded(path) or known.get(path, ""))
    }
    shared = Counter(folded(caption) for caption in found.values())
    return {path: said for path, said in found.items() if shared[folded(said)] <= MOST_ALIKE}


def beside(path: Path) -> str:
    """Return the first line of the text file of the same name."""
    return next(iter(captions_beside(path)), "")


def embedded(path: Path) -> str:
    """Return the first line of the description that the file's metadata hold, or nothing."""
    try:
        said = facts_inside(read_bytes(path).data).description or ""
    except UnreadablePicture:
        return ""
    return said.partition("\n")[0]


def collection_of(root: Path) -> str | None:
    """Return the collection that holds this folder."""
    for name in names():
        with suppress(CollectionError), closing(Collection.open(locate(name))) as collection:
            if root in collection.roots():
                return name
    return None


def _of_collection(root: Path) -> dict[Path, str]:
    if (name := collection_of(root)) is None:
        return {}
    with closing(Collection.open(locate(name))) as collection:
        rows = collection.db.execute("SELECT row FROM pictures WHERE caption IS NOT NULL")
        pictures = collection.pictures([row for (row,) in rows])
    return {path: one.caption or "" for one in pictures for path in one.paths}
