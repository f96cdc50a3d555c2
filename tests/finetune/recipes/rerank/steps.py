"""A few steps of training by hand."""

import random
from typing import Any

import torch


def take_steps(job: Any, steps: int, *, batch: int = 8, lr: float = 1e-2) -> list[float]:
    """Train on one batch of the first examples; returns the losses."""
    weights = [one for one in job.model.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=lr, weight_decay=0)
    losses = []
    for step in range(steps):
        torch.manual_seed(step)
        job.model.train()
        loss = job.model(**job.batch(range(batch), random.Random(0)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    job.model.eval()
    return losses
