"""What Google Takeout says of a picture in the JSON beside it."""

import json
from datetime import UTC, datetime
from typing import Any

from retrievers.pictures.metadata.date_texts import Read
from retrievers.pictures.metadata.facts import Facts, OnBroken, date, place
from retrievers.pictures.metadata.texts import line
from retrievers.text.encodings import decoded

_OURS = {"photoTakenTime", "creationTime", "geoData", "geoDataExif", "googlePhotosOrigin"}
_LAST = 253402300799  # the year 9999


def facts_of_takeout(data: bytes, *, on_broken: OnBroken = lambda reason: None) -> Facts:
    """Return what it says; nothing if it is broken, or another program's JSON."""
    try:
        said = json.loads(decoded(data))
    except (ValueError, RecursionError) as error:
        plain = data.replace(b"\0", b"")  # of UTF-16
        if any(name.encode() in plain for name in _OURS):
            on_broken(f"no JSON: {error}")
        return Facts()
    if not isinstance(said, dict) or not _OURS & said.keys():
        return Facts()
    people = said.get("people")
    names = [_member(one, "name") for one in people] if isinstance(people, list) else []
    return Facts(
        dates=date(_moment(_member(said.get("photoTakenTime"), "timestamp")), "takeout"),
        gps=_place(said.get("geoData")) or _place(said.get("geoDataExif")),
        description=_words(said.get("description")) or None,
        tags=tuple(text for name in names if (text := _words(name))),
    )


def _member(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _words(value: object) -> str:
    return line(value) if isinstance(value, str) else ""


def _moment(timestamp: object) -> Read | None:
    try:
        seconds = int(timestamp)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return None
    if abs(seconds) > _LAST:
        return None
    try:
        return Read(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None), "+00:00")
    except (ValueError, OverflowError, OSError):
        return None


def _place(geo: object) -> tuple[float, float] | None:
    try:
        return place(float(_member(geo, "latitude")), float(_member(geo, "longitude")))
    except (TypeError, ValueError, OverflowError):
        return None
