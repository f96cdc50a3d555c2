"""Which places a name can mean, where several are called so.

"Springfield, Illinois" and "Paris Texas" say in which region or country; "near Leeds" takes in what
is around.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from retrievers.places.gazetteer import Gazetteer, Place

LONGEST = 200
"""Letters of a name."""
_NEAR = re.compile(
    r"(?:somewhere )?(?:near|around|close to|nearby|outside)(?: of)? ", re.IGNORECASE
)
_THE = re.compile(r"the |(?:city|town|village|state|county|region) of ", re.IGNORECASE)


class Meant(NamedTuple):
    """Places of one name, and whether what is near them is meant, too."""

    places: tuple[Place, ...]
    near: bool


def meant(gazetteer: Gazetteer, said: str) -> Meant:
    """Return the places that words can name; none if there is no such place."""
    text = " ".join(said[:LONGEST].split()).strip(" ,.;")
    bare = _NEAR.sub("", text) if _NEAR.match(text) else text
    return Meant(tuple(_places(gazetteer, bare)), bare != text)


def _places(gazetteer: Gazetteer, text: str) -> list[Place]:
    for name, others in _parted(text):
        found = gazetteer.named(name) or gazetteer.named(_THE.sub("", name, count=1))
        for other in others:
            holders = set(gazetteer.named(other))
            found = [one for one in found if holders & {*gazetteer.holders(one)}]
        if found:
            return _own(gazetteer, found)
    return []


def _parted(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the ways to read words as a name and what it lies in."""
    yield text, ()
    first, *others = (part.strip() for part in text.split(","))
    if others:
        yield first, others
    words = first.split()
    for at in range(len(words) - 1, 0, -1):
        yield " ".join(words[:at]), (" ".join(words[at:]), *others)


def _own(gazetteer: Gazetteer, found: Sequence[Place]) -> list[Place]:
    """Leave out what is called by the country that it is in, or by the largest town in it.

    Luxembourg is the country, Porto the town and not its district.
    """
    countries = {one for one in found if one.kind == "country"}
    kept = [one for one in found if not countries & {*gazetteer.holders(one)}]
    towns = {one.at for one in kept if one.kind == "town"}
    return [one for one in kept if one.kind != "region" or gazetteer.largest_in(one) not in towns]
