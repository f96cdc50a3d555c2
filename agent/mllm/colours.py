"""The colours of a picture in the eleven basic colour terms of Berlin and Kay (1969)."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

COLOURS = (
    *("black", "grey", "white", "red", "orange", "brown"),
    *("yellow", "green", "blue", "purple", "pink"),
)
_SIDE = 48  # pixels are enough to count colours
_EVEN, _ALL = 0.6, 0.95  # shares of the border, and of the picture
_ROWS, _COLUMNS = np.indices((_SIDE, _SIDE)).reshape(2, -1)
_BORDER = np.isin(_ROWS, [0, _SIDE - 1]) | np.isin(_COLUMNS, [0, _SIDE - 1])
_HUES = (  # from this hue in degrees on; red again at the end of the circle
    *((0, "red"), (15, "orange"), (42, "yellow"), (70, "green"), (170, "blue")),
    *((255, "purple"), (300, "pink"), (345, "red"), (361, "")),
)


def main_colours(image: Image, *, most: int = 2, share: float = 0.2) -> list[str]:
    """Name at most `most` colours of what stands before an even background, largest first.

    The colour of most of the border is left out, unless it covers nearly the whole picture; of the
    rest, a colour counts if it covers at least `share`.
    """
    small = np.asarray(image.convert("RGB").resize((_SIDE, _SIDE)), dtype=np.uint8)
    places = colour_places(small.reshape(-1, 3).astype(np.float32) / np.float32(255))
    counts = np.bincount(places, minlength=len(COLOURS))
    at_border = np.bincount(places[_BORDER], minlength=len(COLOURS))
    background = int(at_border.argmax())
    is_even = at_border[background] > _EVEN * at_border.sum()
    if is_even and counts[background] < _ALL * counts.sum():
        counts[background] = 0
    shares = counts / counts.sum()
    order = np.argsort(-shares, kind="stable")[:most]
    return [COLOURS[place] for place in order if shares[place] >= share]


def colour_places(rgb: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return for each pixel [n, 3], 0 to 1, the place of its term in `COLOURS`."""
    hue, strength, value = _hsv(rgb)
    names = np.full(len(rgb), "grey", dtype="<U6")
    for (low, name), (high, _) in pairwise(_HUES):
        names[(hue >= low) & (hue < high)] = name
    reddish = np.isin(names, ["red", "orange"])
    names[reddish & (value >= 0.75) & (strength < 0.5) & ((hue < 15) | (hue >= 345))] = "pink"
    names[(names == "orange") & ((value < 0.75) | (strength < 0.4))] = "brown"
    names[(names == "red") & (value < 0.6) & (strength < 0.8) & (hue < 15)] = "brown"
    names[(names == "pink") & (value < 0.65)] = "purple"
    names[strength < 0.13] = "grey"
    names[(strength < 0.13) & (value > 0.85)] = "white"
    names[value < 0.2] = "black"
    return np.array([COLOURS.index(str(name)) for name in names], dtype=np.int64)


def _hsv(rgb: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """Return hue in degrees, saturation and value, each [n]."""
    value, low = rgb.max(axis=1), rgb.min(axis=1)
    spread = value - low
    red, green, blue = rgb.T
    safe = np.where(spread > 0, spread, 1)
    sector = np.select(
        [value == red, value == green],
        [((green - blue) / safe) % 6, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    return sector * 60, spread / np.where(value > 0, value, 1), value
