"""What differs between the model families of transformers, where the library does not hide it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelFamily:
    """One model type.

    Attributes:
        layout: how a question is written for a model without a chat template; `{}` is its text.
        most: how many pictures one prompt can hold; none: as many as fit.
        opening: how a caption begins, for a model that goes on writing rather than obey.
        several: options of the processor when a prompt holds more than one picture.
    """

    layout: str | None = None
    most: int | None = None
    opening: str | None = None
    several: Mapping[str, Any] = field(default_factory=dict)


# LAVIS asks and captions like this; the 32 query tokens stand for one picture.
BLIP2 = ModelFamily(layout="Question: {} Answer:", most=1, opening="a photo of")

# A tile has as many tokens as a picture, and a picture up to 17 tiles: four would not fit.
TILED = ModelFamily(several={"do_image_splitting": False})

FAMILIES: Mapping[str, ModelFamily] = {
    "blip-2": BLIP2,
    "idefics3": TILED,
    "internvl": ModelFamily(several={"crop_to_patches": False}),
    "smolvlm": TILED,
}
USUAL = ModelFamily()
