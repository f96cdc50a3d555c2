"""The settings of the recipe `rerank`, and what does not fit together among them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from finetune.data.columns import Columns
from finetune.settings import Lora, Training, refuse_idle

Method = Literal["blip2", "pick", "yesno"]


@dataclass(frozen=True, kw_only=True)
class RerankConfig:
    """What reranks, and what it learns from.

    Attributes:
        captions: of the pictures, in any form that `dialens eval` reads; see docs/own-pictures.md.
        pictures: the folder that they are named below; none: the one of `captions`.
        columns: of the captions' file, where they are not found out.
        method: `blip2` trains the Q-Former of a BLIP-2 for retrieval; `pick` and `yesno` train an
            MLLM for the reranker of that name.
        base: a folder, or an id on the hub.
        encoder: the first stage, which makes the shortlists.
        k: how many pictures it hands on.
        inject: put the right picture into a training shortlist that lacks it; otherwise such a
            shortlist is left out.
        max_pixels: of a picture that an MLLM is shown.
        partial: the LoRA acts on pictures' tokens only (InternLM-XComposer2).
        full: train the whole Q-Former and its word vectors, without LoRA.
        unfreeze_vision: train the image tower of a BLIP-2, too.
        itg: learn to write the captions besides, as BLIP-2 did.
        seen_gb: memory for what a frozen image tower saw; pictures beyond it are seen each time.
        validation: share of the pictures that are not trained on.
    """

    captions: Path
    pictures: Path | None = None
    method: Method = "blip2"
    base: str = "Salesforce/blip2-itm-vit-g-coco"
    encoder: str = "offline"
    k: int = 4
    inject: bool = True
    max_pixels: int = 1_003_520
    partial: bool = False
    full: bool = False
    unfreeze_vision: bool = False
    itg: bool = False
    seen_gb: float = 4.0
    validation: float = 0.1
    columns: Columns = field(default_factory=Columns)
    training: Training = field(default_factory=Training)
    lora: Lora = field(default_factory=Lora)

    def __post_init__(self) -> None:
        if not 2 <= self.k <= 26 and self.method != "blip2":
            raise ValueError(f"k: must be in 2..26, one letter each; got {self.k!r}")
        if self.k < 2:
            raise ValueError(f"k: must be at least 2; got {self.k!r}")
        mllm, blip2 = "the methods 'pick' and 'yesno'", "the method 'blip2'"
        if self.method == "blip2":
            refuse_idle(self, ("partial", "inject", "max_pixels"), blip2, of=mllm)
        else:
            idle = ("full", "unfreeze_vision", "itg", "seen_gb")
            refuse_idle(self, idle, f"the method {self.method!r}", of=blip2)
        if self.full:
            refuse_idle(self, ["lora"], "full=true", of="full=false")
        if self.unfreeze_vision:
            refuse_idle(self, ["seen_gb"], "unfreeze_vision=true", of="a frozen image tower")
        if self.method == "blip2" and self.lora.bits:
            raise ValueError(
                "lora.bits: is for pick and yesno; the Q-Former is too small to gain from it"
            )
        if self.partial and self.lora.dora:
            raise ValueError("partial: excludes lora.dora; leave one of the two out")
