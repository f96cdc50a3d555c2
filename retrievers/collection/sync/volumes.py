"""Which of the drives that come to one place, one after the other, a file lies on.

Numbers of devices change with every start, and cameras call the files of every card alike; so a
drive is known by its files: it is there if one of them is, of the same name, size and time.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from retrievers.pictures import FoundFile

Mark = tuple[bytes, int | None, int | None]


class Held(NamedTuple):
    """A recorded file, and the number of the drive that it was on."""

    path: bytes
    size: int | None
    mtime_ns: int | None
    volume: int

    @property
    def mark(self) -> Mark:
        return os.path.basename(self.path), self.size, self.mtime_ns  # noqa: PTH119 - bytes


@dataclass(frozen=True, slots=True)
class Volumes:
    """What is in the places where drives come and go.

    Attributes:
        now: the number of the drive that is in each place.
        absent: the recorded files of drives that are not, by place.
    """

    now: Mapping[str, int] = field(default_factory=dict)
    absent: Mapping[str, list[bytes]] = field(default_factory=dict)

    def of(self, path: str) -> int:
        """Return the number of the drive that a file lies on."""
        place = place_of(path, self.now)
        return self.now[place] if place else 0


def volumes(places: Collection[str], held: Iterable[Held], found: Sequence[FoundFile]) -> Volumes:
    """Tell which drives are there.

    Args:
        places: folders where one may be.
        held: the recorded files.
        found: the files that are there.
    """
    seen: dict[str, set[Mark]] = {place: set() for place in places}
    for one in found:
        if place := place_of(str(one.path), places):
            seen[place].add((os.fsencode(one.path.name), one.size, one.mtime_ns))
    known: dict[str, dict[int, list[Held]]] = {place: {} for place in places}
    for file in held:
        if place := place_of(os.fsdecode(file.path), places):
            known[place].setdefault(file.volume, []).append(file)
    now: dict[str, int] = {}
    absent: dict[str, list[bytes]] = {}
    for place, drives in known.items():
        there = {
            number: sum(file.mark in seen[place] for file in files)
            for number, files in drives.items()
        }
        now[place] = max(there, key=lambda number: (there[number], -number), default=0)
        if there and not there[now[place]]:
            now[place] = max(there) + 1
        if missing := [
            file.path for number, files in drives.items() if not there[number] for file in files
        ]:
            absent[place] = missing
    return Volumes(now, absent)


def place_of(path: str, places: Iterable[str]) -> str:
    """Return the innermost of these folders that a file is in; empty if it is in none."""
    own = [place for place in places if path.startswith(place.rstrip(os.sep) + os.sep)]
    return max(own, key=len, default="")
