"""What EXIF says about a picture: how it was held, when, with what and where it was taken.

Nonsense (a clock that was never set, 0/0 degrees) counts as nothing said.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PIL.ExifTags import GPS, IFD, Base
from PIL.Image import Image

DATE = re.compile(
    r"(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)
UNSET_CLOCKS = {datetime(year, 1, 1) for year in (1904, 1970, 1980)}
FIRST_PHOTOGRAPH = datetime(1826, 1, 1)


@dataclass(frozen=True, slots=True)
class Facts:
    """EXIF in our words; see `retrievers.hit.Picture`. `orientation` is the EXIF number 1..8."""

    orientation: int = 1
    taken: datetime | None = None
    camera: str | None = None
    gps: tuple[float, float] | None = None


def read_facts(image: Image) -> Facts:
    """Read what a loaded picture's EXIF says; whatever is broken counts as not said."""
    try:
        exif = image.getexif()
    except Exception:  # Pillow raises nearly anything on broken EXIF
        return Facts()
    if not exif:
        return Facts()
    main = _readable(exif)
    turn = main.get(Base.Orientation)
    return Facts(
        orientation=turn if isinstance(turn, int) and 1 <= turn <= 8 else 1,
        taken=taken_from(main, _sub_table(exif, IFD.Exif)),
        camera=camera_from(main.get(Base.Make), main.get(Base.Model)),
        gps=gps_from(_sub_table(exif, IFD.GPSInfo)),
    )


def _readable(exif: Any) -> dict[int, Any]:
    """Copy the tags that can be read; Pillow decodes a tag only when it is asked for."""
    found = {}
    for tag in (Base.Orientation, Base.Make, Base.Model, Base.DateTime):
        try:
            found[int(tag)] = exif.get(tag)
        except Exception:  # one broken tag must not hide the others
            continue
    return found


def _sub_table(exif: Any, ifd: IFD) -> Mapping[int, Any]:
    try:
        return dict(exif.get_ifd(ifd))
    except Exception:  # a pointer to nowhere
        return {}


def taken_from(main: Mapping[int, Any], sub: Mapping[int, Any]) -> datetime | None:
    """Take the first sensible of: original, digitised, file date."""
    values = (
        sub.get(Base.DateTimeOriginal),
        sub.get(Base.DateTimeDigitized),
        main.get(Base.DateTime),
    )
    return next((date for date in map(parse_date, values) if date), None)


def parse_date(value: object) -> datetime | None:
    """Read an EXIF date such as `2019:07:04 18:30:00`; None if it makes no sense."""
    if not (found := DATE.match(_text(value))):
        return None
    try:
        date = datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None
    too_late = datetime.now() + timedelta(days=1)
    return date if FIRST_PHOTOGRAPH <= date < too_late and date not in UNSET_CLOCKS else None


def camera_from(make: object, model: object) -> str | None:
    """Join make and model without saying the make twice."""
    maker, name = _text(make), _text(model)
    if maker and name.lower().startswith(maker.split()[0].lower()):
        maker = ""
    return f"{maker} {name}".strip()[:120] or None


def gps_from(table: Mapping[int, Any]) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees, north and east positive."""
    latitude = _degrees(table.get(GPS.GPSLatitude), table.get(GPS.GPSLatitudeRef), "S")
    longitude = _degrees(table.get(GPS.GPSLongitude), table.get(GPS.GPSLongitudeRef), "W")
    if latitude is None or longitude is None or (latitude, longitude) == (0, 0):
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _degrees(parts: Any, ref: object, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in (*parts, 0, 0)[:3])
    except (TypeError, ValueError, ArithmeticError):
        return None
    value = round(degrees + minutes / 60 + seconds / 3600, 7)
    if not math.isfinite(value):
        return None
    return -value if _text(ref).upper().startswith(negative) else value


def _text(value: object) -> str:
    """Turn a tag into one clean line; EXIF pads with NULs and blanks."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value.split("\0")[0]).split())
