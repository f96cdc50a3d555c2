"""What a user's pictures already say of themselves: text files beside them, EXIF, XMP, IPTC."""

import html
import re
import warnings
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image, IptcImagePlugin
from PIL.ExifTags import Base
from PIL.ImageFile import ImageFile

from app.library import locate, readable
from eval.benchmarks.shards import text_captions
from retrievers.collection.store import Store
from retrievers.lettering import folded

MOST_ALIKE = 3  # pictures of one caption; a camera writes its name into all of them
_XMP = re.compile(rb"<dc:description>.*?<rdf:li[^>]*>(.*?)</rdf:li>", re.S)
_IPTC_CAPTION = (2, 120)


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
    text = path.with_suffix(".txt")
    if not text.is_file():
        return ""
    with text.open("rb") as file:
        return next(iter(text_captions(text, file.read())), "")


def embedded(path: Path) -> str:
    """Return the description that the file's metadata holds, or nothing."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            said = (_exif(image), _xmp(image), _iptc(image))
    except Exception:  # Pillow raises nearly anything on broken metadata
        return ""
    return next((text for text in said if text), "")


def collection_of(root: Path) -> str | None:
    """Return the collection that holds this folder."""
    for name in readable():
        with closing(Store.open(locate(name))) as store:
            if root in store.roots():
                return name
    return None


def _of_collection(root: Path) -> dict[Path, str]:
    if (name := collection_of(root)) is None:
        return {}
    with closing(Store.open(locate(name))) as store:
        rows = store.db.execute("SELECT row FROM pictures WHERE caption IS NOT NULL")
        pictures = store.pictures([row for (row,) in rows])
    return {path: one.caption or "" for one in pictures for path in one.paths}


def _exif(image: Image.Image) -> str:
    return _clean(image.getexif().get(Base.ImageDescription))


def _xmp(image: Image.Image) -> str:
    held = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    found = _XMP.search(held if isinstance(held, bytes) else held.encode())
    return _clean(html.unescape(found[1].decode("utf-8", "replace"))) if found else ""


def _iptc(image: ImageFile) -> str:
    return _clean((IptcImagePlugin.getiptcinfo(image) or {}).get(_IPTC_CAPTION))


def _clean(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    plain = "".join(c if c.isprintable() else " " for c in value.partition("\0")[0])
    return " ".join(plain.split())[:1000]
