"""Make a picture's sides more alike without cutting anything off (CIReVL, arXiv:2310.09291)."""

from PIL.Image import Image, new


def padded(image: Image, ratio: float, colour: str = "black") -> Image:
    """Pad both ends of the shorter side until the longer is at most `ratio` times as long.

    Raises:
        ValueError: ratio is below 1.
    """
    if ratio < 1:
        raise ValueError(f"ratio must be at least 1; got {ratio!r}")
    width, height = image.size
    wide, high = max(width, round(height / ratio)), max(height, round(width / ratio))
    if (wide, high) == image.size:
        return image
    canvas = new(image.mode, (wide, high), colour)
    canvas.paste(image, ((wide - width) // 2, (high - height) // 2))
    return canvas
