"""What the training loop is given: a recipe made ready by its configuration.

The loop knows no recipe, and a recipe knows no loop. A batch is a function of the chosen examples
and a seeded source of chance alone, so that a training that was killed goes on as if it had not.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import nn

Batch = Mapping[str, Any]
"""Keyword arguments of the model's `forward`; tensors of them are moved to the device."""

BEWARE = "beware"
"""Key of a job's `about`: what its figures cannot be trusted for, a list of lines."""

Figures = Mapping[str, float]
"""Measured on the validation split. The first one chooses the best checkpoint; higher is better."""


class TrainingJob(Protocol):
    """One training made ready."""

    @property
    def model(self) -> nn.Module:
        """Its `forward(**batch)` returns the loss, a scalar; it trains what requires a gradient."""
        ...

    @property
    def examples(self) -> int:
        """How many training examples there are; an epoch takes each once."""
        ...

    @property
    def about(self) -> Mapping[str, Any]:
        """What the model card tells: base, data and its counts, a line each; and `BEWARE`."""
        ...

    @property
    def data(self) -> Mapping[str, str]:
        """A hash of each input that the training depends on, by its name."""
        ...

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        """Make a batch of these examples, places counting from 0."""
        ...

    def validate(self) -> Figures:
        """Measure on the validation split, which holds none of the training examples.

        The loop has put the model into evaluation mode and switched gradients off.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the adapter as it is now into a new folder: facts and safetensors."""
        ...


@dataclass(frozen=True, slots=True)
class Size:
    """What there is to learn from, counted without the base.

    Attributes:
        pictures: how many, with those that validate.
        examples: to train on.
        tokens: of one example, padding and pictures' included.
        judged: tokens that a validation reads and writes.
    """

    pictures: int
    examples: int
    tokens: int
    judged: int


Fit = Callable[[Any, Any], nn.Module]
"""Puts what is trained, as settings say, into a base; returns it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One fine-tuning method.

    Attributes:
        name: as the command line spells it.
        about: one line.
        config: the dataclass of its settings; its field `training` is a `Training`.
        open: makes the job of the settings; loads the base and the data.
        size: counts what there is to learn from; none: cannot.
        part: makes settings for the first so many pictures, written into a folder; see
            `finetune.data.first_part`.
        fit: puts what is trained into a base without weights, for a plan; none: LoRA.
        foretells: whether the loss is over the base's whole vocabulary.
        sketched: whether the base is of transformers, and its configuration tells all of it.
    """

    name: str
    about: str
    config: type[Any]
    open: Callable[[Any], TrainingJob]
    size: Callable[[Any], Size] | None = None
    part: Callable[[Any, Path, int], Any] | None = None
    fit: Fit | None = None
    foretells: bool = False
    sketched: bool = True
