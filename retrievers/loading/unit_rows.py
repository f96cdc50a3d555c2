"""Batches go through a network of torch, and checked rows of length 1 come out.

Knows no library and no model: what a tower needs is in the function it is given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from retrievers.encoder import EncoderError, Vectors
from retrievers.loading.network_lock import turn_of

Item = TypeVar("Item")


@dataclass(frozen=True)
class UnitRows:
    """How one network's features become vectors.

    Attributes:
        name: of the encoder, for errors.
        network: of torch; threads take turns.
        batch: items per call.
        dim: how many of the features, the first ones, are kept; none: all.
    """

    name: str
    network: Any
    batch: int = 32
    dim: int | None = None

    def of(
        self, kind: str, tower: Callable[[Sequence[Item]], Tensor], items: Sequence[Item]
    ) -> Vectors:
        """Encode one item or more; returns [n, d].

        Args:
            kind: what an item is called.
            tower: one batch of items to their features [n, d], of any length and dtype.
            items: n of them.

        Raises:
            EncoderError: an item's features have no direction, or are not one row for each.
        """
        starts = range(0, len(items), self.batch)
        features = torch.cat([self._run(tower, items[at : at + self.batch]) for at in starts])
        if features.shape[0] != len(items):
            raise EncoderError(
                f"{self.name} gave {features.shape[0]} vectors for {len(items)} of kind {kind!r}"
            )
        return self._unit(kind, features[:, : self.dim])  # of [n, d]

    def _run(self, tower: Callable[[Sequence[Item]], Tensor], batch: Sequence[Item]) -> Tensor:
        with turn_of(self.network), torch.inference_mode():
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
