"""A dual encoder: pictures and texts in, unit vectors of one space out (CLIP, arXiv:2103.00020).

Any object with these members is an encoder: nothing to inherit from, nothing to register.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

Vectors = NDArray[np.float32]
"""Float32, shape [n, d], every row of length 1, C-contiguous."""


class EncoderError(Exception):
    """An encoder cannot be loaded. The message is one line: what, where, and the remedy."""


class Encoder(Protocol):
    @property
    def name(self) -> str:
        """The exact weights, such as `open_clip:ViT-B-32/laion2b_s34b_b79k`.

        Two encoders of one name give the same vectors; a collection keeps it in every record.
        """
        ...

    @property
    def dim(self) -> int:
        """Length d of a vector."""
        ...

    @property
    def image_size(self) -> int:
        """The side in pixels that the network looks at.

        A reader may hand in a picture reduced so that its shorter side is no less than this.
        """
        ...

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        """Encode n upright RGB pictures of any size; returns [n, d]; no picture gives [0, d]."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode n texts, truncated to what the tower can read; returns [n, d]."""
        ...


def reads(encoder: Encoder, text: str) -> bool:
    """Whether the encoder knows the script of a text.

    One that knows but some has a method `reads`; one without it is taken to know all.
    """
    says = getattr(encoder, "reads", None)
    return says is None or bool(says(text))
