"""Any mode that Pillow can load becomes 8-bit RGB, on white where it was transparent."""

import math
from functools import cache

from PIL import Image, ImageCms

from retrievers.pictures.colour.grey_levels import Levels, eight_bits, is_deep, levels_of
from retrievers.pictures.colour.icc import Meant

BAND_PIXELS = 1 << 24
OPAQUE = {"1": "L", "L": "L", "LA": "L", "La": "L", "CMYK": "CMYK"}  # all else becomes RGB
REDUCIBLE = {"L", "RGB", "CMYK"}


def reduced_rgb(
    image: Image.Image, factor: int, *, meant: Meant | None = None, bits: int | None = None
) -> Image.Image:
    """Convert to RGB and shrink by a whole factor, in bands so that no large copy is made.

    Args:
        image: loaded.
        factor: by which it shrinks.
        meant: takes the picture's colours to sRGB; what is shrunk already is less work.
        bits: of a deep grey's values that are significant, if its file says so.
    """
    small = _reduced(image, factor, levels_of(image, bits) if is_deep(image) else Levels())
    if meant:
        small = meant(small)
    return small if small.mode == "RGB" else small.convert("RGB")


def _reduced(image: Image.Image, factor: int, levels: Levels) -> Image.Image:
    if factor == 1:
        return _opaque(image, levels)
    if image.mode in REDUCIBLE and not image.has_transparency_data:
        return image.reduce(factor)
    width, height = image.size
    step = max(1, BAND_PIXELS // (width * factor)) * factor
    small: Image.Image | None = None
    for top in range(0, height, step):
        band = image.crop((0, top, width, min(top + step, height)))
        part = _opaque(band, levels).reduce(factor)
        if small is None:
            small = Image.new(part.mode, (math.ceil(width / factor), math.ceil(height / factor)))
        small.paste(part, (0, top // factor))
    return small or _opaque(image, levels)


def _opaque(image: Image.Image, levels: Levels) -> Image.Image:
    """Return the colours as 8-bit L, RGB or CMYK."""
    if is_deep(image):
        return eight_bits(image, levels)
    if image.mode == "LAB":
        return ImageCms.applyTransform(image, _lab_to_rgb()) or image
    mode = OPAQUE.get(image.mode, "RGB")
    if image.has_transparency_data:
        return _on_white(image, mode)
    return image if image.mode == mode else image.convert(mode)


def _on_white(image: Image.Image, mode: str) -> Image.Image:
    layer = image.convert("RGBA")
    white = Image.new(mode, layer.size, "white")
    white.paste(layer.convert(mode), mask=layer.getchannel("A"))
    return white


@cache
def _lab_to_rgb() -> ImageCms.ImageCmsTransform:
    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(*profiles, "LAB", "RGB")
