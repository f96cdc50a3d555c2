"""Resizing as torchvision resizes a tensor of bytes, equal to it bit by bit, without torch.

transformers' usual processors do so. Pillow's result differs by one level in some of a hundred
pixels: torch rounds the weights of its filters to 16 bits (`upsample_bicubic2d_aa` and its
neighbours, aten/src/ATen/native/cpu/UpSampleKernel.cpp).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Resampling

Bytes = NDArray[np.uint8]
_MOST_BITS = 22
_EXACT = 2**24  # up to here float32 holds every whole number


def resized(image: Bytes, sides: tuple[int, int], resample: Resampling) -> Bytes:
    """Return [height, width, 3] of an image [h, w, 3], bilinear or bicubic, with antialiasing.

    Raises:
        KeyError: another filter.
    """
    height, width = sides
    across = _along(image.transpose(2, 0, 1), width, resample)  # [3, h, width]
    down = _along(across.transpose(0, 2, 1), height, resample)  # [3, width, height]
    return np.ascontiguousarray(down.transpose(2, 1, 0))


def _along(image: Bytes, side: int, resample: Resampling) -> Bytes:
    """Resize the last axis of [..., n]."""
    if image.shape[-1] == side:
        return image
    weights, bits = _weights(image.shape[-1], side, resample)
    sums = image.astype(weights.dtype) @ weights  # whole numbers, exact
    whole = sums.astype(np.int64) + (1 << (bits - 1)) >> bits
    clipped: Bytes = np.clip(whole, 0, 255).astype(np.uint8)
    return clipped


@lru_cache(maxsize=64)
def _weights(n: int, side: int, resample: Resampling) -> tuple[NDArray[Any], int]:
    """Return whole weights [n, side], times 2 to the power of the bits that are returned."""
    reach, curve = _FILTERS[resample]
    scale = n / side
    wide = max(scale, 1.0)
    support = reach * wide
    weights = np.zeros((n, side))
    for place in range(side):
        centre = scale * (place + 0.5)
        first = max(int(centre - support + 0.5), 0)
        last = min(int(centre + support + 0.5), n)
        row = curve((np.arange(first, last, dtype=np.float64) - centre + 0.5) / wide)
        weights[first:last, place] = row / row.sum()
    bits, most = 0, weights.max()
    while bits < _MOST_BITS and int(0.5 + most * (1 << (bits + 1))) < 1 << 15:
        bits += 1
    scaled = weights * (1 << bits)
    whole = np.trunc(scaled + np.where(scaled < 0, -0.5, 0.5))
    exact = 255 * np.abs(whole).sum(axis=0).max() < _EXACT
    return whole.astype(np.float32 if exact else np.float64), bits


def _bilinear(x: NDArray[Any]) -> NDArray[Any]:
    weights: NDArray[Any] = np.clip(1 - np.abs(x), 0, None)
    return weights


def _bicubic(x: NDArray[Any]) -> NDArray[Any]:
    """Return Keys' filter with a = -0.5."""
    a, x = -0.5, np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


_Curve = Callable[[NDArray[Any]], NDArray[Any]]
_FILTERS: dict[Resampling, tuple[float, _Curve]] = {
    Resampling.BILINEAR: (1.0, _bilinear),
    Resampling.BICUBIC: (2.0, _bicubic),
}
