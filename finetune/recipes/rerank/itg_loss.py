"""BLIP-2's ITG loss: the Q-Former writes the caption from what its queries saw of the picture.

LAVIS lets the text see the queries' kept keys and values. transformers' Q-Former keeps none, so
that queries and text go through it together, under a mask that comes to the same: queries see
queries only, a token sees the queries and what stands before it. Nor does its class hold the
language-model head, which is learnt anew here and dropped after training: search does not write.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear

from agent.rerank.blip2_qformer import fused_states

SMOOTHING = 0.1
IGNORED = -100


class Writing(nn.Module):
    """BERT's head: a layer, then the word vectors, which stay the model's own.

    Args:
        model: the library's `Blip2ForImageTextRetrieval`.
        begin: id of the token that takes the place of the first one, `[DEC]`.
    """

    def __init__(self, model: Any, begin: int) -> None:
        super().__init__()
        config = model.config.qformer_config
        self._begin = begin
        self.layer = nn.Sequential(
            nn.Linear(config.hidden_size, config.hidden_size),
            nn.GELU(),
            nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps),
        )
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def forward(self, model: Any, states: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the cross-entropy of each token after those before it.

        Args:
            model: the whole model.
            states: of the pictures' patches [B, L, D].
            ids: of the captions' tokens [B, T].
            mask: which of them are there [B, T].
        """
        logits = self.logits(model, states, ids, mask)[:, :-1]  # [B, T - 1, V]
        wanted = ids.masked_fill(mask == 0, IGNORED)[:, 1:]
        return cross_entropy(
            logits.flatten(0, 1),
            wanted.flatten(),
            ignore_index=IGNORED,
            label_smoothing=SMOOTHING,
        )

    def logits(self, model: Any, states: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """Return what follows each token [B, T, V]."""
        many = model.query_tokens.shape[1]
        begun = torch.cat([torch.full_like(ids[:, :1], self._begin), ids[:, 1:]], dim=1)
        seen = who_sees_whom(mask, many, model.query_tokens.dtype)
        written = fused_states(model, states, begun, seen)[:, many:]  # [B, T, H]
        words = model.embeddings.word_embeddings.weight  # [V, H]
        return linear(self.layer(written), words, self.bias)


def who_sees_whom(mask: Tensor, queries: int, dtype: torch.dtype) -> Tensor:
    """Return what is added to the attention's scores [B, 1, Q + T, Q + T]: 0, or the least number.

    Args:
        mask: which tokens are there [B, T].
        queries: how many there are.
        dtype: of the scores.
    """
    length = queries + mask.shape[1]
    sees = torch.ones(length, length, dtype=torch.bool, device=mask.device).tril()
    sees[:queries, :queries] = True
    there = torch.cat([mask.new_ones(len(mask), queries), mask], dim=1).bool()  # [B, Q + T]
    whole = sees[None, None] & there[:, None, None, :]
    return torch.zeros(whole.shape, dtype=dtype, device=mask.device).masked_fill(
        ~whole, torch.finfo(dtype).min
    )
