"""Linear probing before fine-tuning (LP-FT, Kumar et al. 2022, arXiv:2202.10054).

A map that starts at random would send its noise through all LoRA layers. So it first learns alone,
on states of the frozen base that are computed once: seconds, where the same steps through the base
would take hours on a CPU.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from retrievers.encoders.tuned.dialogue_encoder import DialogueTower

BATCH, RATE, DECAY = 128, 1e-3, 0.1


def probe(
    tower: DialogueTower,
    states: Tensor,
    steps: int,
    seed: int,
    loss: Callable[[Tensor, Tensor], Tensor],
) -> None:
    """Set the tower's standardisation from the states, and train its map.

    Args:
        tower: its map is changed.
        states: of the frozen base [N, width].
        steps: of the optimiser.
        seed: of the choice of rows.
        loss: takes unit rows [B, d] and which of the N they are.
    """
    chance = torch.Generator().manual_seed(seed)
    device = tower.head.weight.device
    states = states.to(device)
    tower.centre.copy_(states.mean(dim=0))
    tower.spread.copy_(states.std(dim=0) + 1e-5)
    optimiser = torch.optim.AdamW([tower.head.weight], lr=RATE, weight_decay=DECAY)
    for _ in range(steps):
        rows = torch.randint(len(states), (min(BATCH, len(states)),), generator=chance)
        optimiser.zero_grad()
        loss(tower.mapped(states[rows.to(device)]), rows).backward()
        optimiser.step()
    tower.head.weight.grad = None
