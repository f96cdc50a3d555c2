"""What decoding a picture will cost, told by its header and markers before a pixel is decoded.

The figures are of one slow core, and on the safe side. A picture may cost time in proportion to
the pixels that it states, and memory up to a limit; what claims more is refused unopened.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from retrievers.pictures.files import jpeg2000
from retrievers.pictures.files.kinds import PictureKind

MOST_HEADER = 1 << 18  # bytes of metadata that are read where they are; more is looked at apart
MOST_PARTS = 10_000  # segments or chunks, likewise
PARTS = {"JPEG": 200_000, "PNG": 200_000, "GIF": 100_000}  # that are walked through at all
COMMENTS = 4000  # blocks of 255 bytes; Pillow copies all before for each
PROGRESSIVE, BASELINE = 0xC2, (0xC0, 0xC1)
BARE = {0x01, *range(0xD0, 0xD9)}  # JPEG's markers without a length
GREY, WITH_ALPHA = 0, (4, 6)  # colour types of PNG

NS = {"JPEG": 6.0, "PNG": 20.0}  # a pixel
NS_WORDS = {b"P1": 300.0, b"P2": 3000.0, b"P3": 8000.0, b"P5": 1500.0, b"P6": 4000.0}
"""A pixel of a PNM whose values are written out, or are others than bytes."""
NS_SCAN = 2.0  # a pixel and scan of a JPEG
BYTES = {"WebP": 16, "AVIF": 14, "HEIC": 12, "GIF": 8, "JPEG": 10, "JPEG 2000": 48}
"""A pixel; others: by mode."""
BLOCK = 500  # bytes of a code-block of JPEG 2000, in three colours
DEEP = 24  # bytes a pixel of a deep grey, whose levels are looked for


@dataclass(frozen=True, slots=True)
class Cost:
    """Pixels that are stated, seconds of a core, and bytes of memory at the most."""

    pixels: int
    seconds: float
    bytes: int

    def is_within(self, other: "Cost") -> bool:
        """Whether it is no more than the other in anything."""
        within = self.pixels <= other.pixels and self.seconds <= other.seconds
        return within and self.bytes <= other.bytes


PLAIN = Cost(pixels=64_000_000, seconds=0.5, bytes=1 << 28)
"""Of a picture that is decoded where it is needed."""


def seconds_for(pixels: int) -> float:
    """Return the seconds of a core that a picture of so many pixels may take."""
    return 5 + 2e-7 * pixels


def is_plain(kind: PictureKind, data: bytes) -> bool:
    """Whether a picture is of a kind whose decoders are simple, and will surely cost little.

    That is what nearly all photographs are. Told from the bytes alone, for opening may cost much,
    too; whatever is odd is not plain.
    """
    cost = None
    if kind == "JPEG":
        cost = _jpeg(data)
    elif kind == "PNG":
        cost = _png(data)
    return cost is not None and cost.is_within(PLAIN)


def cost_of(
    kind: PictureKind, data: bytes, size: tuple[int, int], mode: str = "", halvings: int = 0
) -> Cost:
    """Return what it will cost to load a picture of `size` and Pillow's `mode`, halved so often."""
    pixels = size[0] * size[1]
    if kind == "JPEG 2000":
        held = 2 * len(data) + (BYTES[kind] * pixels >> 2 * halvings)
        held += round(BLOCK * jpeg2000.blocks(data, pixels))
        return Cost(pixels, jpeg2000.seconds(data, pixels, halvings), held)
    if kind == "PNM" and not _is_plain_pnm(data):
        return Cost(pixels, NS_WORDS[data[:2]] * 1e-9 * pixels, DEEP * pixels + 8 * len(data))
    scans = data.count(b"\xff\xda") if kind == "JPEG" else 0
    seconds = (NS.get(kind, NS["PNG"]) + NS_SCAN * scans) * 1e-9 * pixels
    each = BYTES.get(kind) or (DEEP if mode[:1] in ("I", "F") else 4)
    return Cost(pixels, seconds, pixels * each)


def has_too_many_parts(kind: PictureKind, data: bytes) -> bool:
    """Whether a file is made of so many parts that opening it takes seconds, however few pixels."""
    if kind == "JPEG":
        parts: Iterator[object] = _segments(data, to_scan=True)
    elif kind == "PNG":
        parts = _chunks(data)
    elif kind == "GIF":
        if sum(islice((one == _COMMENT for one in _blocks(data)), PARTS["GIF"])) > COMMENTS:
            return True
        parts = _blocks(data)
    else:
        return False
    return next(islice(parts, PARTS[kind], None), None) is not None


def canvas_of_webp(data: bytes) -> tuple[int, int] | None:
    """Read how large a WebP is (RFC 9649, 2.4 to 2.7); Pillow takes memory for it at once."""
    name, body = data[12:16], data[20:30].ljust(10, b"\0")
    if name == b"VP8X":
        wide, high = (int.from_bytes(body[at : at + 3], "little") for at in (4, 7))
        return wide + 1, high + 1
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    wide, high = struct.unpack_from("<HH", body, 6)
    return (wide & 0x3FFF, high & 0x3FFF) if name == b"VP8 " else None


def _is_plain_pnm(data: bytes) -> bool:
    """Whether its samples are bytes, or bits, as they lie in memory (Netpbm's ppm(5))."""
    head = re.sub(rb"#[^\r\n]*", b"", data[:MOST_HEADER][2:]).split(maxsplit=3)
    return data[:2] == b"P4" or (data[:2] in (b"P5", b"P6") and head[2:3] == [b"255"])


def _jpeg(data: bytes) -> Cost | None:
    """Read a baseline or progressive JPEG of 8 bits up to its first scan (ITU-T T.81, annex B)."""
    size = None
    for at, marker in islice(_segments(data), MOST_PARTS):
        if at > MOST_HEADER:
            return None
        if marker in BASELINE or marker == PROGRESSIVE:
            if size or data[at + 4 : at + 5] != b"\x08":
                return None
            size = struct.unpack_from(">HH", data.ljust(at + 9, b"\0"), at + 5)
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8):
            return None  # arithmetic, lossless, hierarchical
        elif marker == 0xDA:
            break
    if not size or not all(size):
        return None
    pixels, scans = size[0] * size[1], data.count(b"\xff\xda")
    held = BYTES["JPEG"] if scans > 1 else 4
    return Cost(pixels, (NS["JPEG"] + NS_SCAN * scans) * 1e-9 * pixels, held * pixels)


_COMMENT, _EXTENSION, _IMAGE = 0xFE, 0x21, 0x2C


def _blocks(data: bytes) -> Iterator[int]:
    """Yield for each block before the first frame of a GIF (89a, 17 to 26) what it is part of."""
    packed = data[10] if len(data) > 12 else 0
    at = 13 + (3 << (packed & 7) + 1 if packed & 0x80 else 0)
    while at + 1 < len(data) and data[at] != _IMAGE:
        if data[at] != _EXTENSION:
            yield 0  # Pillow passes over what stands between
            at += 1
            continue
        label = data[at + 1]
        at += 2
        while at < len(data) and data[at]:
            yield label
            at += 1 + data[at]
        yield label
        at += 1


def _segments(data: bytes, *, to_scan: bool = False) -> Iterator[tuple[int, int]]:
    """Yield where each segment begins, and its marker; before the first scan those are all."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if to_scan and marker == 0xDA:
            return
        yield at, marker
        if marker == 0xFF:
            at += 1
        elif marker in BARE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def _png(data: bytes) -> Cost | None:
    """Read the chunks of a PNG; what unpacks to more than it shows is not plain."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        return None
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    said = 0
    for size, name, start in islice(_chunks(data), MOST_PARTS + 1):
        said += size if name != b"IDAT" else 0
        if said > MOST_HEADER or _is_packed(name, start):
            return None
        if name == b"IEND":
            break
    else:
        return None
    pixels, is_deep = width * height, depth == 16 and colour == GREY
    times = 4 if is_deep else 2 if depth == 16 or colour in WITH_ALPHA else 1
    return Cost(pixels, times * NS["PNG"] * 1e-9 * pixels, (DEEP if is_deep else 4) * pixels)


def _chunks(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the size, the name and the first bytes of each chunk (W3C PNG, 5.3)."""
    at = 8
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        yield size, name, data[at + 8 : at + 120]
        at += 12 + size


def _is_packed(name: bytes, start: bytes) -> bool:
    """Whether a text chunk is compressed: a few bytes of it may be a megabyte."""
    return name == b"zTXt" or (name == b"iTXt" and start.partition(b"\0")[2][:1] != b"\0")
