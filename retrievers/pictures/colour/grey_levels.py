"""Which values of a deep grey picture are black and white: as its file says, else as they lie.

What is no measurement is left out of it: the fill of a raster's empty places, nan and infinity.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image, fromarray
from PIL.TiffImagePlugin import TiffImageFile

DEPTHS = tuple(float((1 << bits) - 1) for bits in (8, 10, 12, 14, 16, 32))
FULL = DEPTHS[-2]  # of 16 bits
BITS, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339  # of TIFF 6.0
UNSIGNED = 1
LEAST, MOST = (340, 280), (341, 281)  # SMin and MinSampleValue, SMax and MaxSampleValue
NO_DATA = 42113  # of GDAL: a number as text
WHITE_IS_ZERO = 0
NEARLY = 0.999  # share of a float picture's values that are between black and white, at each end
SAMPLE = 1 << 20  # values
NOTHING_SEEN = 16  # times darker than the range: taken for a picture of fewer bits

HUGE = 1e15  # of floats: no measurement is as large
USUAL_FILLS = (-9999.0, -99999.0, -999.0, -32767.0, -32768.0, -(2.0**31))

Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Levels:
    """What the values of a deep picture mean.

    Attributes:
        black: the value that is shown black.
        white: the value that is shown white; below `black` where 0 is white.
        fill: the value of places where nothing was measured, which are shown black.
        unsigned: whether whole numbers of 32 bits have no sign, which Pillow cannot hold.
    """

    black: float = 0.0
    white: float = 255.0
    fill: float | None = None
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a file says of its values: the least and the greatest, and the fill."""

    low: float | None = None
    high: float | None = None
    fill: float | None = None
    inverted: bool = False


def is_deep(image: Image) -> bool:
    """Whether it is a grey with more than 8 bits a value."""
    return image.mode[0] in "IF"


def levels_of(image: Image, bits: int | None) -> Levels:
    """Return what becomes black, what white, and what is no value.

    Args:
        image: deep, and whole.
        bits: that the file calls significant, if it says so.
    """
    unsigned = image.mode == "I" and isinstance(image, TiffImageFile) and _is_unsigned(image)
    values = _values(image, unsigned=unsigned).ravel()
    if isinstance(image, TiffImageFile):
        stated = _stated_by_tiff(image)
    else:
        stated = _Stated(high=_top_of_png(values, bits))
    fill = stated.fill if stated.fill is not None else _fill_of(values)
    black, white = _range(_measured(values, fill), stated)
    return Levels(*((white, black) if stated.inverted else (black, white)), fill, unsigned)


def eight_bits(image: Image, levels: Levels) -> Image:
    """Return a deep picture, or a band of it, as 8-bit grey."""
    values = _values(image, unsigned=levels.unsigned)
    low, high = sorted((levels.black, levels.white))
    light = values.clip(low, high).astype(np.float32)
    scaled = (light - levels.black) * (255 / (levels.white - levels.black))
    scaled[~_is_measured(values, levels.fill) & ~np.isposinf(values)] = 0
    return fromarray(scaled.round().astype(np.uint8))


def _values(image: Image, *, unsigned: bool) -> Values:
    held: Values = np.asarray(image)
    return held.view(np.uint32) if unsigned else held


def _is_unsigned(image: TiffImageFile) -> bool:
    sample = image.tag_v2.get(SAMPLE_FORMAT, (UNSIGNED,))[0]
    return bool(image.tag_v2.get(BITS, (16,))[0] == 32 and sample == UNSIGNED)


def _top_of_png(values: Values, bits: int | None) -> float:
    """Return the greatest value that a PNG could hold (W3C PNG, 11.3.2.7).

    Its samples fill their 16 bits; some writers state fewer and leave the samples as they were
    measured, which is told by the bits below those that would count.
    """
    if bits is None or bits >= 16 or not len(values):
        return FULL
    top, step = (1 << bits) - 1, 1 << (16 - bits)
    unscaled = float(values.max()) <= top and bool((values.astype(np.int64) % step).any())
    return float(top) if unscaled else FULL


def _stated_by_tiff(image: TiffImageFile) -> _Stated:
    low, high = (_number_of(image, tags) for tags in (LEAST, MOST))
    bits = image.tag_v2.get(BITS, (16,))[0]
    if high is not None and (high <= 0 or (low is not None and high <= low)):
        low = high = None
    if image.mode != "F":  # that of a whole number fills its bits
        low = low if low is not None and low < 0 else None
        high = _depth(high) if high else float((1 << bits) - 1) if 8 < bits < 16 else None
    inverted = image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO
    return _Stated(low, high, _no_data(image), inverted)


def _number_of(image: TiffImageFile, tags: tuple[int, ...]) -> float | None:
    for tag in tags:
        stated = image.tag_v2.get(tag)
        if isinstance(stated, tuple):
            stated = stated[0] if stated else None
        if isinstance(stated, int | float) and np.isfinite(stated):
            return float(stated)
    return None


def _no_data(image: TiffImageFile) -> float | None:
    said = image.tag_v2.get(NO_DATA)
    try:
        return float(str(said).strip(" \0").replace(",", ".")) if said is not None else None
    except ValueError:
        return None


def _fill_of(values: Values) -> float | None:
    """Return the value below 0 that stands for nothing, if there is one: far from all others."""
    signed = values[_is_measured(values, None)]
    if not len(signed) or (low := float(signed.min())) >= 0:
        return None
    others = signed[signed != signed.min()]
    if not len(others):
        return None
    gap, span = float(others.min()) - low, float(others.max()) - float(others.min())
    repeated = len(signed) - len(others) > 1
    usual = low in USUAL_FILLS and gap > span / 10
    return low if usual or (repeated and gap > max(span, 100)) else None


def _measured(values: Values, fill: float | None) -> Values:
    return values[_is_measured(values, fill)]


def _is_measured(values: Values, fill: float | None) -> NDArray[np.bool_]:
    """Say of each value whether it is one; a fill may have lost digits where it was written."""
    is_one = np.ones(values.shape, bool)
    if values.dtype.kind == "f":
        is_one &= np.isfinite(values) & (np.abs(values) < HUGE)
    if fill is not None:
        is_one &= ~np.isclose(values, fill, rtol=1e-6, atol=0)
    return is_one


def _range(values: Values, stated: _Stated) -> tuple[float, float]:
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if stated.high and high <= stated.high and low >= min(stated.low or 0.0, 0.0):
        return stated.low or 0.0, stated.high
    if values.dtype.kind == "f":
        return _range_of_floats(values, low, high)
    if low < -0.1 * high:  # values on both sides of 0
        return low, max(high, low + 1)
    return 0.0, _depth_by_content(values, high)


def _range_of_floats(values: Values, low: float, high: float) -> tuple[float, float]:
    for white in (1.0, 255.0):  # the two usual ones
        if low >= 0 and white / NOTHING_SEEN < high <= white and (white == 1 or high > 128):
            return 0.0, white
    some = values[:: max(1, len(values) // SAMPLE)]
    black, white = (float(one) for one in np.quantile(some, (1 - NEARLY, NEARLY)))
    if white <= black:
        black, white = low, high
    return (black, white) if white > black else (min(low, 0.0), max(high, 1.0))


def _depth_by_content(values: Values, high: float) -> float:
    """Return the greatest value of a file that says nothing of it.

    Sensors have 10, 12 or 14 bits and write them into 16. A dark picture of 16 bits looks the
    same; so fewer are taken only if values reach the top of theirs, or if nothing could be seen
    otherwise, and never if the values were scaled up: they would use the lowest bits, too.
    """
    depth = _depth(high)
    if depth > FULL:
        return float(np.iinfo(values.dtype).max)
    if depth == FULL:
        return depth
    step = int(np.gcd.reduce(np.unique(values).astype(np.int64)))
    if high > step and (step % 4 == 0 or step % 257 == 0):
        return FULL
    return depth if high > 0.95 * depth or high * NOTHING_SEEN <= FULL else FULL


def _depth(high: float) -> float:
    """Return the greatest value of the fewest bits that this value fits into."""
    return next((depth for depth in DEPTHS if high <= depth), high)
