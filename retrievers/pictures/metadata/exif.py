"""What EXIF says about a picture: how it was held, when, with what and where, and in words.

Nonsense (a clock that was never set, 0/0 degrees) counts as nothing said.
"""

import re
from collections.abc import Mapping
from typing import Any

from PIL.ExifTags import GPS, IFD, Base
from PIL.Image import Exif, Image

from retrievers.pictures.metadata.date_texts import read_date
from retrievers.pictures.metadata.facts import Dated, Facts, Source, date, place
from retrievers.pictures.metadata.texts import latin, line, wide

_MAIN = (
    *(Base.Make, Base.Model, Base.DateTime, Base.ImageDescription, Base.Rating, Base.RatingPercent),
    *(Base.Artist, Base.Copyright, Base.XPAuthor),
    *(Base.XPTitle, Base.XPComment, Base.XPKeywords, Base.XPSubject),
)
_DATES: tuple[tuple[Source, Base, int, int], ...] = (  # whose date, its tag, sub-second, offset
    ("exif", Base.DateTimeOriginal, 0x9291, 0x9011),
    ("exif_digitised", Base.DateTimeDigitized, 0x9292, 0x9012),
    ("exif_changed", Base.DateTime, 0x9290, 0x9010),
)
_BY_CAMERA = re.compile(  # what makers write where a description belongs
    r"(?:olympus|sony|minolta|konica|samsung|kodak|casio|ricoh|aiptek|vivitar|sanyo|maginon)?[ _-]*"
    r"(?:digital (?:still )?camera|dsc|camera|default|exif_jpeg_picture|sam_\d+|picture)"
    r"|<.*>|dcim.*|charset=\w+.*|(?:_|[^\w\udc80-\udcff])*",
    re.IGNORECASE,
)


def orientation(image: Image) -> int:
    """Return how a picture was held, as EXIF numbers it: 1 to 8."""
    try:
        turn = image.getexif().get(Base.Orientation)
    except Exception:  # Pillow raises nearly anything on broken EXIF
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def facts_of_exif(exif: Exif) -> Facts:
    """Read what EXIF says; whatever is broken counts as not said."""
    main = _readable(exif)
    sub, gps = _sub_table(exif, IFD.Exif), _sub_table(exif, IFD.GPSInfo)
    every = {**main, **sub}
    return Facts(
        dates=(*_dates(every), *date(read_date(_gps_clock(gps)), "gps")),
        camera=camera_from(latin(main.get(Base.Make)), latin(main.get(Base.Model))),
        gps=gps_from(gps),
        title=wide(main.get(Base.XPTitle)) or None,
        description="\n".join(_texts(main, sub, exif.endian == ">")) or None,
        tags=tuple(t.strip() for t in wide(main.get(Base.XPKeywords)).split(";") if t.strip()),
        rating=stars(main.get(Base.Rating), main.get(Base.RatingPercent)),
    )


def names_in_exif(exif: Exif) -> list[str]:
    """Return who made a picture, which may help to tell in which encoding it speaks."""
    main = _readable(exif)
    names = (main.get(Base.Artist), main.get(Base.Copyright))
    return [*map(latin, names), wide(main.get(Base.XPAuthor))]


def _readable(exif: Exif) -> dict[int, Any]:
    """Copy the tags that can be read; Pillow decodes a tag only when it is asked for."""
    found = {}
    for tag in _MAIN:
        try:
            found[int(tag)] = exif.get(tag)
        except Exception:  # one broken tag must not hide the others
            continue
    return found


def _sub_table(exif: Exif, ifd: IFD) -> Mapping[int, Any]:
    try:
        return dict(exif.get_ifd(ifd))
    except Exception:  # a pointer to nowhere
        return {}


def _dates(table: Mapping[int, Any]) -> tuple[Dated, ...]:
    found: tuple[Dated, ...] = ()
    for source, tag, fraction, zone in _DATES:
        read = read_date(
            line(table.get(tag)), fraction=line(table.get(fraction)), zone=line(table.get(zone))
        )
        found += date(read, source)
    return found


def _gps_clock(table: Mapping[int, Any]) -> str:
    try:
        time = ":".join(f"{int(float(part)):02}" for part in table[GPS.GPSTimeStamp])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        time = ""
    return f"{line(table.get(GPS.GPSDateStamp))} {time} Z"


def _texts(main: Mapping[int, Any], sub: Mapping[int, Any], big: bool) -> list[str]:
    described = latin(main.get(Base.ImageDescription))
    said = (
        "" if _BY_CAMERA.fullmatch(described) else described,
        wide(main.get(Base.XPComment)),
        wide(main.get(Base.XPSubject)),
        comment(sub.get(Base.UserComment), big=big),
    )
    return list(dict.fromkeys(text for text in said if text))


def comment(value: object, *, big: bool = True) -> str:
    """Read a UserComment, whose first eight bytes name its characters (CIPA DC-008, 4.6.6)."""
    if not isinstance(value, bytes):
        return latin(value)
    kind, text = value[:8].rstrip(b"\0 ").upper(), value[8:]
    if kind == b"UNICODE":
        return wide(text, big=big)
    if kind == b"JIS":
        return line(text.decode("iso2022_jp", "ignore"))
    if kind in (b"ASCII", b""):
        return line(text.strip(b"\0 "))
    return line(value)  # without the eight bytes, against the rule


def stars(rating: object, percent: object = None) -> int | None:
    """Return 1 to 5 stars, or -1 for rejected; None if it was not rated."""
    try:
        number = round(float(rating))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = 0
    if -1 <= number <= 5 and number:
        return number
    try:  # as Windows maps them: 1, 25, 50, 75, 99
        share = float(percent if number <= 5 else rating)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return min(5, 1 + int((share + 12) // 25)) if 0 < share <= 100 else None


def camera_from(make: str, model: str) -> str | None:
    """Join make and model without saying the make twice."""
    if make and model.lower().startswith(make.split()[0].lower()):
        make = ""
    return f"{make} {model}".strip()[:120].strip() or None


def gps_from(table: Mapping[int, Any]) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees, north and east positive."""
    return place(
        _degrees(table.get(GPS.GPSLatitude), table.get(GPS.GPSLatitudeRef), "S"),
        _degrees(table.get(GPS.GPSLongitude), table.get(GPS.GPSLongitudeRef), "W"),
    )


def _degrees(parts: Any, ref: object, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in (*parts, 0, 0)[:3])
    except (TypeError, ValueError, ArithmeticError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    return -value if line(ref).upper().startswith(negative) else value
