"""Contrastive losses between queries and the vectors they should be near, of unit rows.

Two queries for one picture are no negatives of each other: `same` masks them.
"""

from typing import Any

import torch
from torch import Tensor
from torch.distributed import all_gather, all_reduce, get_rank, get_world_size, is_initialized
from torch.nn.functional import log_softmax


def info_nce(
    queries: Tensor, targets: Tensor, scale: Tensor, ids: Tensor, *, symmetric: bool = False
) -> Tensor:
    """Compute InfoNCE (CPC, arXiv:1807.03748; the form of ChatIR's loss) over all devices.

    Args:
        queries: [B, d].
        targets: [B, d], each query's own in its row.
        scale: one over the temperature.
        ids: [B], which picture a row is of; equal ones are no negatives.
        symmetric: average with the direction target -> query (CLIP).
    """
    first = get_rank() * len(queries) if is_initialized() else 0
    every, known = gathered(targets), gathered(ids)
    own = first + torch.arange(len(queries), device=queries.device)  # [B]
    loss = _one_way(scale * queries @ every.T, _others(ids, known, own), own)
    if not symmetric:
        return loss
    back = _one_way(scale * targets @ gathered(queries).T, _others(ids, known, own), own)
    return (loss + back) / 2


def recall_surrogate(
    queries: Tensor,
    targets: Tensor,
    ids: Tensor,
    *,
    cuts: tuple[int, ...] = (1, 2, 4, 8, 16),
    rank_temperature: float = 0.01,
    cut_temperature: float = 1.0,
) -> Tensor:
    """Compute 1 - R@k with sigmoids for both steps, mean over the cuts (arXiv:2108.11179).

    ChatIR was trained with it; PlugIR's reproduction takes these cuts and .01.

    Args:
        queries: [B, d].
        targets: [B, d].
        ids: [B], equal ones do not outrank each other.
        cuts: the k's.
        rank_temperature: of "outranks the target".
        cut_temperature: of "is among the first k".
    """
    scores = queries @ targets.T  # [B, B]
    ahead = torch.sigmoid((scores - scores.diagonal()[:, None]) / rank_temperature)
    ahead = ahead.masked_fill(ids[:, None] == ids[None, :], 0)
    below = ahead.sum(dim=1)  # [B]: how many outrank the target, softly
    found = [torch.sigmoid((k - 1 - below) / cut_temperature) for k in cuts]
    return 1 - torch.stack(found).mean()


def gathered(rows: Tensor) -> Tensor:
    """Return the rows of all devices in their order, with gradients; alone, the rows."""
    if not is_initialized() or get_world_size() == 1:
        return rows
    if not rows.is_floating_point():
        return _every(rows)
    found: Tensor = _Gathered.apply(rows)
    return found


class _Gathered(torch.autograd.Function):
    """All devices' rows; a row's gradient is the sum of what each device makes of it."""

    @staticmethod
    def forward(context: Any, rows: Tensor) -> Tensor:
        return _every(rows)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        whole = gradient.contiguous()
        all_reduce(whole)
        return whole.chunk(get_world_size())[get_rank()]


def _every(rows: Tensor) -> Tensor:
    parts = [torch.empty_like(rows) for _ in range(get_world_size())]
    all_gather(parts, rows.contiguous())
    return torch.cat(parts)


def _others(ids: Tensor, known: Tensor, own: Tensor) -> Tensor:
    """Return which columns are of the row's picture, its own place excepted [B, N]."""
    same = ids[:, None] == known[None, :]
    same[torch.arange(len(ids), device=ids.device), own] = False
    return same


def _one_way(scores: Tensor, same: Tensor, own: Tensor) -> Tensor:
    logs = log_softmax(scores.masked_fill(same, -torch.inf), dim=1)
    return -logs.gather(1, own[:, None]).mean()
