"""What a file states of its colours: an ICC profile, code points, gamma, EXIF; and of its depth."""

import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from math import isfinite

from PIL.ExifTags import IFD, Base, Interop
from PIL.Image import Exif
from PIL.ImageFile import ImageFile

from retrievers.pictures.colour.colour_spaces import ADOBE, PRIMARIES, SRGB, Chromaticities, Light
from retrievers.pictures.colour.icc import MOST_BYTES, Meant, from_profile
from retrievers.pictures.files.kinds import PictureKind

ADOBE_GAMMA = 563 / 256  # Adobe RGB (1998), 4.3.1.2
SRGB_SPACE, ADOBE_SPACE = 1, 2  # of EXIF's ColorSpace; the second is some makers' own


def conversion_of(kind: PictureKind, data: bytes, image: ImageFile) -> Meant | None:
    """Return what takes the picture's colours to sRGB; None if nothing has to be done.

    Code points of HDR go before a profile, which cannot say it; else the profile counts (W3C PNG,
    4.3; MIAF, 7.3.6.4).
    """
    profile = image.info.get("icc_profile") or b""
    light = _code_points(kind, data, profile)
    if profile and not (light and light.is_hdr):
        return from_profile(profile) if len(profile) <= MOST_BYTES else None
    if light is None and kind == "PNG":
        light = _of_gamma(image)
    if light is None and "srgb" not in image.info:
        light = _of_exif(_exif(kind, data, image))
    return light.meant if light and not light.is_srgb else None


def significant_bits(kind: PictureKind, data: bytes) -> int | None:
    """Return how many bits of a PNG's samples were measured (sBIT), if it says."""
    stated = dict(_png_chunks(data)).get(b"sBIT") if kind == "PNG" else None
    return stated[0] if stated else None


def _code_points(kind: PictureKind, data: bytes, profile: bytes) -> Light | None:
    """Read primaries and transfer as H.273 numbers them: cICP, `nclx`, a profile's `cicp`."""
    if kind == "PNG" and len(stated := dict(_png_chunks(data)).get(b"cICP", b"")) == 4:
        return _light(stated[0], stated[1])
    if kind in ("HEIC", "AVIF") and (at := data.find(b"colrnclx")) >= 0:
        return _light(*struct.unpack_from(">HH", data.ljust(at + 12, b"\0"), at + 8))
    if (at := profile.find(b"cicp\0\0\0\0", 128)) >= 0 and len(profile) >= at + 10:
        return _light(profile[at + 8], profile[at + 9])
    return None


def _light(primaries: int, transfer: int) -> Light:
    return Light(PRIMARIES.get(primaries, SRGB), transfer)


def _of_gamma(image: ImageFile) -> Light | None:
    """Read PNG's gAMA and cHRM, which `sRGB` overrules."""
    gamma, places = image.info.get("gamma"), image.info.get("chromaticity")
    if "srgb" in image.info or not (gamma or places):
        return None
    if gamma is not None and not 0.1 < gamma < 10:
        return None
    primaries = places if places and _is_sensible(places) else SRGB
    return Light(primaries, power=1 / gamma if gamma else None)


def _exif(kind: PictureKind, data: bytes, image: ImageFile) -> Exif:
    if kind != "TIFF":
        return image.getexif()
    exif = Exif()  # a loaded TIFF has closed the file that its other tables are in
    exif.load_from_fp(BytesIO(data))
    return exif


def _of_exif(exif: Exif) -> Light | None:
    """Read what EXIF says where there is no profile: Adobe RGB (DCF 2.0, 4.6), or primaries.

    A TIFF says those of its own in the same tags (TIFF 6.0, section 20).
    """
    try:
        sub = exif.get_ifd(IFD.Exif)
        space, gamma = sub.get(Base.ColorSpace), float(sub.get(Base.Gamma) or ADOBE_GAMMA)
        index = _interoperability(exif)
        told = (*exif.get(Base.WhitePoint, ()), *exif.get(Base.PrimaryChromaticities, ()))
        places = tuple(float(one) for one in told)
    except Exception:  # Pillow raises nearly anything on broken EXIF
        return None
    if space == SRGB_SPACE:
        return None
    if len(places) == 8 and _is_sensible(places) and 0.1 < gamma < 10:
        return Light(places, power=gamma)
    is_adobe = space == ADOBE_SPACE or index.startswith("R03")
    return Light(ADOBE, power=ADOBE_GAMMA) if is_adobe else None


def _interoperability(exif: Exif) -> str:
    if Base.ExifInteroperabilityOffset not in exif.get_ifd(IFD.Exif):
        return ""
    index = exif.get_ifd(IFD.Interop).get(Interop.InteropIndex, "")
    return index.decode("latin-1") if isinstance(index, bytes) else str(index)


def _is_sensible(places: Chromaticities) -> bool:
    """Whether these are a white inside a triangle; broken files hold zeros."""
    x, y = places[2::2], places[3::2]
    corners = list(zip((*x, x[0]), (*y, y[0]), strict=True))
    area = sum(a * d - b * c for (a, b), (c, d) in pairwise(corners))
    return all(isfinite(one) and 0 < one < 1 for one in places[1:2] + y) and abs(area) > 0.05


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks before the pixels."""
    at = 8
    while at + 8 <= len(data) and data[at + 4 : at + 8] != b"IDAT":
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += size + 12
