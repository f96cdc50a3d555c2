"""Any mode that Pillow can load becomes 8-bit RGB, on white where it was transparent."""

import math
from functools import cache

import numpy as np
from PIL import Image, ImageCms

BAND_PIXELS = 1 << 24
REDUCIBLE = {"L", "RGB", "CMYK", "YCbCr"}


def reduced_rgb(image: Image.Image, factor: int) -> Image.Image:
    """Convert to RGB and shrink by a whole factor, in bands so that no large copy is made."""
    levels = _levels(image) if _is_deep(image) else (0.0, 255.0)
    if factor == 1:
        return _rgb(image, levels)
    if image.mode in REDUCIBLE and not image.has_transparency_data:
        return _rgb(image.reduce(factor), levels)
    width, height = image.size
    small = Image.new("RGB", (math.ceil(width / factor), math.ceil(height / factor)))
    step = max(1, BAND_PIXELS // (width * factor)) * factor
    for top in range(0, height, step):
        band = image.crop((0, top, width, min(top + step, height)))
        small.paste(_rgb(band, levels).reduce(factor), (0, top // factor))
    return small


def _rgb(image: Image.Image, levels: tuple[float, float]) -> Image.Image:
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    if _is_deep(image):
        return _eight_bits(image, levels).convert("RGB")
    if image.mode == "LAB":
        return ImageCms.applyTransform(image, _lab_to_rgb()) or image
    return _on_white(image) if image.has_transparency_data else image.convert("RGB")


@cache
def _lab_to_rgb() -> ImageCms.ImageCmsTransform:
    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(*profiles, "LAB", "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    layer = image.convert("RGBA")
    white = Image.new("RGB", layer.size, "white")
    white.paste(layer, mask=layer.getchannel("A"))
    return white


def _is_deep(image: Image.Image) -> bool:
    return image.mode[0] in "IF"


def _levels(image: Image.Image) -> tuple[float, float]:
    """Return the values that become black and white: the range of the type, else of the picture."""
    if image.mode.startswith("I;16"):
        return 0.0, 65535.0
    low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    tops = (255.0, 65535.0) if image.mode == "I" else (1.0, 255.0, 65535.0)
    if low >= 0 and (top := next((top for top in tops if top >= high), None)):
        return 0.0, top
    return low, max(high, low + 1)


def _eight_bits(image: Image.Image, levels: tuple[float, float]) -> Image.Image:
    low, high = levels
    values = (np.asarray(image).astype(np.float32) - low) * (255 / (high - low))
    return Image.fromarray(np.nan_to_num(values).clip(0, 255).round().astype(np.uint8))
