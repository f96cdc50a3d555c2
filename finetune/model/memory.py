"""How much memory a training needs, part by part, and what to change where it is too much.

Activations of a transformer layer are about 34 bytes per token and unit of width in 16 bits
(Korthikanti et al. 2022, arXiv:2205.05198, equation 1, without the attention matrix, which is not
kept today); with checkpointing, 2, and one layer's in full. An estimate, not a promise.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from finetune.error import FinetuneError
from finetune.settings import Training

KEPT, CHECKPOINTED = 34, 2
STATES = {"adamw": 8, "adamw8bit": 2}  # bytes of AdamW's two moments a weight
GB = 1e9


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model its memory and time depend on.

    Attributes:
        weights: parameters in all.
        trained: of them, those that training changes.
        layers: of the part that is trained.
        width: of its hidden states.
        vocabulary: tokens that it can foretell; 0 if it foretells none.
        bytes: of the frozen weights and the others together.
        precision: bytes of an activation.
        looked_up: weights of the input rows.
    """

    weights: int
    trained: int
    layers: int
    width: int
    vocabulary: int
    bytes: int
    precision: int = 4
    looked_up: int = 0


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on each device."""

    weights: int
    optimiser: int
    activations: int

    @property
    def total(self) -> int:
        return self.weights + self.optimiser + self.activations

    def __str__(self) -> str:
        return (
            f"{self.total / GB:.1f} GB (weights {self.weights / GB:.1f}, gradients and optimiser"
            f" {self.optimiser / GB:.1f}, activations about {self.activations / GB:.1f})"
        )


def shape_of(model: nn.Module, *, precision: str = "no") -> Shape:
    """Look at a model, which may be on the meta device."""
    every = list(model.parameters())
    config: Any = getattr(model, "config", None)
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    return Shape(
        weights=sum(_count(one) for one in every),
        trained=sum(one.numel() for one in every if one.requires_grad),
        layers=int(getattr(text, "num_hidden_layers", 1)),
        width=int(getattr(text, "hidden_size", 1)),
        vocabulary=int(getattr(text, "vocab_size", 0)),
        bytes=sum(one.numel() * one.element_size() for one in every),
        precision=4 if precision == "no" else 2,
    )


def needed(shape: Shape, training: Training, *, tokens: int) -> Memory:
    """Estimate a training's memory.

    Args:
        shape: of the model.
        training: the settings.
        tokens: of one forward, padding and pictures' included.
    """
    full = KEPT * shape.width * tokens * shape.precision // 2  # of a layer
    kept = CHECKPOINTED * shape.width * tokens * shape.precision // 2
    layers = full + kept * shape.layers if training.checkpointing else full * shape.layers
    foretold = 2 * 4 * shape.vocabulary * tokens  # logits and their gradient
    states = 4 + STATES[training.optimiser]
    return Memory(shape.bytes, shape.trained * states, layers + foretold)


def advice(model: nn.Module, training: Training, *, tokens: int) -> str:
    """Return one line: what was needed, and what each remedy saves."""
    shape = shape_of(model, precision=training.precision)
    now = needed(shape, training, tokens=tokens)
    remedies = []
    if training.batch > 1:
        half = needed(shape, training, tokens=tokens // 2)
        remedies.append(
            f"training.batch={training.batch // 2} with training.accumulate="
            f"{training.accumulate * 2} saves {(now.total - half.total) / GB:.1f} GB"
        )
    if not training.checkpointing:
        layers = now.activations - 2 * 4 * shape.vocabulary * tokens
        saved = layers * (1 - CHECKPOINTED / KEPT - 1 / max(shape.layers, 2))
        remedies.append(f"training.checkpointing=true {max(saved, 0) / GB:.1f} GB")
    saved = max(0.0, now.weights - (shape.weights - shape.trained) * 0.55)
    remedies.append(f"lora.bits=4 {saved / GB:.1f} GB")
    return f"memory is full; this needs about {now}: {', '.join(remedies)}"


@contextmanager
def explained(model: nn.Module, training: Training, tokens: Callable[[], int]) -> Iterator[None]:
    """Say what was needed where memory runs full.

    Args:
        model: that is trained.
        training: the settings.
        tokens: tells of how many the largest forward was.

    Raises:
        FinetuneError: it did.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        full = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if not full and "allocate memory" not in str(error):
            raise
        raise FinetuneError(advice(model, training, tokens=tokens())) from error


def _count(weight: nn.Parameter) -> int:
    """Return how many numbers a weight stands for; 4-bit ones are packed two to a byte."""
    packed = type(weight).__name__ == "Params4bit" and weight.dtype.itemsize == 1
    count: int = weight.numel()
    return 2 * count if packed else count
