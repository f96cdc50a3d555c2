"""ICC profiles: from a picture's own colours to sRGB, which all that looks at pictures expects.

Profiles are few and pictures many: a profile is opened once, and one that means sRGB, whatever
its name, costs nothing. Little CMS's transforms may be shared by threads.
"""

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import ImageCms
from PIL.Image import Image, fromarray

SAME = 2  # of 255; the most that a profile may differ from sRGB anywhere to count as sRGB
SPACES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
REMEMBERED = 16  # profiles
MOST_BYTES = 1 << 22  # of a profile that counts; a printer's has two million

Meant = Callable[[Image], Image]


@lru_cache(REMEMBERED)
def from_profile(profile: bytes) -> Meant | None:
    """Return what takes 8-bit pictures to sRGB; None if they are, or if the profile is no use."""
    try:
        opened = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = SPACES[opened.profile.xcolor_space.strip()]
        transform = ImageCms.buildTransform(
            opened,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            FLAGS,
        )
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError, TypeError):
        return None  # a damaged profile costs its colours, not the picture
    if mode != "CMYK" and _changes_nothing(transform, mode):
        return None

    def meant(image: Image) -> Image:
        if image.mode != mode:
            if {image.mode, mode} != {"L", "RGB"} or mode == "L":
                return image  # a profile of other colours than the picture has
            image = image.convert(mode)
        return ImageCms.applyTransform(image, transform) or image

    return meant


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether the transform leaves an even sample of all colours as they are."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)  # [18]
    if mode == "L":
        sample = fromarray(levels[None])
    else:
        colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1)  # [18, 18, 18, 3]
        sample = fromarray(colours.reshape(len(levels), -1, 3))
    moved = np.asarray(ImageCms.applyTransform(sample, transform), np.int16)
    return bool(np.abs(moved - np.asarray(sample.convert("RGB"), np.int16)).max() <= SAME)
