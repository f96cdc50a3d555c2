"""A picture file made small for showing: upright, without its EXIF, as bytes or a data URI."""

import base64
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from retrievers.hit import Picture
from retrievers.pictures import read_picture
from retrievers.recorded_files import recorded_image

BACKGROUND = (24, 24, 27)


def shrunk(shown: Picture | Path, side: int) -> Image.Image:
    """Return the picture in sRGB, its longer side at most `side`, and nothing of its metadata.

    Args:
        shown: a record of a collection, or a file that the user named.
        side: pixels.

    Raises:
        UnreadablePicture: the file cannot be read, or does not hold what was recorded.
    """
    if isinstance(shown, Picture):
        image = recorded_image(shown, min_side=side)
    else:
        image = read_picture(shown, min_side=side).image
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def encoded(image: Image.Image, kind: str) -> bytes:
    """Write an image as JPEG, WebP or PNG."""
    file = BytesIO()
    image.save(file, kind, quality=76)
    return file.getvalue()


def data_uri(shown: Picture | Path, side: int) -> str:
    """Return the shrunk picture as a WebP that can stand inside a page.

    Raises:
        UnreadablePicture: the file cannot be read, or does not hold what was recorded.
    """
    data = base64.b64encode(encoded(shrunk(shown, side), "WEBP")).decode()
    return f"data:image/webp;base64,{data}"


def sheet(cells: list[tuple[str, Image.Image]], columns: int, cell: tuple[int, int]) -> Image.Image:
    """Lay labelled pictures out in one image, row by row, each fitted into its cell."""
    width, height = cell
    rows = -(-len(cells) // columns)
    whole = Image.new("RGB", (min(columns, len(cells)) * width, rows * height), BACKGROUND)
    for place, (label, image) in enumerate(cells):
        left, top = place % columns * width, place // columns * height
        fitted = ImageOps.contain(image, (width - 8, height - 8))
        at = (left + (width - fitted.width) // 2, top + (height - fitted.height) // 2)
        whole.paste(fitted, at)
        _number(whole, label, (left + 8, top + 8))
    return whole


def _number(image: Image.Image, number: str, at: tuple[int, int]) -> None:
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(20)
    left, top, right, bottom = draw.textbbox(at, number, font=font)
    draw.rounded_rectangle((left - 5, top - 4, right + 5, bottom + 4), 5, fill=BACKGROUND)
    draw.text(at, number, font=font, fill="white")
