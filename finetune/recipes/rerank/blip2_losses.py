"""BLIP-2's stage-1 losses over one batch (arXiv:2301.12597, section 3.1): ITC + ITM (+ ITG).

As LAVIS tunes for retrieval, with the identity of the pictures known: a copy of a picture, or a
picture with the same caption, is never a negative. Negatives of ITM are this device's own.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed import get_rank, is_initialized
from torch.nn.functional import cross_entropy, log_softmax

from agent.rerank.blip2_qformer import (
    cosines,
    match_logits,
    patch_states,
    projected_queries,
    projected_texts,
)
from finetune.model.losses import gathered
from finetune.recipes.rerank.itg_loss import Writing

SMOOTHING = 0.1
TEMPERATURE, COLDEST, WARMEST = 0.07, 0.001, 0.5


class QformerLosses(nn.Module):
    """The model with its losses.

    Args:
        model: the library's `Blip2ForImageTextRetrieval`, which is trained in place.
        begin: id of the token with which a text that is written begins.
        sees: whether the image tower is trained, so that `images` are pixels and not its states.
        itg: learn to write the captions, too.
    """

    def __init__(self, model: Any, *, begin: int, sees: bool, itg: bool) -> None:
        super().__init__()
        self.model = model
        self._sees = sees
        self.temperature = nn.Parameter(torch.tensor(TEMPERATURE))
        self.writing = Writing(model, begin) if itg else None

    @property
    def config(self) -> Any:
        return self.model.config.qformer_config

    def train(self, mode: bool = True) -> "QformerLosses":
        """Switch dropout, which a frozen image tower never has."""
        super().train(mode)
        if not self._sees:
            self.model.vision_model.eval()
        return self

    def forward(
        self, images: Tensor, ids: Tensor, mask: Tensor, pictures: Tensor, captions: Tensor
    ) -> Tensor:
        """Return the sum of the losses.

        Args:
            images: pixels [B, 3, H, W] or the image tower's states [B, L, D].
            ids: of the captions' tokens [B, T].
            mask: which of them are there [B, T].
            pictures: which picture each is of [B].
            captions: which caption each has [B].
        """
        states = patch_states(self.model, images) if self._sees else images
        states = states.to(self.model.query_tokens.dtype)
        to_texts, to_pictures = self._similarities(states, ids, mask)  # [B, N] each
        loss = contrast(to_texts, to_pictures, pictures[:, None] == gathered(pictures)[None, :])
        alike = (pictures[:, None] == pictures) | (captions[:, None] == captions)  # [B, B]
        texts, images = hard(_own(to_texts), alike), hard(_own(to_pictures), alike)
        loss = loss + self._matching(states, ids, mask, texts, images)
        if self.writing is not None:
            loss = loss + self.writing(self.model, states, ids, mask)
        return loss

    def _similarities(self, states: Tensor, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return each picture's with all texts, and each text's with all pictures [B, N]."""
        with torch.no_grad():
            self.temperature.clamp_(COLDEST, WARMEST)
        queries = projected_queries(self.model, states)  # [B, Q, P]
        texts = projected_texts(self.model, ids, mask)  # [B, P]
        to_texts = cosines(queries, gathered(texts))
        to_pictures = cosines(gathered(queries), texts).T
        return to_texts / self.temperature, to_pictures / self.temperature

    def _matching(
        self, states: Tensor, ids: Tensor, mask: Tensor, texts: Tensor, images: Tensor
    ) -> Tensor:
        """Compute ITM over [pairs, (hard picture, text), (picture, hard text)].

        Args:
            states: of the pictures [B, L, D].
            ids: of the texts [B, T].
            mask: of the texts.
            texts: the place of each picture's hard text [B]; -1: there is none.
            images: the place of each text's hard picture [B]; likewise.
        """
        has = (texts >= 0) & (images >= 0)
        texts, images = texts[has], images[has]
        logits = match_logits(
            self.model,
            torch.cat([states, states[images], states[has]]),
            torch.cat([ids, ids[has], ids[texts]]),
            torch.cat([mask, mask[has], mask[texts]]),
        )  # [B + 2 H, 2]
        labels = torch.zeros(len(logits), dtype=torch.long, device=logits.device)
        labels[: len(ids)] = 1
        return cross_entropy(logits, labels)


def contrast(to_texts: Tensor, to_pictures: Tensor, same: Tensor) -> Tensor:
    """Compute ITC, the mean of both directions, where pictures may have several captions.

    Args:
        to_texts: scores of pictures with texts [B, N].
        to_pictures: scores of texts with pictures [B, N].
        same: which columns are of the row's own picture [B, N].
    """
    share = same / same.sum(dim=1, keepdim=True)
    target = (1 - SMOOTHING) * share + SMOOTHING / same.shape[1]
    both = [
        -(target * log_softmax(scores, dim=1)).sum(dim=1).mean()
        for scores in (to_texts, to_pictures)
    ]
    return (both[0] + both[1]) / 2


def hard(scores: Tensor, alike: Tensor) -> Tensor:
    """Draw a negative for each row, in proportion to the softmax of its scores; -1: it has none.

    Args:
        scores: [B, B].
        alike: which columns are no negatives, the row's own among them [B, B].
    """
    weights = scores.detach().float().masked_fill(alike, -torch.inf).softmax(dim=1)
    none = alike.all(dim=1)
    drawn = torch.multinomial(weights.masked_fill(none[:, None], 1.0), 1)[:, 0]
    return drawn.masked_fill(none, -1)


def _own(scores: Tensor) -> Tensor:
    """Return the columns of this device [B, B]."""
    first = get_rank() * len(scores) if is_initialized() else 0
    return scores[:, first : first + len(scores)]
