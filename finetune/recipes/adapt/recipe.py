"""Fitting an encoder to a user's own captions: another language, a trade's words, names of people.

For the offline encoder, or any other on request, a small map on top of its text tower; for a
CLIP-family encoder, contrastive LoRA (`finetune.recipes.adapt.dual_encoder_job`).
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from finetune.data import first_part
from finetune.data.columns import Columns
from finetune.job import Recipe, Size, TrainingJob
from finetune.recipes.adapt.captions import CaptionSplit
from finetune.recipes.adapt.text_map_job import TextMapJob
from finetune.settings import Lora, Training, refuse_idle

MAP, LORA = "the method 'map'", "the method 'lora'"
LANGUAGE = "recipes with a language model"


@dataclass(frozen=True, kw_only=True)
class AdaptConfig:
    """What to learn from.

    Attributes:
        captions: a file or folder that `dialens eval my --labels` reads.
        pictures: the folder that its pictures are named below; empty: the file's own.
        columns: of the captions' file, where they are not found out.
        base: the encoder, as `load_encoder` takes it.
        method: `map`, a table of words on top of the text tower, or `lora`; empty: the map for
            `offline`, LoRA for all others.
        towers: of LoRA: `text` leaves pictures' vectors as they are indexed; `both` does not.
        guard: of the map: weight of keeping texts where they were that the encoder knows, measured
            at the class names that share words with the captions.
        validation: share of the pictures that are not trained on.
    """

    captions: Path
    pictures: Path | None = None
    base: str = "offline"
    method: Literal["", "map", "lora"] = ""
    towers: Literal["text", "both"] = "text"
    guard: float = 10.0
    validation: float = 0.15
    columns: Columns = field(default_factory=Columns)
    training: Training = field(default_factory=lambda: Training(epochs=20, batch=64))
    lora: Lora = field(default_factory=Lora)

    def __post_init__(self) -> None:
        if self.maps:
            refuse_idle(self, ("lora", "towers"), MAP, of=LORA)
            refuse_idle(self, ["training.checkpointing"], MAP, of=LANGUAGE)
        else:
            refuse_idle(self, ["guard"], LORA, of=MAP)
            idle = ("lora.bits", "lora.top", "training.checkpointing")
            refuse_idle(self, idle, LORA, of=LANGUAGE)

    @property
    def maps(self) -> bool:
        """Whether a map is learnt."""
        return self.method == "map" or (not self.method and self.base == "offline")


def _open(config: AdaptConfig) -> TrainingJob:
    if config.maps:
        return TextMapJob(config)
    from finetune.recipes.adapt.dual_encoder_job import DualJob

    return DualJob(config)


def _size(config: AdaptConfig) -> Size:
    """Count the captions to train on; those that validate are read once."""
    told = CaptionSplit(config)
    longest = max(len(text) for text, _ in told.trained) // 4 + 2
    return Size(len(told.paths), len(told.trained), longest, longest * len(told.held))


RECIPE = Recipe(
    "adapt",
    "an encoder learns a user's own captions",
    AdaptConfig,
    _open,
    _size,
    first_part.of_captions,
    sketched=False,
)
