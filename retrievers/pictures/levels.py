"""Which values of a deep grey picture are black and white: as its file says, else as they lie."""

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image, fromarray
from PIL.TiffImagePlugin import TiffImageFile

DEPTHS = tuple(float((1 << bits) - 1) for bits in (8, 10, 12, 14, 16, 32))
BITS, PHOTOMETRIC, MAX_SAMPLE, S_MAX_SAMPLE = 258, 262, 281, 341  # of TIFF 6.0
WHITE_IS_ZERO = 0
NEARLY = 0.999  # share of a float picture's values that are no brighter than white
SAMPLE = 1 << 20  # values

Levels = tuple[float, float]


def is_deep(image: Image) -> bool:
    """Whether it is a grey with more than 8 bits a value."""
    return image.mode[0] in "IF"


def levels_of(image: Image, bits: int | None) -> Levels:
    """Return the value that becomes black, and the one that becomes white.

    Args:
        image: deep, and whole.
        bits: that the file calls significant, if it says so.
    """
    if isinstance(image, TiffImageFile):
        top = _top_of_tiff(image)
        inverted = image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO
    else:
        top, inverted = float((1 << bits) - 1) if bits else None, False
    black, white = _range(image, top)
    return (white, black) if inverted else (black, white)


def eight_bits(image: Image, levels: Levels) -> Image:
    """Return a deep picture, or a band of it, as 8-bit grey."""
    black, white = levels
    values = (np.asarray(image).astype(np.float32) - black) * (255 / (white - black))
    whole = np.nan_to_num(values, posinf=255, neginf=0).clip(0, 255).round()
    return fromarray(whole.astype(np.uint8))


def _top_of_tiff(image: TiffImageFile) -> float | None:
    """Return the greatest value that a file speaks of; that of a whole number fills its bits."""
    for tag in (S_MAX_SAMPLE, MAX_SAMPLE):
        stated = image.tag_v2.get(tag)
        if isinstance(stated, tuple):
            stated = stated[0] if stated else None
        if isinstance(stated, int | float) and stated > 0:
            return float(stated) if image.mode == "F" else _depth(float(stated))
    bits = image.tag_v2.get(BITS, (16,))[0]
    return float((1 << bits) - 1) if 8 < bits < 16 else None


def _range(image: Image, stated: float | None) -> Levels:
    values = _finite(np.asarray(image))
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if low < -0.1 * high:  # values on both sides of 0
        return low, max(high, low + 1)
    if stated and high <= stated:
        return 0.0, stated
    if image.mode != "F":
        return 0.0, _depth(high)
    if high <= 1 or 128 < high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    step = max(1, len(values) // SAMPLE)
    return 0.0, max(float(np.quantile(values[::step], NEARLY)), 1.0)


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = values.ravel()
    return flat[np.isfinite(flat)] if flat.dtype.kind == "f" else flat


def _depth(high: float) -> float:
    """Return the greatest value of the fewest bits that this value fits into."""
    return next((depth for depth in DEPTHS if high <= depth), high)
