"""What a training tells of itself while it goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from finetune.job import Figures


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a training has come.

    Attributes:
        step: steps done; 0 before the first.
        steps: steps in all.
        loss: of this step; none at step 0.
        rate: learning rate of this step.
        seconds: since the loop began.
        figures: of a validation, if there was one.
        best: whether they are the best so far, and better than before the training.
        beware: what the figures cannot be trusted for, if anything.
    """

    step: int
    steps: int
    loss: float | None = None
    rate: float = 0.0
    seconds: float = 0.0
    figures: Figures = field(default_factory=dict)
    best: bool = False
    beware: Sequence[str] = ()


Tell = Callable[[TrainingProgress], None]
