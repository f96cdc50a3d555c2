"""A folder of every file that has broken an image indexer, and what must become of each.

    expected = build(folder)

writes them all; each `Expected` names one file and says whether it must be read, or else a part of
the reason that must be given for it.
"""

import contextlib
import os
import socket
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

READS_ANYTHING = os.geteuid() == 0
"""Root can read what permissions forbid, so `build` leaves those files out for root."""


@dataclass(frozen=True)
class Expected:
    """What must become of one file.

    Attributes:
        path: the file.
        reason: a part of the reason for not reading it; None if it must be read.
        size: its upright width and height, if it must be read.
        is_met: whether a walk comes across it: False for a folder, which is no file.
    """

    path: Path
    reason: str | None = None
    size: tuple[int, int] | None = None
    is_met: bool = True


def photo(width: int = 120, height: int = 80, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """Paint a picture with some detail, its top left corner red."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    noise = np.random.default_rng(seed).random((height, width)) * 40
    pixels = np.stack([200 * x, 200 * y, 120 * (1 - x) + noise], axis=-1).astype(np.uint8)
    pixels[: height // 4, : width // 4] = (220, 20, 20)
    return Image.fromarray(pixels).convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """Encode a picture."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def heic(image: Image.Image, **options: object) -> bytes:
    """Encode as HEIC."""
    file = BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=60, **options)
    return file.getvalue()


def turned(orientation: int) -> Image.Exif:
    """EXIF that says how the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def frames(kind: str, **options: object) -> bytes:
    """Encode three different frames as one animation."""
    first, *rest = (photo(seed=seed) for seed in range(3))
    return saved(first, kind, save_all=True, append_images=rest, **options)


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """Write a PNG by hand, in forms that Pillow does not write, or that lie about their size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def deep_rgb_png() -> bytes:
    """Encode 16 bits per channel."""
    row = b"\0" + struct.pack(">3H", 60000, 1000, 1000) * 12
    return png(12, 8, 16, 2, row * 8)


def text_bomb_png() -> bytes:
    """Hide 20 MB in a compressed text chunk."""
    data = b"Comment\0\0" + zlib.compress(b"\0" * 20_000_000)
    plain = saved(photo(), "PNG")
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data
    return plain[:33] + chunk + struct.pack(">I", zlib.crc32(b"zTXt" + data)) + plain[33:]


def transparent(mode: str = "RGBA") -> Image.Image:
    """Paint a picture whose right half cannot be seen."""
    image = photo(mode="RGBA")
    image.putalpha(Image.fromarray(np.repeat([[255] * 60 + [0] * 60], 80, 0).astype(np.uint8)))
    return image.convert(mode)


def palette_with_alpha() -> bytes:
    """Encode a palette whose entries are transparent by degrees."""
    return saved(photo(mode="P"), "PNG", transparency=bytes(range(256)))


def deep(dtype: str, scale: float) -> Image.Image:
    """Paint in one deep channel."""
    return Image.fromarray((np.asarray(photo(mode="L")).astype(np.float64) * scale).astype(dtype))


def patched(data: bytes, at: int, new: bytes) -> bytes:
    """Overwrite some bytes."""
    return data[:at] + new + data[at + len(new) :]


def jpeg_claiming(width: int, height: int) -> bytes:
    """Encode a small JPEG whose frame header claims another size."""
    data = saved(photo(), "JPEG")
    return patched(data, data.index(b"\xff\xc0") + 5, struct.pack(">HH", height, width))


def cut(data: bytes, share: float = 0.6) -> bytes:
    """Lose the end."""
    return data[: int(len(data) * share)]


def written_out(image: Image.Image) -> bytes:
    """Write every value as a word (Netpbm's plain form), with a comment before them."""
    words = " ".join(str(value) for value in image.tobytes())
    return f"P3\n# by hand\n{image.width} {image.height}\n255\n{words}\n".encode()


def with_box(jp2: bytes, name: bytes, body: bytes) -> bytes:
    """Put a box before the header of a JPEG 2000 file."""
    return jp2[:32] + struct.pack(">I", len(body) + 8) + name + body + jp2[32:]


def readable() -> dict[str, tuple[bytes, tuple[int, int]]]:
    """Return what must be read: name -> bytes, upright size."""
    plain, usual = photo(), (120, 80)
    jpeg, whole_png = saved(plain, "JPEG"), saved(plain, "PNG")
    files = {
        "good.jpg": jpeg,
        "good.png": whole_png,
        "good.webp": saved(plain, "WEBP"),
        "good.gif": saved(plain, "GIF"),
        "good.bmp": saved(plain, "BMP"),
        "good.tiff": saved(plain, "TIFF"),
        "good.heic": heic(plain),
        "good.avif": saved(plain, "AVIF"),
        "good.jp2": saved(plain, "JPEG2000"),
        "good.j2k": saved(plain, "JPEG2000", no_jp2=True),
        "good.ppm": saved(plain, "PPM"),
        "grey.pgm": saved(plain.convert("L"), "PPM"),
        "one-bit.pbm": saved(plain.convert("1"), "PPM"),
        "words.ppm": written_out(plain),
        "transparent.jp2": saved(transparent(), "JPEG2000"),
        "16-bit.jp2": saved(deep("uint16", 257), "JPEG2000"),
        "a-jp2.jpg": saved(plain, "JPEG2000", irreversible=True),
        "SHOUTING.JPEG": jpeg,
        "a-png.jpg": whole_png,
        "a-jpeg.png": jpeg,
        "a-heic.jpg": heic(plain),
        "progressive.jpg": saved(plain, "JPEG", progressive=True),
        "bytes-after-the-end.jpg": jpeg + b"more" * 1000,
        "broken-exif.jpg": saved(plain, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\0\0"),
        "cmyk.jpg": saved(plain.convert("CMYK"), "JPEG"),
        "cmyk.tif": saved(plain.convert("CMYK"), "TIFF"),
        "grey.jpg": saved(plain.convert("L"), "JPEG"),
        "one-bit.png": saved(plain.convert("1"), "PNG"),
        "16-bit.png": saved(deep("uint16", 257), "PNG"),
        "16-bit.tif": saved(deep("uint16", 257), "TIFF"),
        "32-bit.tif": saved(deep("int32", 1000), "TIFF"),
        "float.tif": saved(deep("float32", 1 / 255), "TIFF"),
        "lab.tif": saved(Image.merge("LAB", [photo(mode="L")] * 3), "TIFF"),
        "jpeg-inside.tif": saved(plain, "TIFF", compression="jpeg"),
        "palette-with-alpha.png": palette_with_alpha(),
        "grey-with-alpha.png": saved(transparent("LA"), "PNG"),
        "transparent.png": saved(transparent(), "PNG"),
        "transparent.webp": saved(transparent(), "WEBP"),
        "transparent.gif": saved(transparent(), "GIF"),
        "animated.gif": frames("GIF"),
        "animated.webp": frames("WEBP"),
        "animated.png": frames("PNG"),
        "animated.avif": frames("AVIF"),
        "pages.tif": frames("TIFF"),
        "two-views.jpg": frames("MPO"),
    }
    return {name: (data, usual) for name, data in files.items()} | {
        "16-bit-colours.png": (deep_rgb_png(), (12, 8)),
        "1x1.png": (saved(photo(1, 1), "PNG"), (1, 1)),
        "1x1.jpg": (saved(photo(1, 1), "JPEG"), (1, 1)),
        "30000-wide.jpg": (saved(photo(30_000, 40), "JPEG"), (30_000, 40)),
        "30000-wide.png": (saved(Image.new("RGBA", (30_000, 200)), "PNG"), (30_000, 200)),
        "30000-high.png": (saved(Image.new("L", (3, 30_000)), "PNG"), (3, 30_000)),
        "sideways.jpg": (saved(plain, "JPEG", exif=turned(6)), (80, 120)),
        "sideways.png": (saved(plain, "PNG", exif=turned(8)), (80, 120)),
        "sideways.webp": (saved(plain, "WEBP", exif=turned(5)), (80, 120)),
        "sideways.tif": (saved(plain, "TIFF", exif=turned(6)), (80, 120)),
        "sideways.jp2": (
            with_box(
                saved(plain, "JPEG2000"), b"uuid", b"JpgTiffExif->JP2" + turned(6).tobytes()[6:]
            ),
            (80, 120),
        ),
        "sideways.avif": (saved(plain, "AVIF", exif=turned(6)), (80, 120)),
    }


def unreadable() -> dict[str, tuple[bytes, str]]:
    """Return what must not be read: name -> bytes, a part of the reason."""
    plain = photo()
    whole = {name: data for name, (data, _) in readable().items() if name.startswith("good.")}
    huge = struct.pack("<HH", 65_535, 65_535)
    files = {f"cut-{name}": (cut(data), "cut short") for name, data in whole.items()}
    return files | {
        "zero-bytes.jpg": (b"", "empty (0 bytes)"),
        "one-byte.jpg": (b"\xff", "not a picture"),
        "only-a-start.jpg": (b"\xff\xd8\xff\xe0", "cut short"),
        "only-a-start.png": (whole["good.png"][:20], "cut short"),
        "text.jpg": (b"Dear reader, this is a letter.\n" * 50, "not a picture"),
        "page.jpg": (b"<!DOCTYPE html><title>404</title>", "not a picture"),
        "drawing.png": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        "archive.gif": (b"PK\3\4" + bytes(500), "not a picture"),
        "film.heic": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(90), "not a picture"),
        "noise.png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9 + b"IEND", "damaged PNG"),
        "overwritten.png": (patched(saved(plain, "PNG"), 600, b"\xff" * 300), "damaged PNG"),
        "bomb.png": (png(60_000, 60_000, 8, 2, bytes(900)), "3600 megapixels; the limit is 300"),
        "bomb.jpg": (jpeg_claiming(65_500, 65_500), "4290 megapixels; the limit is 300"),
        "bomb.gif": (patched(saved(plain, "GIF"), 6, huge), "4295 megapixels; the limit is 300"),
        "bomb.bmp": (
            patched(saved(plain, "BMP"), 18, struct.pack("<ii", 50_000, 50_000)),
            "2500 megapixels; the limit is 300",
        ),
        "text-bomb.png": (text_bomb_png(), "damaged PNG"),
    }


def odd_names() -> list[str]:
    """Return names that have broken programs; the good picture is written under each."""
    undecodable = os.fsdecode(b"caf\xe9-\xff.jpg")
    return [
        *(undecodable, "two\nlines.jpg", "tab\there.jpg", "bell\a.jpg", "-rf.jpg", " blank .jpg"),
        *("100% %s {x} $HOME.jpg", "';drop table files;--.jpg", "back\\slash.jpg", '"quoted".jpg'),
        *("\u202egpj.exe.jpg", "雪山.jpg", "🐈‍⬛.jpg", "e\u0301te\u0301.jpg", "n" * 251 + ".jpg"),
    ]


def make_specials(folder: Path, good: bytes) -> list[Expected]:
    """Make what is not a plain file: links, pipes, sockets, folders with a picture's name."""
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    (folder / "linked.jpg").symlink_to("good.jpg")
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(folder):
        made.bind("socket.jpg")
    (folder / "folder.jpg").mkdir()
    (folder / "folder.jpg" / "inside.jpg").write_bytes(good + b"inside")
    (folder / "folder.jpg" / "up").symlink_to("..")
    return [
        Expected(folder / "loop.jpg", "leads back to itself"),
        Expected(folder / "dangling.jpg", "to a file that does not exist"),
        Expected(folder / "linked.jpg", size=(120, 80)),
        Expected(folder / "pipe.jpg", "named pipe"),
        Expected(folder / "socket.jpg", "socket"),
        Expected(folder / "folder.jpg", "folder", is_met=False),
        Expected(folder / "folder.jpg" / "inside.jpg", size=(120, 80)),
    ]


def make_forbidden(folder: Path, good: bytes) -> list[Expected]:
    """Make a file and a folder that nobody but root may look into."""
    secret, locked = folder / "secret.jpg", folder / "locked"
    secret.write_bytes(good + b"secret")
    secret.chmod(0)
    locked.mkdir()
    (locked / "behind.jpg").write_bytes(good)
    locked.chmod(0)
    return [Expected(secret, "permission denied"), Expected(locked, "permission denied")]


def build(folder: Path) -> list[Expected]:
    """Write every hostile file, and good ones beside them, into an existing folder."""
    expected = []
    for name, (data, size) in readable().items():
        (folder / name).write_bytes(data)
        expected.append(Expected(folder / name, size=size))
    for name, (data, reason) in unreadable().items():
        (folder / name).write_bytes(data)
        expected.append(Expected(folder / name, reason))
    good = (folder / "good.jpg").read_bytes()
    for place, name in enumerate(odd_names()):
        with contextlib.suppress(OSError):  # some file systems refuse some names
            (folder / name).write_bytes(good + bytes([place]))
            expected.append(Expected(folder / name, size=(120, 80)))
    expected += make_specials(folder, good)
    return expected if READS_ANYTHING else expected + make_forbidden(folder, good)
