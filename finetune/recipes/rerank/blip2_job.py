"""Training a BLIP-2 for retrieval: what `agent.rerank.blip2` scores with, no more.

The image tower is frozen unless asked for, its layer norm included (LAVIS trains that one); what it
saw of a picture is kept. The Q-Former learns by LoRA or whole; its query tokens, both projections
and the matching head always.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from agent.mllm.mllm import MllmError
from agent.rerank.blip2 import Blip2, EncodedPicture, caption
from agent.rerank.blip2_adapter import HEADS, KIND, WEIGHTS, weights_of
from agent.rerank.blip2_qformer import patch_states, projected_queries
from agent.rerank.reranker import reordered
from finetune.data.training_data import cautions, split
from finetune.error import FinetuneError
from finetune.job import BEWARE, Batch, Figures
from finetune.model.device import devices
from finetune.model.lora_layers import adapted, keep_less, save_lora
from finetune.recipes.rerank.blip2_losses import QformerLosses
from finetune.recipes.rerank.figures import reranking
from finetune.recipes.rerank.settings import RerankConfig
from finetune.recipes.rerank.shortlists import Shortlisted, content, pixels, read_told, shortlists
from retrievers.checkpoints.adapter import write_adapter
from retrievers.encoders.load import load_encoder
from retrievers.hit import Hit, Picture

DTYPES = {"no": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class QformerJob:
    """Captioned pictures, and the model that learns to match them."""

    def __init__(self, config: RerankConfig) -> None:
        self.config = config
        torch.manual_seed(config.training.seed)
        self.blip2 = _open(config)
        self.model, self._lora = fitted(self.blip2.model, config, begin=self.blip2.begin_token)
        self.parts = _parts(config)
        self.encoder = load_encoder(config.encoder, threads=config.training.threads or None)
        told = read_told(config.captions, config.pictures, config.columns)
        ids = [one.picture.id for one in told]
        trained, held = split(told, ids, config.validation, seed=config.training.seed)
        self.pairs = [(said, one.picture) for one in trained for said in one.captions]
        self.shortlisted = shortlists(held, self.encoder, config.k)
        self._content = content(told)
        self._places = {one: place for place, one in enumerate(ids)}
        said = dict.fromkeys(caption(text) for text, _ in self.pairs)
        self._captions = {text: place for place, text in enumerate(said)}
        self._states: dict[str, Tensor] = {}
        self._room = config.seen_gb * 1e9

    @property
    def examples(self) -> int:
        return len(self.pairs)

    @property
    def about(self) -> Mapping[str, Any]:
        asked, k = len(self.shortlisted), self.config.k
        return {
            "base": self.config.base,
            "trained": ", ".join(self.parts) + ("" if self._lora is None else ", LoRA in qformer"),
            "captions": f"{len(self.pairs)} to train on, {asked} to validate",
            "first stage": f"{self.encoder.name}, which hands on {k}",
            BEWARE: cautions(
                [said for said, _ in self.pairs],
                [one.said for one in self.shortlisted],
                learnt=len({picture.id for _, picture in self.pairs}),
                ranked=len({one.gold.id for one in self.shortlisted}),
            ),
        }

    @property
    def data(self) -> Mapping[str, str]:
        return {"captions": self._content, "encoder": self.encoder.name}

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        pairs = [self.pairs[place] for place in places]
        ids, mask = self.blip2.tokens([said for said, _ in pairs])
        if self.config.unfreeze_vision:
            images = self.blip2.pixels([pixels(picture) for _, picture in pairs])
        else:
            images = torch.stack([self._seen(picture) for _, picture in pairs])
        return {
            "images": images,
            "ids": ids,
            "mask": mask,
            "pictures": torch.tensor([self._places[picture.id] for _, picture in pairs]),
            "captions": torch.tensor([self._captions[caption(said)] for said, _ in pairs]),
        }

    def validate(self) -> Figures:
        return reranking(self.shortlisted, [self.order(one) for one in self.shortlisted])

    def order(self, shortlisted: Shortlisted) -> list[Hit]:
        """Return a shortlist as the model, as it is now, orders it."""
        states = torch.stack([self._seen(hit.picture) for hit in shortlisted.hits])
        states = states.to(self.blip2.device)
        queries = projected_queries(self.blip2.model, states.to(self.blip2.model.query_tokens))
        seen = [EncodedPicture(*pair) for pair in zip(states, queries, strict=True)]
        scores = self.blip2.score_pictures(seen, shortlisted.said).tolist()
        by_id = {hit.picture.id: score for hit, score in zip(shortlisted.hits, scores, strict=True)}
        return reordered(shortlisted.hits, by_id, "blip2")

    def save(self, folder: Path) -> None:
        if self._lora is not None:
            save_lora(self._lora, folder)
        write_adapter(
            folder,
            KIND,
            base=self.config.base,
            parts=self.parts,
            lora=self._lora is not None,
            temperature=float(self.model.temperature.detach()),
        )
        weights = weights_of(self.blip2.model, self.parts)
        save_file(
            {name: one.detach().cpu().contiguous() for name, one in weights.items()},
            folder / WEIGHTS,
        )

    def _seen(self, picture: Picture) -> Tensor:
        """Return the image tower's states [L, D], kept while there is room."""
        if (known := self._states.get(picture.id)) is not None:
            return known
        with torch.no_grad():
            states = patch_states(self.blip2.model, self.blip2.pixels([pixels(picture)]))[
                0
            ].cpu()  # [L, D]
        size = states.numel() * states.element_size()
        if not self.config.unfreeze_vision and size <= self._room:
            self._room -= size
            self._states[picture.id] = states
        return states


def _open(config: RerankConfig) -> Blip2:
    training = config.training
    try:
        blip2 = Blip2(config.base, device=training.place or devices()[0])
    except MllmError as error:
        raise FinetuneError(f"base: {error}") from error
    if not config.unfreeze_vision:
        blip2.model.vision_model.to(DTYPES[training.precision])
    if training.checkpointing:
        keep_less(blip2.model)
    return blip2


def fitted(model: Any, config: RerankConfig, *, begin: int = 0) -> tuple[QformerLosses, Any]:
    """Make a model ready: its losses, gradients on what is trained, and LoRA as peft has it."""
    model.requires_grad_(False)
    lora = None
    if not config.full:
        lora = adapted(model.qformer, config.lora)
        model.qformer = lora.get_base_model()
    for weight in weights_of(model, _parts(config)).values():
        weight.requires_grad_(True)
    losses = QformerLosses(model, begin=begin, sees=config.unfreeze_vision, itg=config.itg)
    return losses, lora


def _parts(config: RerankConfig) -> list[str]:
    """Return the parts of the model that are trained whole."""
    parts = [*HEADS]
    parts += ["qformer", "embeddings"] if config.full else []
    parts += ["vision_model"] if config.unfreeze_vision else []
    return parts
