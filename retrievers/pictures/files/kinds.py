"""What kind of picture some bytes are, told by the bytes and never by the file's name."""

import re
from typing import Literal, get_args

from retrievers.pictures.files import jpeg2000

PictureKind = Literal[
    "JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "HEIC", "AVIF", "JPEG 2000", "PNM"
]
KINDS: tuple[PictureKind, ...] = get_args(PictureKind)

TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
AVIF_BRANDS = {b"avif", b"avis"}
PNM = re.compile(rb"P[1-6](?:[ \t\n\v\f\r]|#)")  # Netpbm's bitmaps, greys and colours


def kind_of(data: bytes) -> PictureKind | None:
    """Return the kind that the first bytes announce; None if it is none of ours."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(TIFF_STARTS):
        return "TIFF"
    if data[4:8] == b"ftyp":
        return _kind_of_brands(data)
    if data.startswith((jpeg2000.BOXED, jpeg2000.BARE)):
        return "JPEG 2000"
    if PNM.match(data):
        return "PNM"
    return "BMP" if data.startswith(b"BM") else None


def _kind_of_brands(data: bytes) -> PictureKind | None:
    """Read the brands of an ISO base media file (ISO/IEC 14496-12, 4.3)."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & (HEIC_BRANDS | {b"mif1", b"msf1"}) else None


def is_cut_short(kind: PictureKind, data: bytes) -> bool:
    """Whether the end that this kind announces is missing. Only worth asking after a failure."""
    if kind == "JPEG":
        return not data.rstrip(b"\0").endswith(b"\xff\xd9")
    if kind == "PNG":
        return b"IEND" not in data
    if kind == "GIF":
        return not data.rstrip(b"\0").endswith(b";")
    if kind == "WebP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    if kind == "BMP":
        return int.from_bytes(data[2:6], "little") > len(data)
    if kind == "JPEG 2000" and data.startswith(jpeg2000.BARE):
        return not data.rstrip(b"\0").endswith(b"\xff\xd9")
    if kind in ("HEIC", "AVIF", "JPEG 2000"):
        return _end_of_boxes(data) > len(data)
    return False


def _end_of_boxes(data: bytes) -> int:
    """Follow the top-level boxes to where the last one says that it ends."""
    at = 0
    while at + 8 <= len(data):
        size, start = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size == 0:
            return len(data)
        if size < start:
            break
        at += size
    return at
