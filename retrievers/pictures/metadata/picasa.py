"""What Picasa says of the pictures of a folder, in the folder's .picasa.ini: a section for each.

Its star, which is there or not, is read as five stars; who counts stars is believed more.
"""

import re
from collections.abc import Iterator, Mapping

from retrievers.pictures.metadata.facts import Facts, OnBroken
from retrievers.pictures.metadata.texts import line
from retrievers.text.encodings import UnreadableText, decoded
from retrievers.text.lettering import folded

NAMES = (".picasa.ini", "picasa.ini")
_STAR = 5
_FACE = re.compile(r"rect64\([0-9a-fA-F]*\),([0-9a-fA-F]+)")

Sections = dict[str, dict[str, str]]


def facts_of_picasa(data: bytes, name: str, *, on_broken: OnBroken = lambda reason: None) -> Facts:
    """Return what it says of the picture of this name."""
    try:
        held = _sections(decoded(data))
    except UnreadableText as error:
        on_broken(str(error))
        return Facts()
    own = held.get(folded(name), {})
    keywords = (line(word) for word in own.get("keywords", "").split(","))
    return Facts(
        description=line(own.get("caption", "")) or None,
        tags=tuple(filter(None, (*keywords, *_people(own.get("faces", ""), held)))),
        rating=_STAR if own.get("star", "").casefold() in ("yes", "1", "true") else None,
    )


def _sections(text: str) -> Sections:
    held: Sections = {}
    now: dict[str, str] = {}
    for row in text.splitlines():
        if found := re.fullmatch(r"\s*\[(.+)\]\s*", row):
            now = held.setdefault(folded(found[1]), {})
        elif "=" in row:
            key, _, value = row.partition("=")
            now[key.strip().casefold()] = value.strip()
    return held


def _people(faces: str, held: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    contacts = {**held.get("contacts", {}), **held.get("contacts2", {})}
    for face in _FACE.findall(faces):
        yield line(contacts.get(face.casefold(), "").partition(";")[0])
