"""Training an MLLM to select among what the first stage found, with LoRA on its language model."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from agent.mllm.chat_template import ChatTemplate
from agent.mllm.mllm import MllmError
from agent.mllm.option_scores import tokens_of
from agent.mllm.transformers_mllm import TransformersMllm
from finetune.data.training_data import cautions, split
from finetune.error import FinetuneError
from finetune.job import BEWARE, Batch, Figures
from finetune.model.base import open_base
from finetune.model.lora_layers import adapted, save_lora
from finetune.recipes.rerank.selection import Picking, Selection, Selector, YesOrNo
from finetune.recipes.rerank.settings import RerankConfig
from finetune.recipes.rerank.shortlists import content, lessons, read_told, shortlists
from retrievers.checkpoints.adapter import write_adapter
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.generative import OpenedCheckpoint
from retrievers.checkpoints.partial_lora import only_on_pictures
from retrievers.encoders.load import load_encoder

KIND = "llm"


class SelectionJob:
    """Shortlists, and the model that learns to select from them."""

    def __init__(self, config: RerankConfig) -> None:
        self.config = config
        torch.manual_seed(config.training.seed)
        self._opened, self._lora = _open(config)
        self.prompting = ChatTemplate(self._opened, max_pixels=config.max_pixels)
        self.model = Selector(self._opened)
        self.mllm = TransformersMllm.of(self._opened, max_pixels=config.max_pixels)
        kind = Picking if config.method == "pick" else YesOrNo
        self.selection: Selection = kind(self.mllm, config.k)
        self.encoder = load_encoder(config.encoder, threads=config.training.threads or None)
        told = read_told(config.captions, config.pictures, config.columns)
        ids = [one.picture.id for one in told]
        trained, held = split(told, ids, config.validation, seed=config.training.seed)
        found = shortlists(trained, self.encoder, config.k)
        self.lessons = lessons(found, inject=config.inject)
        self.left_out = len(found) - len(self.lessons)
        self.shortlisted = shortlists(held, self.encoder, config.k)
        self._content = content(told)

    @property
    def examples(self) -> int:
        return len(self.lessons)

    @property
    def about(self) -> Mapping[str, Any]:
        return {
            "base": self._opened.name,
            "shortlists": f"{len(self.lessons)} to train on, {len(self.shortlisted)} to validate, "
            f"{self.left_out} left out as they held no right picture or no wrong one",
            "first stage": f"{self.encoder.name}, which hands on {self.config.k}",
            "prompt": f"{self.selection.prompt.name}+{self.selection.prompt.hash}",
            BEWARE: cautions(
                [one.said for one in self.lessons],
                [one.said for one in self.shortlisted],
                learnt=len({one.gold.id for one in self.lessons}),
                ranked=len({one.gold.id for one in self.shortlisted}),
            ),
        }

    @property
    def data(self) -> Mapping[str, str]:
        prompt = self.selection.prompt
        return {
            "captions": self._content,
            "encoder": self.encoder.name,
            "prompt": f"{prompt.name}+{prompt.hash}",
        }

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        asked = [
            lesson
            for place in places
            for lesson in self.selection.lessons(self.lessons[place], chance)
        ]
        try:
            prompts = [self.prompting.ask([one.message]) for one in asked]
            longest = max((one.options for one in asked), key=len)
            answers = tokens_of(longest, prompts[0], self.prompting, self._opened)
            tensors = self.prompting.tensors(prompts, room=max(map(len, answers)))
        except MllmError as error:
            raise FinetuneError(f"base: {error}") from error
        return {
            "prompts": tensors,
            "answers": answers,
            "options": torch.tensor([len(one.options) for one in asked]),
            "right": torch.tensor([one.right for one in asked]),
        }

    def validate(self) -> Figures:
        return self.selection.figures(self.shortlisted)

    def save(self, folder: Path) -> None:
        save_lora(self._lora, folder)
        write_adapter(
            folder,
            KIND,
            base=self.config.base,
            reranker=self.config.method,
            partial=self.config.partial,
            k=self.config.k,
            max_pixels=self.config.max_pixels,
            prompt=f"{self.selection.prompt.name}+{self.selection.prompt.hash}",
        )


def _open(config: RerankConfig) -> tuple[OpenedCheckpoint, Any]:
    """Open the base with fresh LoRA layers; returns it, and LoRA as peft has it."""
    opened = open_base(config.base, config.lora, config.training)
    if not opened.sees:
        raise FinetuneError(
            f"base: {opened.name} reads text only; {config.method!r} shows pictures, so name a"
            " model that sees"
        )
    lora = adapted(opened.model, config.lora, checkpointing=config.training.checkpointing)
    model = lora.get_base_model()
    try:
        if config.partial:
            only_on_pictures(model)
    except CheckpointError as error:
        raise FinetuneError(f"partial: {error}") from error
    return opened.holding(model), lora
