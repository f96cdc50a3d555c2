"""Colours that a file states as numbers: primaries and a transfer function, HDR among them.

Code points as in ITU-T H.273; PQ is SMPTE ST 2084, HLG is ARIB STD-B67, and both are shown as
ITU-R BT.2408 advises: what SDR calls white stands at 203 cd/m2, and what is brighter is bent below
it instead of being cut off.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image, fromarray

Floats = NDArray[np.float32]
Chromaticities = tuple[float, float, float, float, float, float, float, float]  # white, r, g, b

D65 = (0.3127, 0.3290)
SRGB: Chromaticities = (*D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE: Chromaticities = (*D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
PRIMARIES: dict[int, Chromaticities] = {
    1: SRGB,
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
WHITE = 203.0  # cd/m2
HLG_PEAK = 1000.0
KNEE = 0.7  # of white, up to which HDR is shown as it is
PQ, HLG = 16, 18


@dataclass(frozen=True, slots=True)
class Light:
    """What the numbers of a picture mean.

    Attributes:
        primaries: the white point and the three primaries, x and y each.
        transfer: a code point of H.273.
        power: the exponent of a plain power instead.
    """

    primaries: Chromaticities = SRGB
    transfer: int = 13
    power: float | None = None

    @property
    def is_hdr(self) -> bool:
        return self.transfer in (PQ, HLG)

    @property
    def is_srgb(self) -> bool:
        """Whether nothing has to be done; a television's curve is shown like sRGB's everywhere."""
        close = np.allclose(self.primaries, SRGB, atol=0.004)
        usual = abs(self.power - 2.2) < 0.1 if self.power else self.transfer not in LINEAR
        return bool(close and usual)

    def meant(self, image: Image) -> Image:
        """Return an 8-bit picture's colours as sRGB."""
        values = np.asarray(image.convert("RGB"))  # [h, w, 3]
        curve = (np.arange(256) / 255).astype(np.float32)
        if self.power:
            light = (curve**self.power)[values]
        else:
            light = LINEAR.get(self.transfer, _srgb)(curve)[values]
        if self.is_hdr:
            light = _within_white(_displayed(light) if self.transfer == HLG else light)
        light = light @ _to_srgb(self.primaries).T
        return fromarray((_encoded(light.clip(0, 1)) * 255).round().astype(np.uint8))


def _srgb(signal: Floats) -> Floats:
    light: Floats = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    return light


def _encoded(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(
        np.float32
    )


def _pq(signal: Floats) -> Floats:
    """Light as a multiple of white (ST 2084, 5.2)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = signal ** (1 / m2)
    light = (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    shown: Floats = (light * 10_000 / WHITE).astype(np.float32)
    return shown


def _hlg(signal: Floats) -> Floats:
    """Light of the scene, 0 to 1 (BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    light: Floats = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return light


def _displayed(light: Floats) -> Floats:
    """Light of the scene as a display of 1000 cd/m2 shows it, in multiples of white."""
    luminance = light @ np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)  # [h, w]
    return light * (luminance**0.2)[..., None] * np.float32(HLG_PEAK / WHITE)


def _within_white(light: Floats) -> Floats:
    """Bend what is above the knee so that the brightest becomes white; hues stay."""
    brightest = light.max(axis=-1, keepdims=True)  # [h, w, 1]
    peak = max(float(np.quantile(brightest, 0.999)), 1.0)
    if peak == 1.0:
        return light
    above = (np.maximum(brightest - KNEE, 0) / (1 - KNEE)).astype(np.float32)
    most = (peak - KNEE) / (1 - KNEE)
    bent = KNEE + (1 - KNEE) * above * (1 + above / most**2) / (1 + above)  # Reinhard 2002, eq. 4
    scale = np.where(brightest > KNEE, bent / np.maximum(brightest, KNEE), 1)
    return light * scale


def _to_srgb(primaries: Chromaticities) -> Floats:
    """Return the matrix from these primaries to sRGB's, white to white."""
    matrix = np.linalg.inv(_to_xyz(SRGB)) @ _adapted(primaries) @ _to_xyz(primaries)
    return matrix.astype(np.float32)


def _to_xyz(primaries: Chromaticities) -> NDArray[np.float64]:
    x, y = np.array(primaries[2::2]), np.array(primaries[3::2])
    columns = np.stack([x / y, np.ones(3), (1 - x - y) / y])  # [XYZ, rgb]
    matrix: NDArray[np.float64] = columns * np.linalg.solve(columns, _white(primaries))
    return matrix


def _white(primaries: Chromaticities) -> NDArray[np.float64]:
    x, y = primaries[:2]
    return np.array([x / y, 1, (1 - x - y) / y])


def _adapted(primaries: Chromaticities) -> NDArray[np.float64]:
    """Return Bradford's adaptation from the white of these primaries to sRGB's."""
    bradford = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    scale = (bradford @ _white(SRGB)) / (bradford @ _white(primaries))
    matrix: NDArray[np.float64] = np.linalg.inv(bradford) @ np.diag(scale) @ bradford
    return matrix


LINEAR: dict[int, Callable[[Floats], Floats]] = {
    4: lambda signal: signal**2.2,
    5: lambda signal: signal**2.8,
    8: lambda signal: signal,
    PQ: _pq,
    HLG: _hlg,
}
"""How a signal becomes light, by code point; all others are shown like sRGB."""
