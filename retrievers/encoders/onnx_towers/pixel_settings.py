"""How a network's pictures were prepared: what transformers' and open_clip's files say of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Resampling

from retrievers.encoder import EncoderError

Levels = NDArray[np.float32]
"""[3, 256]: what the network is given for each of a channel's 256 levels."""

_LEVELS = np.arange(256)
_OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
_OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)


class Fit(Enum):
    """How a picture of any shape becomes the network's."""

    SQUASH = "squash"
    SHORTEST = "shortest"  # and the middle is cut out
    LONGEST = "longest"  # and the rest is filled


class By(Enum):
    """Whose code the network's pictures were prepared by; results differ by a level, or a row."""

    OPEN_CLIP = "open_clip"  # resizes first, drops alpha then
    PILLOW = "pillow"  # transformers' processors on Pillow: on white first
    TORCHVISION = "torchvision"  # transformers' usual ones: likewise, and resizes tensors


@dataclass(frozen=True, slots=True)
class PixelSettings:
    """How to make a network's input of a picture.

    Attributes:
        size: height and width of the input.
        edge: the shorter side after resizing, where the fit is `SHORTEST`.
        levels: rescaled and normalised in the order and precision of the original's arithmetic.
        fill: the grey of what is filled.
    """

    size: tuple[int, int]
    fit: Fit
    edge: int
    resample: Resampling
    levels: Levels
    by: By
    fill: int = 0


def of_transformers(settings: Mapping[str, Any], by: By = By.PILLOW) -> PixelSettings:
    """Read `preprocessor_config.json`.

    Args:
        settings: what it says.
        by: `PILLOW` or `TORCHVISION`; both are processors of transformers for one file.

    Raises:
        EncoderError: it asks for what is not known here, such as NaFlex's patches.
    """
    settings = settings.get("image_processor", settings)  # processor_config.json has it inside
    if "max_num_patches" in settings or settings.get("do_pad") or not settings.get("do_resize", 1):
        raise EncoderError("its pictures are not of one fixed size, which is not supported")
    size, crop = settings.get("size", {"shortest_edge": 224}), settings.get("crop_size", 224)
    cropped = bool(settings.get("do_center_crop", "crop_size" in settings))
    if isinstance(size, int):
        size = {"shortest_edge": size} if cropped else {"height": size, "width": size}
    if "height" in size:
        fit, edge, whole = Fit.SQUASH, 0, (int(size["height"]), int(size["width"]))
        if cropped and _sides(crop) != whole:
            raise EncoderError(f"a crop of {crop} after resizing to {size} is not supported")
    elif "shortest_edge" in size and "longest_edge" not in size and cropped:
        fit, edge, whole = Fit.SHORTEST, int(size["shortest_edge"]), _sides(crop)
    else:
        raise EncoderError(f"resizing pictures to {size!r} is not supported")
    resample = Resampling(int(settings.get("resample", Resampling.BICUBIC)))
    levels = _levels_of_torchvision if by is By.TORCHVISION else _levels_of_pillow
    return PixelSettings(whole, fit, edge, resample, levels(settings), by)


def of_open_clip(settings: Mapping[str, Any]) -> PixelSettings:
    """Read `preprocess_cfg.json`, as open_clip describes its transforms.

    Raises:
        EncoderError: it asks for what is not known here.
    """
    size = _sides(settings.get("size", 224))
    try:
        fit = Fit(settings.get("resize_mode") or "shortest")
    except ValueError as error:
        raise EncoderError(f"resize_mode {settings['resize_mode']!r} is not supported") from error
    if fit is Fit.SHORTEST and size[0] != size[1]:
        raise EncoderError(f"cutting {size} out of the middle is not supported")
    bilinear = settings.get("interpolation") == "bilinear"
    resample = Resampling.BILINEAR if bilinear else Resampling.BICUBIC
    return PixelSettings(
        size,
        fit,
        size[0],
        resample,
        _levels_of_open_clip(settings),
        By.OPEN_CLIP,
        int(settings.get("fill_color", 0)),
    )


def _levels_of_pillow(settings: Mapping[str, Any]) -> Levels:
    levels = np.tile(_LEVELS.astype(np.float32), (3, 1))
    if settings.get("do_rescale", True):
        factor = float(settings.get("rescale_factor", 1 / 255))
        levels = (levels.astype(np.float64) * factor).astype(np.float32)
    if settings.get("do_normalize", True):
        mean = _column(settings.get("image_mean", _OPENAI_MEAN))
        levels = (levels - mean) / _column(settings.get("image_std", _OPENAI_STD))
    return levels


def _levels_of_torchvision(settings: Mapping[str, Any]) -> Levels:
    levels = np.tile(_LEVELS.astype(np.float32), (3, 1))
    factor = float(settings.get("rescale_factor", 1 / 255))
    rescaled = settings.get("do_rescale", True)
    if not settings.get("do_normalize", True):
        return levels * np.float32(factor) if rescaled else levels
    times = np.float32(1 / factor) if rescaled else np.float32(1)  # both steps in one
    mean = _column(settings.get("image_mean", _OPENAI_MEAN)) * times
    normal: Levels = (levels - mean) / (_column(settings.get("image_std", _OPENAI_STD)) * times)
    return normal


def _levels_of_open_clip(settings: Mapping[str, Any]) -> Levels:
    levels = np.tile(_LEVELS.astype(np.float32) / np.float32(255), (3, 1))
    mean = _column(settings.get("mean") or _OPENAI_MEAN)
    return (levels - mean) / _column(settings.get("std") or _OPENAI_STD)


def _column(values: Any) -> Levels:
    return np.broadcast_to(np.asarray(values, dtype=np.float32), 3)[:, None]


def _sides(size: Any) -> tuple[int, int]:
    if isinstance(size, Mapping):
        return int(size["height"]), int(size["width"])
    if isinstance(size, int):
        return size, size
    height, width = (*size, *size)[:2] if len(size) == 1 else size
    return int(height), int(width)
