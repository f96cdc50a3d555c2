"""AdamW over what is to be trained: plain, or with 8-bit states (arXiv:2110.02861)."""

from typing import Any

import torch
from torch import nn

from finetune.error import FinetuneError
from finetune.settings import Training


def optimiser_of(model: nn.Module, training: Training) -> torch.optim.Optimizer:
    """Return the optimiser; vectors, such as biases and a temperature, are not decayed.

    Raises:
        FinetuneError: nothing requires a gradient, or bitsandbytes is missing.
    """
    weights = [one for one in model.parameters() if one.requires_grad]
    if not weights:
        raise FinetuneError("nothing is to be trained; every weight of the model is frozen")
    groups: list[dict[str, Any]] = [
        {"params": [one for one in weights if one.ndim > 1], "weight_decay": training.weight_decay},
        {"params": [one for one in weights if one.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if training.optimiser == "adamw":
        return torch.optim.AdamW(groups, lr=training.lr, betas=training.betas)
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as error:
        raise FinetuneError(
            f"training.optimiser 'adamw8bit' needs bitsandbytes ({error});"
            " install `dialens[quantise]`, or take 'adamw'"
        ) from error
    found: torch.optim.Optimizer = AdamW8bit(groups, lr=training.lr, betas=training.betas)
    return found
