"""BLIP-2 in parts: its image tower, and its Q-Former on pictures, on texts, and on both together.

Functions of the library's `Blip2ForImageTextRetrieval`, the same in search and in training.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize


def patch_states(model: Any, pixels: Tensor) -> Tensor:
    """Run the image tower; returns the patches' states [N, L, D]."""
    tower = model.vision_model
    pixels = pixels.to(model.query_tokens.device, tower.dtype)
    found: Tensor = tower(pixel_values=pixels).last_hidden_state
    return found


def projected_queries(model: Any, states: Tensor) -> Tensor:
    """Return the queries [N, Q, P] of pictures whose patch states [N, L, D] these are."""
    queries = model.qformer(
        query_embeds=model.query_tokens.expand(len(states), -1, -1),
        encoder_hidden_states=states,
    ).last_hidden_state  # [N, Q, H]
    return normalize(model.vision_projection(_for_head(model, queries)), dim=-1)


def projected_texts(model: Any, ids: Tensor, mask: Tensor) -> Tensor:
    """Return the vectors [T, P] of texts, of their first token."""
    words = model.qformer(
        query_embeds=model.embeddings(input_ids=ids), query_length=0, attention_mask=mask
    ).last_hidden_state[:, 0]  # [T, H]: CLS
    return normalize(model.text_projection(_for_head(model, words)), dim=-1)


def cosines(queries: Tensor, texts: Tensor) -> Tensor:
    """Return [N, T]: per picture and text the best of the queries."""
    found: Tensor = (queries @ texts.T).amax(dim=1)
    return found


def match_logits(model: Any, states: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
    """Return the logits [N, 2], "no match" and "match", of pairs; the mean over the queries."""
    fused = fused_states(model, states, ids, mask)[:, : model.query_tokens.shape[1]]  # [N, Q, H]
    logits: Tensor = model.itm_head(_for_head(model, fused)).mean(dim=1)
    return logits


def fused_states(model: Any, states: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
    """Return the states [N, Q + T, H] of the queries and a text that see one another.

    Args:
        model: the whole model.
        states: of the pictures' patches, [N, L, D].
        ids: of the texts' tokens, [N, T].
        mask: which of them are there, [N, T]; or a whole mask [N, 1, Q + T, Q + T], added to the
            attention's scores, which says who sees whom.
    """
    queries = model.query_tokens.expand(len(states), -1, -1)  # [N, Q, H]
    if mask.ndim == 2:
        mask = torch.cat([mask.new_ones(queries.shape[:2]), mask], dim=1)  # [N, Q + T]
    found: Tensor = model.qformer(
        query_embeds=model.embeddings(input_ids=ids, query_embeds=queries),
        query_length=queries.shape[1],
        attention_mask=mask,
        encoder_hidden_states=states,
    ).last_hidden_state
    return found


def _for_head(model: Any, states: Tensor) -> Tensor:
    return states.to(model.itm_head.weight.dtype)
