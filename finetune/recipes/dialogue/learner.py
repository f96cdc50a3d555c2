"""The tower that reads dialogues, with the loss that draws them to their pictures."""

from math import log
from typing import Any

import torch
from torch import Tensor, nn

from finetune.model.losses import info_nce, recall_surrogate
from finetune.recipes.dialogue.settings import DialogueConfig
from retrievers.encoders.tuned.dialogue_encoder import DialogueTower


class DialogueLearner(nn.Module):
    """The tower with its loss."""

    def __init__(self, tower: DialogueTower, config: DialogueConfig) -> None:
        super().__init__()
        self.tower, self._config = tower, config
        self.scale = nn.Parameter(torch.tensor(log(1 / config.temperature)))

    @property
    def config(self) -> Any:
        return self.tower.config

    def forward(
        self, inputs: dict[str, Tensor], pictures: Tensor, captions: Tensor, ids: Tensor
    ) -> Tensor:
        return self.loss(self.tower(**inputs), pictures, captions, ids)

    def loss(self, queries: Tensor, pictures: Tensor, captions: Tensor, ids: Tensor) -> Tensor:
        """Compare queries [B, d] with what they should be near [B, d]; equal ids are one."""
        scale = self.scale.exp().clamp(max=100)  # as CLIP
        if self._config.loss == "recall":
            loss = recall_surrogate(queries, pictures, ids)
        else:
            loss = info_nce(queries, pictures, scale, ids)
        if self._config.anchor:
            loss = loss + self._config.anchor * info_nce(queries, captions, scale, ids)
        return loss
