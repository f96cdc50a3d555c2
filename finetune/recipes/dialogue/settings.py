"""The settings of the recipe `dialogue`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from finetune.settings import Lora, Training, refuse_idle


@dataclass(frozen=True, kw_only=True)
class DialogueConfig:
    """What to learn from.

    Attributes:
        dialogues: a file that `read_dialogues` reads: ChatIR, VisDial, or what
            `dialens finetune make-dialogues` wrote.
        pictures: the folder that its pictures are named below; empty: the file's own.
        base: the language model, with or without eyes, as `open_checkpoint` takes it.
        encoder: of the pictures, frozen; a collection indexed with it can be searched at once.
        tokens: the longest dialogue.
        rounds: the most rounds after the caption; a sample has a random number up to it.
        drop_caption: share of the samples without the caption.
        loss: InfoNCE, or the Recall@k surrogate.
        temperature: of InfoNCE at first; it is learnt.
        probe: steps in which the map alone learns on the frozen base's states before LoRA begins
            (linear probing, then fine-tuning; Kumar et al. 2022, arXiv:2202.10054); they take
            seconds. 0: none.
        anchor: weight of a second InfoNCE toward the encoder's own vector of the caption; worth
            trying where there are few pictures.
        validation: share of the pictures that are not trained on.
    """

    dialogues: Path
    pictures: Path | None = None
    base: str = "offline"
    encoder: str = "offline"
    tokens: int = 200
    rounds: int = 10
    drop_caption: float = 0.2
    loss: Literal["infonce", "recall"] = "infonce"
    temperature: float = 0.07
    probe: int = 600
    anchor: float = 0.0
    validation: float = 0.1
    training: Training = field(default_factory=Training)
    lora: Lora = field(default_factory=Lora)

    def __post_init__(self) -> None:
        if self.loss == "recall" and not self.anchor:
            refuse_idle(self, ["temperature"], "loss='recall'", of="loss='infonce'")
