"""A dual encoder of two towers of torch: batches go in, checked unit rows come out.

Knows no library and no model: what a tower needs is in the two functions it is given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from retrievers.encoder import EncoderError, Vectors
from retrievers.loading.network_lock import turn_of

Item = TypeVar("Item")


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
        starts = range(0, len(items), self.batch)
        features = torch.cat([self._run(tower, items[at : at + self.batch]) for at in starts])
        return self._unit(kind, features)  # of [n, d]

    def _run(self, tower: Callable[[Sequence[Item]], Tensor], batch: Sequence[Item]) -> Tensor:
        network = self if self.network is None else self.network
        with turn_of(network), torch.inference_mode():
            return tower(batch).float().cpu()

    def _unit(self, kind: str, features: Tensor) -> Vectors:
        lengths = features.norm(dim=1, keepdim=True)  # [n, 1]
        sound = torch.isfinite(lengths) & (lengths > 0)
        if not sound.all():
            at = int((~sound).nonzero()[0, 0])
            raise EncoderError(
                f"{self.name} gave no direction for {kind} {at} of {len(features)} "
                f"(length {lengths[at].item()}); try dtype 'float32'"
            )
        return np.ascontiguousarray((features / lengths).numpy(), dtype=np.float32)
