"""A dual encoder of two towers of torch: batches go in, checked unit rows come out.

Knows no library and no model: what a tower needs is in the two functions it is given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from PIL.Image import Image
from torch import Tensor

from retrievers.encoder import Vectors
from retrievers.loading.unit_rows import Item, UnitRows


@dataclass(frozen=True)
class DualEncoder:
    """Two towers that share a space.

    Attributes:
        name: the exact weights.
        image_size: pixels a side that the image tower looks at.
        see: pictures, one batch of them, to their features [n, d] of any length and dtype.
        read: the same for texts.
        batch: pictures or texts per call.
        network: of torch, that holds both towers, for whoever trains it; threads take turns.
    """

    name: str
    image_size: int
    see: Callable[[Sequence[Image]], Tensor]
    read: Callable[[Sequence[str]], Tensor]
    batch: int = 32
    network: Any = None

    @cached_property
    def dim(self) -> int:
        """Length d of a vector, as the text tower gives it."""
        return int(self.encode_texts(["a"]).shape[1])

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return self._encode("picture", self.see, images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self._encode("text", self.read, texts)

    def _encode(
        self, kind: str, tower: Callable[[Sequence[Item]], Tensor], items: Sequence[Item]
    ) -> Vectors:
        if not len(items):
            return np.empty((0, self.dim), dtype=np.float32)
        network = self if self.network is None else self.network
        return UnitRows(self.name, network, self.batch).of(kind, tower, items)
