"""Bytes of a picture file become an upright RGB picture, no larger than it needs to be.

It happens where it is called; `decoders` knows for which pictures that is a process of its own.
Opens the class for the kind directly: `PIL.Image.open` would try every format it knows, and warns
about large pictures where we refuse them with a reason.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from itertools import product

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.Image import Image, Transpose
from PIL.ImageFile import ImageFile

from retrievers.pictures.colour.stated_colour import conversion_of, significant_bits
from retrievers.pictures.colour.to_rgb import reduced_rgb
from retrievers.pictures.decoding.decoding_cost import (
    Cost,
    canvas_of_webp,
    cost_of,
    has_too_many_parts,
)
from retrievers.pictures.files.jpeg2000 import boxed_metadata, halvings
from retrievers.pictures.files.kinds import KINDS, PictureKind, is_cut_short, kind_of
from retrievers.pictures.metadata.embedded import facts_in
from retrievers.pictures.metadata.exif import orientation
from retrievers.pictures.metadata.facts import Facts

# Pillow warns of odd metadata on the user's terminal; what matters of it becomes a reason here.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

# Pillow lacks some layouts of whole numbers of 32 bits; `levels` tells those without a sign.
TiffImagePlugin.OPEN_INFO.update(
    {
        (order, photometric, (sample,), 1, (32,), ()): ("I", raw)
        for order, raw in ((TiffImagePlugin.II, "I;32S"), (TiffImagePlugin.MM, "I;32BS"))
        for photometric, sample in product((0, 1), (1, 2))
    }
)

MAX_PIXELS = 300_000_000

CLASSES: dict[PictureKind, type[ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "JPEG 2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "PNM": PpmImagePlugin.PpmImageFile,
}

# EXIF orientation (CIPA DC-008, 4.6.5) -> what makes the picture upright.
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


UNSUPPORTED = re.compile(r"unsupported|not supported|unknown pixel mode|cannot handle", re.I)


class UndecodableBytes(Exception):  # noqa: N818 - reads as what it is
    """The bytes are not a picture that can be shown; the message is the reason in one line."""


class TooManyPixels(UndecodableBytes):
    """The picture states a larger size than is decoded."""


class TooCostly(UndecodableBytes):
    """Decoding the picture would take, or took, more time or memory than it may."""


class TookTooLong(TooCostly):
    """It was begun, and given up."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The picture, reduced, its full upright size, and what its file says where that was asked."""

    image: Image
    width: int
    height: int
    facts: Facts = Facts()  # noqa: RUF009 - it is frozen


def decode(
    data: bytes,
    *,
    min_side: int,
    most: int = MAX_PIXELS,
    afford: Callable[[Cost], None] = lambda cost: None,
) -> Decoded:
    """Decode the first frame, with its shorter side at least `min_side` if it has that many pixels.

    `afford` is told what it will cost before a pixel is decoded, and may raise; what it raises
    comes through.

    Raises:
        TooManyPixels: it states more than `most`, whatever its kind; nothing was decoded.
        UndecodableBytes: no known kind, cut short or damaged.
    """
    if (kind := kind_of(data)) is None:
        raise UndecodableBytes(
            f"not a picture: its content is not {', '.join(KINDS[:-1])} or {KINDS[-1]}"
        )
    try:
        _check_parts(kind, data)
        if canvas := canvas_of_webp(data) if kind == "WebP" else None:
            _check(canvas, most)
            afford(cost_of(kind, data, canvas))
        image = opened(kind, data)
        _check(image.size, most)
        times = halvings(data, image.size, min_side) if kind == "JPEG 2000" else 0
        afford(cost_of(kind, data, image.size, image.mode, times))
        return _decoded(kind, data, image, min_side)
    except UndecodableBytes:
        raise
    except MemoryError as error:
        raise TooCostly("too large: it needs more memory than there is") from error
    except Exception as error:  # decoders raise nearly anything on damaged files
        raise UndecodableBytes(_reason(kind, data, error)) from error


def _check_parts(kind: PictureKind, data: bytes) -> None:
    if has_too_many_parts(kind, data):
        raise TooCostly(f"too costly: the {kind} is made of more parts than a picture has")


def _check(size: tuple[int, int], most: int) -> None:
    width, height = size
    if width * height > most:
        area = f"{width} x {height} is {width * height / 1e6:.0f} megapixels"
        raise TooManyPixels(f"too large: {area}; the limit is {most // 1_000_000}")


def _decoded(kind: PictureKind, data: bytes, image: ImageFile, min_side: int) -> Decoded:
    width, height = image.size
    if isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile):
        image.reduce = halvings(data, image.size, min_side)
    image.draft(None, (min_side, min_side))
    image.load()
    held = orientation(image)
    if held >= 5:
        width, height = height, width
    small = reduced_rgb(
        image,
        max(1, min(image.size) // min_side),
        meant=conversion_of(kind, data, image),
        bits=significant_bits(kind, data),
    )
    small.info = {}  # what it said of its colours holds no more
    if (turn := TURNS.get(held)) is not None:
        small = small.transpose(turn)
    return Decoded(small, width, height)


def opened(kind: PictureKind, data: bytes) -> ImageFile:
    """Open a picture without decoding it; raises nearly anything on damaged bytes."""
    if kind == "HEIC":
        from pillow_heif import HeifImageFile  # loads libheif, which few folders need

        return HeifImageFile(BytesIO(data))  # type: ignore[no-any-return]
    image = CLASSES[kind](BytesIO(data))
    if kind == "JPEG 2000":
        image.info.update(boxed_metadata(data))
    return image


def facts_of(data: bytes, *, afford: Callable[[Cost], None] = lambda cost: None) -> Facts:
    """Return what a picture file itself says; nothing if its bytes are none. `afford` as above."""
    if (kind := kind_of(data)) is None:
        return Facts()
    try:
        _check_parts(kind, data)
        if canvas := canvas_of_webp(data) if kind == "WebP" else None:
            afford(cost_of(kind, data, canvas))
        image = opened(kind, data)
    except TooCostly:
        raise
    except Exception:  # decoders raise nearly anything on damaged files
        return Facts()
    return facts_in(image, data)


def _reason(kind: PictureKind, data: bytes, error: Exception) -> str:
    said = "".join(c if c.isprintable() else " " for c in str(error)).strip()
    if "truncated" in said.lower() or is_cut_short(kind, data):
        return f"cut short: the {kind} data ends before the picture does ({len(data)} bytes)"
    fault = "unsupported" if UNSUPPORTED.search(said) else "damaged"
    return f"{fault} {kind}: {said[:160] or type(error).__name__}"
