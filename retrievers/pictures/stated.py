"""What a file states of its colours: an ICC profile, code points, gamma; and of its depth."""

import struct
from collections.abc import Iterator
from itertools import pairwise
from math import isfinite

from PIL.ImageFile import ImageFile

from retrievers.pictures.icc import Meant, from_profile
from retrievers.pictures.kinds import Kind
from retrievers.pictures.light import PRIMARIES, SRGB, Chromaticities, Light


def meant_by(kind: Kind, data: bytes, image: ImageFile) -> Meant | None:
    """Return what takes the picture's colours to sRGB; None if nothing has to be done.

    Code points of HDR go before a profile, which cannot say it; else the profile counts (W3C PNG,
    4.3; MIAF, 7.3.6.4).
    """
    profile = image.info.get("icc_profile") or b""
    light = _code_points(kind, data, profile)
    if profile and not (light and light.is_hdr):
        return from_profile(profile)
    if light is None and kind == "PNG":
        light = _of_gamma(image)
    return light.meant if light and not light.is_srgb else None


def significant_bits(kind: Kind, data: bytes) -> int | None:
    """Return how many bits of a PNG's samples were measured (sBIT), if it says."""
    stated = dict(_png_chunks(data)).get(b"sBIT") if kind == "PNG" else None
    return stated[0] if stated else None


def _code_points(kind: Kind, data: bytes, profile: bytes) -> Light | None:
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
