"""Pictures that cost more than they look: small files that take a decoder minutes or gigabytes.

`refused` returns what must not be read, `dear` what must be.
"""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.hostile import frames, patched, photo, saved

LARGE = 14_000  # pixels of a side; its square is below the limit of pixels


def many_scans(side: int = 4000, scans: int = 2000) -> bytes:
    """Say the last scan of a progressive JPEG again and again."""
    data = saved(Image.new("RGB", (side, side)), "JPEG", progressive=True)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * scans + b"\xff\xd9"


def poison(strips: int = 3_000_000) -> bytes:
    """Cut the eight lines of a TIFF into strips that are drawn again and again, for minutes."""
    entries = [
        (256, 3, 1, 8),
        (257, 3, 1, 8),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 3, strips, 200),
        (277, 3, 1, 1),
        (278, 3, 1, 1),
        (279, 3, strips, 200 + 2 * strips),
    ]
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    head += b"".join(struct.pack("<HHII", *one) for one in entries) + bytes(4)
    return head.ljust(200, b"\0") + b"\x80\0" * strips + b"\x08\0" * strips


def many_comments(size: int) -> bytes:
    """Fill a JPEG with empty comments."""
    data = saved(photo(), "JPEG")
    return data[:2] + b"\xff\xfe\0\2" * (size // 4) + data[2:]


def large_canvas(side: int = LARGE) -> bytes:
    """Show two small frames on a large canvas, as WebP."""
    data = frames("WEBP")
    return patched(data, 24, (side - 1).to_bytes(3, "little") * 2)


def huge_tile() -> bytes:
    """State one tile of a TIFF that is much larger than the picture, and hold no such."""
    entries = [
        (256, 4, 1, 200),
        (257, 4, 1, 200),
        (258, 3, 1, 8),
        (259, 3, 1, 8),
        (262, 3, 1, 1),
        (277, 3, 1, 1),
        (322, 4, 1, 65_520),
        (323, 4, 1, 65_520),
        (324, 4, 1, 200),
        (325, 4, 1, 500),
    ]
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    head += b"".join(struct.pack("<HHII", *one) for one in entries) + bytes(4)
    return head.ljust(200, b"\0") + zlib.compress(bytes(400_000))[:500].ljust(500, b"\0")


def deep_raster(side: int = LARGE) -> bytes:
    """State a float TIFF of 784 MB whose one strip is packed to nearly nothing."""
    file = saved(Image.new("F", (16, 16)), "TIFF", compression="tiff_adobe_deflate")
    tags = struct.unpack_from("<I", file, 4)[0]
    for n in range(struct.unpack_from("<H", file, tags)[0]):
        at = tags + 2 + 12 * n
        if struct.unpack_from("<H", file, at)[0] in (256, 257, 278):
            file = patched(file, at + 2, struct.pack("<HII", 4, 1, side))
    return file


def large_tile(side: int = LARGE, **options: object) -> bytes:
    """State a JPEG 2000 of one huge tile."""
    file = saved(photo(seed=5), "JPEG2000", no_jp2=True, **options)
    at = file.index(b"\xff\x51") + 6
    return patched(file, at, struct.pack(">IIIIII", side, side, 0, 0, side, side))


def refused() -> dict[str, tuple[bytes, str]]:
    """Return what costs too much: name -> bytes, a part of the reason."""
    png = saved(photo(seed=4), "PNG")
    return {
        "scans.jpg": (many_scans(), "too costly: to decode its 16 megapixels takes"),
        "canvas.webp": (large_canvas(), "too large: to decode its 196 megapixels takes 3.1 GB"),
        "raster.tif": (deep_raster(), "too large: to decode its 196 megapixels takes 4.7 GB"),
        "tile.tif": (huge_tile(), "damaged TIFF"),
        "canvas.jp2": (
            large_tile(num_resolutions=1),
            "too large: to decode its 196 megapixels takes 9.4 GB",
        ),
        "blocks.jp2": (large_tile(codeblock_size=(4, 4)), "too large: to decode its 196 mega"),
        "words.ppm": (b"P3 5000 5000 255\n" + b"1 " * 1000, "too costly: to decode its 25 mega"),
        "texts.png": (png[:-12] + b"".join(_texts()) + png[-12:], "damaged PNG"),
    }


def dear() -> dict[str, bytes]:
    """Return pictures that carry bombs beside their pixels, and are to be read for these."""
    jpeg, png = saved(photo(seed=3), "JPEG"), saved(photo(seed=1), "PNG")
    return {
        "profile.jpg": saved(photo(seed=2), "JPEG", icc_profile=bytes(8_000_000)),
        "comments.jpg": many_comments(400_000),
        "packet.jpg": jpeg[:2] + b"".join(_packets()) + jpeg[2:],
        "chunks.png": png[:33] + (_chunk(b"tIME", bytes(7)) * 40_000) + png[33:],
        "animated.avif": frames("AVIF"),
    }


def _packets() -> Iterator[bytes]:
    """Yield segments of XMP that is no UTF-8 and has no end."""
    start = b"http://ns.adobe.com/xap/1.0/\0"
    body = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"\xe9\xe8 " * 20_000
    for _ in range(40):
        yield b"\xff\xe1" + struct.pack(">H", len(start + body) + 2) + start + body


def _texts() -> Iterator[bytes]:
    """Yield compressed texts of a megabyte each, each under a name of its own."""
    packed = zlib.compress(bytes(1 << 20), 9)
    return (_chunk(b"zTXt", b"name%d\0\0" % n + packed) for n in range(1000))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
