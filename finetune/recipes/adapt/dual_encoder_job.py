"""Contrastive LoRA of a CLIP-family encoder on a user's captions (CLIP, arXiv:2103.00020).

With `towers = "text"` the pictures' vectors are computed once and stay, so that a collection that
is indexed need not be indexed again; with "both" the pictures are seen anew in each batch.
Trap: open_clip's attention holds its three projections as one bare parameter, which LoRA on linear
layers does not reach, and reads its output projection's weight past the layer; so there the two
layers of each MLP are adapted.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn

from finetune.data.training_data import encoded
from finetune.error import FinetuneError
from finetune.job import BEWARE, Batch, Figures
from finetune.model.lora_layers import put_in, save_lora
from finetune.model.losses import info_nce
from finetune.recipes.adapt.captions import CaptionOptions, CaptionSplit
from finetune.settings import Lora
from retrievers.checkpoints.adapter import write_adapter
from retrievers.encoders.clip.dual_encoder import DualEncoder
from retrievers.encoders.load import load_encoder
from retrievers.pictures import read_picture

ATTENTION = ("q_proj", "k_proj", "v_proj", "out_proj", "query", "key", "value")
MLP = ("c_fc", "c_proj")
IN_ATTENTION = re.compile(r"\.attn\.")
SEES = re.compile(r"(^|\.)(visual|vision_model|vision_tower|image_encoder|trunk)(\.|$)")
TEMPERATURE = 0.07


class DualEncoderOptions(CaptionOptions, Protocol):
    """What of the recipe's settings this job needs besides."""

    @property
    def towers(self) -> Literal["text", "both"]: ...
    @property
    def lora(self) -> Lora: ...


class Contrast(nn.Module):
    """Both towers with the loss; LoRA lies in the network that the towers call."""

    def __init__(
        self,
        network: Any,
        read: Callable[[Sequence[str]], Tensor],
        see: Callable[[Sequence[Any]], Tensor],
    ) -> None:
        super().__init__()
        self.network, self._read, self._see = network, read, see
        self.scale = nn.Parameter(torch.tensor(log(1 / TEMPERATURE)))

    def forward(self, texts: list[str], pictures: Tensor | list[Any], ids: Tensor) -> Tensor:
        queries = nn.functional.normalize(self._read(texts).float(), dim=1)  # [B, d]
        if not isinstance(pictures, Tensor):
            pictures = nn.functional.normalize(self._see(pictures).float(), dim=1)
        scale = self.scale.exp().clamp(max=100)
        return info_nce(
            queries, pictures.to(queries), scale, ids.to(queries.device), symmetric=True
        )


class DualJob:
    """Captions, their pictures, and the encoder that learns to bring them together."""

    def __init__(self, config: DualEncoderOptions) -> None:
        self.config = config
        torch.manual_seed(config.training.seed)
        self.encoder = _encoder(config)
        self.captions = CaptionSplit(config)
        self._vectors = encoded(self.encoder, self.captions.paths)
        self._lora = _adapted(self.encoder.network, config)
        self.model = Contrast(self._lora, self.encoder.read, self.encoder.see)

    @property
    def examples(self) -> int:
        return len(self.captions.trained)

    @property
    def about(self) -> Mapping[str, Any]:
        return {
            "base": self.encoder.name,
            "towers": self.config.towers,
            "captions": self.captions.counts,
            BEWARE: self.captions.beware,
        }

    @property
    def data(self) -> Mapping[str, str]:
        return {"captions": self.captions.mark, "encoder": self.encoder.name}

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        chosen = [self.captions.trained[place] for place in places]
        at = [place for _, place in chosen]
        pictures: Any = torch.from_numpy(self._vectors[at])
        if self.config.towers == "both":
            side = self.encoder.image_size
            paths = [self.captions.paths[one] for one in at]
            pictures = [read_picture(path, min_side=side).image for path in paths]
        return {
            "texts": [text for text, _ in chosen],
            "pictures": pictures,
            "ids": torch.tensor(at),
        }

    def validate(self) -> Figures:
        both = self.config.towers == "both"
        vectors = encoded(self.encoder, self.captions.paths) if both else self._vectors
        return self.captions.figures(self.encoder.encode_texts(self.captions.asked), vectors)

    def save(self, folder: Path) -> None:
        write_adapter(
            folder,
            "dual-encoder",
            base=self.config.base,
            spec=self.config.base,
            base_name=self.encoder.name,
            towers=self.config.towers,
            pictures=self.encoder.name,
        )
        save_lora(self._lora, folder)


def _encoder(config: DualEncoderOptions) -> DualEncoder:
    found = load_encoder(config.base, device=config.training.place, batch=config.training.batch)
    if not isinstance(found, DualEncoder):
        raise FinetuneError(
            f"base: LoRA needs an encoder of open_clip or transformers; got {config.base!r}; set"
            " method='map' for any other"
        )
    return found


def _adapted(network: Any, config: DualEncoderOptions) -> Any:
    lora = config.lora
    wanted = lora.targets or (*ATTENTION, *MLP)
    linear = [name for name, one in network.named_modules() if isinstance(one, nn.Linear)]
    targets = [
        name
        for name in linear
        if name.rpartition(".")[2] in wanted
        and not IN_ATTENTION.search(name)
        and (config.towers == "both" or not SEES.search(name))
    ]
    if not targets:
        raise FinetuneError(
            f"base: no layer of {config.base!r} is named {', '.join(wanted)}; set lora.targets"
        )
    return put_in(network, lora, targets)
