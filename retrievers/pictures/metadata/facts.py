"""What is said of a picture, by whom, and who is believed first.

Whether a date lies in the future is judged when it is asked, never when it is read: the clock of
that day may have been wrong.
"""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from retrievers.pictures.metadata.date_texts import Read, Stretch
from retrievers.text.lettering import folded

READING = 5
"""The version of how facts are read; raise it, and the next index reads those of all files anew."""

Source = Literal[
    "xmp_sidecar",
    "exif",
    "exif_digitised",
    "iptc",
    "xmp",
    "png",
    "takeout",
    "name",
    "exif_changed",
    "gps",
    "png_changed",
]
SOURCES: dict[Source, str] = {
    "xmp_sidecar": "the XMP file beside it",
    "exif": "EXIF",
    "exif_digitised": "EXIF, when it was digitised",
    "iptc": "IPTC",
    "xmp": "XMP",
    "png": "a PNG text",
    "takeout": "Google Takeout",
    "name": "its name",
    "exif_changed": "EXIF, when it was last changed",
    "gps": "EXIF, by the GPS clock",
    "png_changed": "PNG, when it was last changed",
}
"""Who may say a date, the most believed first, and how people are told."""

OnBroken = Callable[[str], None]
"""Told why what speaks of a picture cannot be read."""

FIRST_PHOTOGRAPH = datetime(1826, 1, 1)
UNSET_CLOCKS = {datetime(year, 1, 1) for year in (1904, 1970, 1980)}
IN_UTC: tuple[Source, ...] = ("takeout", "name", "gps")  # who often know no local time
SLOW = 5  # seconds between a shot and what else it is dated by
MOST_TAGS = 500
LONGEST_TAG = 200
LONGEST_TITLE = 500
LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Dated:
    """A date that somebody says; see `retrievers.pictures.metadata.date_texts.Read`."""

    taken: datetime
    source: Source
    zone: str | None = None
    stretch: Stretch | None = None

    @property
    def text(self) -> str:
        """Return it as ISO 8601 writes it, to where it is known: 1984, 1984-02, or a time."""
        return iso(self.taken, self.stretch)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is said; see `retrievers.hit.Picture`. `dates` are in the order of `SOURCES`."""

    dates: tuple[Dated, ...] = ()
    camera: str | None = None
    gps: tuple[float, float] | None = None
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    rating: int | None = None

    def dated(self) -> Dated | None:
        """Return the date that is believed now."""
        return next((one for one in self.dates if one.taken < soon()), None)


def soon() -> datetime:
    """Return from when on a date lies in the future, with a day to spare for time zones."""
    return datetime.now() + timedelta(days=1)


def iso(taken: datetime, stretch: Stretch | None) -> str:
    """Return a date as ISO 8601 writes it, to where it is known."""
    return taken.isoformat()[: {"year": 4, "month": 7, None: None}[stretch]]


def from_iso(text: str) -> tuple[datetime, Stretch | None]:
    """Return what `iso` wrote."""
    stretch: Stretch | None = {4: "year", 7: "month"}.get(len(text))  # type: ignore[assignment]
    return datetime.fromisoformat(text + "-01-01"[len(text) - 10 :] if stretch else text), stretch


def date(read: Read | None, source: Source) -> tuple[Dated, ...]:
    """Return a date that was read, if a camera can have taken a picture then."""
    if read is None or read.taken < FIRST_PHOTOGRAPH:
        return ()
    if read.taken in UNSET_CLOCKS and read.stretch is None:
        return ()
    return (Dated(read.taken, source, read.zone, read.stretch),)


def place(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """Return a place on earth; 0, 0 is what devices write that know none."""
    if latitude is None or longitude is None:
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    spot = round(latitude, 7), round(longitude, 7)
    return None if abs(spot[0]) < 1e-6 and abs(spot[1]) < 1e-6 else spot


def merged(parts: Iterable[Facts]) -> Facts:
    """Join what several say, the most believed first; texts and tags are added up."""
    every = list(parts)
    order = list(SOURCES)
    dates = dict.fromkeys(one for part in every for one in part.dates)
    tags: dict[str, str] = {}
    for tag in (tag for part in every for tag in part.tags):
        tags.setdefault(folded(tag), tag[:LONGEST_TAG])
    texts = {text: None for part in every for text in (part.description or "").split("\n") if text}
    return Facts(
        dates=_days_first(_local_first(sorted(dates, key=lambda one: order.index(one.source)))),
        camera=next((part.camera for part in every if part.camera), None),
        gps=next((part.gps for part in every if part.gps), None),
        title=next((part.title[:LONGEST_TITLE] for part in every if part.title), None),
        description="\n".join(texts)[:LONGEST_TEXT] or None,
        tags=tuple(tags.values())[:MOST_TAGS],
        rating=next((part.rating for part in every if part.rating), None),
    )


def _local_first(dates: list[Dated]) -> tuple[Dated, ...]:
    """Put before a date by the clock of Greenwich the same moment by the clock where it was."""
    for at, one in enumerate(dates):
        if one.source in IN_UTC and one.zone == "+00:00":
            for later in range(at + 1, len(dates)):
                if dates[later].zone != "+00:00" and _is_zone(dates[later].taken - one.taken):
                    dates.insert(at, dates.pop(later))
                    break
    return tuple(dates)


def _days_first(dates: tuple[Dated, ...]) -> tuple[Dated, ...]:
    """Put before a year or a month what says more of it."""
    kept: list[Dated] = []
    for one in dates:
        within = (at for at, known in enumerate(kept) if known.stretch and _says(one, known))
        kept.insert(next(within, len(kept)), one)
    return tuple(kept)


def _says(one: Dated, stretch: Dated) -> bool:
    return len(one.text) > len(stretch.text) and one.text.startswith(stretch.text)


def _is_zone(apart: timedelta) -> bool:
    """Whether two clocks that are so far apart show one moment in two zones."""
    quarters = round(apart / timedelta(minutes=15))
    off = abs(apart - quarters * timedelta(minutes=15))
    return -48 <= quarters <= 56 and off <= timedelta(seconds=SLOW)


def to_json(facts: Facts) -> str:
    """Return the facts as the records keep them."""
    said: dict[str, Any] = {
        "dates": [[one.text, one.source, one.zone] for one in facts.dates],
        "camera": facts.camera,
        "gps": facts.gps,
        "title": facts.title,
        "description": facts.description,
        "tags": facts.tags,
        "rating": facts.rating,
    }
    return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)


def from_json(text: str) -> Facts:
    """Return the facts that `to_json` wrote."""
    said = json.loads(text)
    dates = (_dated(*one) for one in said.get("dates", ()))
    return Facts(
        dates=tuple(dates),
        camera=said.get("camera"),
        gps=tuple(said["gps"]) if "gps" in said else None,
        title=said.get("title"),
        description=said.get("description"),
        tags=tuple(said.get("tags", ())),
        rating=said.get("rating"),
    )


def _dated(text: str, source: Source, zone: str | None) -> Dated:
    taken, stretch = from_iso(text)
    return Dated(taken, source, zone, stretch)
