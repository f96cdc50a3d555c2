"""A picture to a network's input, equal to what the original's own code makes of it, bit by bit."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from retrievers.encoders.onnx_towers.fixed_point import resized
from retrievers.encoders.onnx_towers.pixel_settings import By, Fit, PixelSettings
from retrievers.pictures.long_pictures import shorten


def pixels(image: Image.Image, settings: PixelSettings) -> NDArray[np.float32]:
    """Return [1, 3, height, width] of a picture of any size and mode."""
    if settings.by is not By.OPEN_CLIP:
        image = _on_white(image)
    image = _fitted(image, settings)
    if image.mode != "RGB":
        image = image.convert("RGB")
    seen = np.asarray(image)  # [height, width, 3]
    out = np.empty((1, 3, *settings.size), dtype=np.float32)
    for channel, levels in enumerate(settings.levels):
        np.take(levels, seen[..., channel], out=out[0, channel], mode="clip")
    return out


def _on_white(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and image.info.get("transparency") is None:
        return image if image.mode == "RGB" else image.convert("RGB")
    above = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB")


def _fitted(image: Image.Image, settings: PixelSettings) -> Image.Image:
    height, width = settings.size
    if settings.fit is Fit.SQUASH:
        return _resized(image, (width, height), settings)
    if settings.fit is Fit.LONGEST:
        ratio = max(image.height / height, image.width / width)
        sides = round(image.width / ratio), round(image.height / ratio)
        return _padded(_resized(image, sides, settings), settings)
    return _middle(_shortest(shorten(image), settings), settings)


def _shortest(image: Image.Image, settings: PixelSettings) -> Image.Image:
    short, long = sorted(image.size)
    longer = int(settings.edge * long / short)
    upright = image.width <= image.height
    sides = (settings.edge, longer) if upright else (longer, settings.edge)
    return _resized(image, sides, settings)


def _resized(image: Image.Image, sides: tuple[int, int], settings: PixelSettings) -> Image.Image:
    if image.size == sides:
        return image
    if settings.by is By.TORCHVISION:
        return Image.fromarray(resized(np.asarray(image), sides[::-1], settings.resample))
    return image.resize(sides, settings.resample)


def _middle(image: Image.Image, settings: PixelSettings) -> Image.Image:
    height, width = settings.size
    left, top = image.width - width, image.height - height
    if settings.by is By.OPEN_CLIP:
        left, top = round(left / 2), round(top / 2)  # an odd half to the even side, as torchvision
    else:
        left, top = left // 2, top // 2
    return image.crop((left, top, left + width, top + height))


def _padded(image: Image.Image, settings: PixelSettings) -> Image.Image:
    high, wide = (side - now for side, now in zip(settings.size, image.size[::-1], strict=True))
    border = (wide // 2, high // 2, (wide + 1) // 2, (high + 1) // 2)
    return ImageOps.expand(image, border, settings.fill)
