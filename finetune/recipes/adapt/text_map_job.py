"""The text map as a torch module, and the job that fits one to captioned pictures."""

import random
from collections.abc import Callable, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from finetune.data.training_data import encoded
from finetune.job import BEWARE, Batch, Figures
from finetune.model.losses import info_nce
from finetune.recipes.adapt.captions import CaptionOptions, CaptionSplit
from retrievers.checkpoints.adapter import write_adapter
from retrievers.encoder import Encoder, EncoderError, Vectors
from retrievers.encoders.load import load_encoder
from retrievers.encoders.tuned.text_map import GATE, Vocabulary, save_map
from retrievers.offline.concepts import load_concepts

SPEED = 100.0  # a table that starts at zero learns well at a rate so much higher than LoRA's
TEMPERATURE = 0.05


class TextMapOptions(CaptionOptions, Protocol):
    """What of the recipe's settings this job needs besides."""

    @property
    def guard(self) -> float: ...


class TextMap(nn.Module):
    """The map with its losses.

    Args:
        vocabulary: what it has vectors for.
        dim: length of a vector.
        guard: weight of keeping texts where they were that the encoder knows.
    """

    def __init__(self, vocabulary: Vocabulary, dim: int, *, guard: float = 0.0) -> None:
        super().__init__()
        self.vocabulary, self.guard = vocabulary, guard
        self.slow_table = nn.Parameter(torch.zeros(len(vocabulary.rarity), dim))
        self.slow_gate = nn.Parameter(torch.zeros(len(vocabulary.rarity)))
        self.slow_scale = nn.Parameter(torch.tensor(log(1 / TEMPERATURE) / SPEED))

    @property
    def table(self) -> Tensor:
        return SPEED * self.slow_table

    @property
    def gate(self) -> Tensor:
        return SPEED * self.slow_gate

    def mapped(self, held: Tensor, vectors: Tensor) -> Tensor:
        """Map the encoder's vectors [B, d] of texts that hold these words [B, N]."""
        moved = torch.exp(GATE * held @ self.gate)[:, None] * vectors + held @ self.table
        unit: Tensor = nn.functional.normalize(moved, dim=1)
        return unit

    def forward(
        self,
        held: Tensor,
        vectors: Tensor,
        pictures: Tensor,
        ids: Tensor,
        known: Tensor,
        known_vectors: Tensor,
    ) -> Tensor:
        scale = (SPEED * self.slow_scale).exp().clamp(max=100)
        loss = info_nce(self.mapped(held, vectors), pictures, scale, ids, symmetric=True)
        if len(known):
            strayed = (self.mapped(known, known_vectors) - known_vectors).pow(2).sum(dim=1)
            loss = loss + self.guard * strayed.mean()
        return loss

    def save(self, folder: Path) -> None:
        """Write the weights."""
        table, gate = (one.detach().cpu().numpy() for one in (self.table, self.gate))
        save_map(folder, self.vocabulary, table, gate)


class Guards:
    """Texts that the encoder knows: class names that share words with the vocabulary."""

    def __init__(self, vocabulary: Vocabulary, encoder: Encoder) -> None:
        held = vocabulary.rows(names := _names())
        live = np.flatnonzero(held.any(axis=1))
        self.held = torch.from_numpy(held[live])
        self.vectors = torch.from_numpy(encoder.encode_texts([names[at] for at in live]))

    def some(self, n: int, chance: random.Random) -> tuple[Tensor, Tensor]:
        """Choose n of them; none, if there are none."""
        at = [chance.randrange(len(self.held)) for _ in range(n if len(self.held) else 0)]
        return self.held[at], self.vectors[at]


class TextMapJob:
    """Captions, their pictures' vectors, and the map that learns to bring them together."""

    def __init__(self, config: TextMapOptions) -> None:
        self.config = config
        self.encoder = load_encoder(config.base, threads=config.training.threads or None)
        self.captions = CaptionSplit(config)
        self._vectors = encoded(self.encoder, self.captions.paths)
        texts = [text for text, _ in self.captions.trained]
        vocabulary = Vocabulary.of(texts)
        self._rows = torch.from_numpy(vocabulary.rows(texts))
        self._texts = torch.from_numpy(self.encoder.encode_texts(texts))
        self.model = TextMap(vocabulary, self.encoder.dim, guard=config.guard)
        self._guards = Guards(vocabulary, self.encoder) if config.guard else None

    @property
    def examples(self) -> int:
        return len(self.captions.trained)

    @property
    def about(self) -> Mapping[str, Any]:
        return {
            "base": self.encoder.name,
            "captions": self.captions.counts,
            "words and parts of words": len(self.model.vocabulary.rarity),
            BEWARE: self.captions.beware,
        }

    @property
    def data(self) -> Mapping[str, str]:
        return {"captions": self.captions.mark, "encoder": self.encoder.name}

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        at = [self.captions.trained[place][1] for place in places]
        none = torch.zeros(0, len(self.model.vocabulary.rarity)), torch.zeros(0, self.encoder.dim)
        known, vectors = self._guards.some(len(places), chance) if self._guards else none
        return {
            "held": self._rows[list(places)],
            "vectors": self._texts[list(places)],
            "pictures": torch.from_numpy(self._vectors[at]),
            "ids": torch.tensor(at),
            "known": known,
            "known_vectors": vectors,
        }

    def validate(self) -> Figures:
        asked = mapper(self.model, self.encoder)(self.captions.asked)
        return self.captions.figures(asked, self._vectors)

    def save(self, folder: Path) -> None:
        base = self.config.base
        write_adapter(folder, "text-map", base=base, spec=base, pictures=self.encoder.name)
        self.model.save(folder)


def mapper(model: TextMap, encoder: Encoder) -> Callable[[Sequence[str]], Vectors]:
    """Return what encodes texts as search will, through the map as it is now."""

    def encode(texts: Sequence[str]) -> Vectors:
        held = torch.from_numpy(model.vocabulary.rows(texts))
        with torch.no_grad():
            rows = model.mapped(held, torch.from_numpy(encoder.encode_texts(texts)))
        found: Vectors = rows.numpy()
        return found

    return encode


def _names() -> tuple[str, ...]:
    try:
        return load_concepts().names
    except EncoderError:  # the offline weights are not installed
        return ()
