"""An encoder: pictures and texts in, unit vectors of one space out (CLIP, arXiv:2103.00020).

Any object with these members is an encoder: nothing to inherit from, nothing to register. What
some have besides is asked for through the functions below, which know what to do without it.
"""

from collections.abc import Callable, Sequence
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
        """The exact weights, such as `open_clip:ViT-B-32/laion2b_s34b_b79k`, and how asked.

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
        """Encode n texts that are searched for, truncated to what the tower can read; [n, d]."""
        ...


def reads(encoder: Encoder, text: str) -> bool:
    """Whether the encoder knows the script of a text.

    One that knows but some has a method `reads`; one without it is taken to know all.
    """
    says = getattr(encoder, "reads", None)
    return says is None or bool(says(text))


Compose = Callable[[Sequence[Image], Sequence[str]], Vectors]
"""n pictures, each with its words, to their joint vectors [n, d]."""


def encode_documents(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Encode n texts that are stored, to be found; returns [n, d].

    An encoder that was trained to be told which is which has a method `encode_documents`; to one
    without it a text is a text.
    """
    own = getattr(encoder, "encode_documents", None)
    rows: Vectors = encoder.encode_texts(texts) if own is None else own(texts)
    return rows


def composer(encoder: Encoder) -> Compose | None:
    """Return what makes one vector of a picture and what is said of it, or None.

    An encoder that can has a method `encode_composed`, and `composes` says that it works.
    """
    return encoder.encode_composed if getattr(encoder, "composes", False) else None  # type: ignore[attr-defined]


def is_of(encoder: str, pictures: str) -> bool:
    """Whether queries of an encoder may be compared with pictures of one: by their names.

    An adapter of the text side has the name of what it stands on, a plus sign, and its own.
    """
    return encoder == pictures or encoder.startswith(f"{pictures}+")
