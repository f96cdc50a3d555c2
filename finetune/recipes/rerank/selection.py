"""Selection tuning: what the rerankers `pick` and `yesno` ask, with the right answer.

InternLM-XComposer (arXiv:2309.15112) learns to select by the loss of its answer's token; here the
other options' tokens are the alternatives, as in search, where the model cannot say anything else.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from agent.mllm.mllm import Message
from agent.mllm.option_scores import option_scores
from agent.mllm.transformers_mllm import TransformersMllm
from agent.rerank.mllm_choices import Pick, YesNo, shuffled
from agent.rerank.pointwise import PointwiseReranker
from finetune.job import Figures
from finetune.recipes.rerank.figures import placing, reranking
from finetune.recipes.rerank.shortlists import Shortlisted, pixels
from prompts.load import Prompt, load
from retrievers.checkpoints.generative import OpenedCheckpoint
from retrievers.files.home import dialens_home
from retrievers.hit import Hit


@dataclass(frozen=True, slots=True)
class SelectionExample:
    """One question to the model.

    Attributes:
        message: with the pictures.
        options: the answers to choose from.
        right: the place of the right one.
    """

    message: Message
    options: tuple[str, ...]
    right: int


class Selection(Protocol):
    """A reranker as something that can be taught."""

    prompt: Prompt

    def lessons(self, shortlisted: Shortlisted, chance: random.Random) -> list[SelectionExample]:
        """Make questions of a shortlist that holds its gold picture and another one."""
        ...

    def figures(self, shortlisted: Sequence[Shortlisted]) -> Figures:
        """Let the reranker itself, with the model as it is now, order the shortlists."""
        ...


class Picking:
    """Lettered pictures, in another order each time, so that no place is the right one."""

    def __init__(self, mllm: TransformersMllm, k: int) -> None:
        self._mllm, self._k = mllm, k
        self.prompt = load("pick/best", own=dialens_home() / "prompts")

    def lessons(self, shortlisted: Shortlisted, chance: random.Random) -> list[SelectionExample]:
        together = self._pick(chance.getrandbits(32)).together
        shown, letters, message = together.shown(shortlisted.said, shortlisted.hits)
        right = [hit.picture.id for hit in shown].index(shortlisted.gold.id)
        return [SelectionExample(message, tuple(letters), right)]

    def figures(self, shortlisted: Sequence[Shortlisted]) -> Figures:
        """Measure in the order of search, and once more in another one."""
        orders = [self._order(one, seed=0) for one in shortlisted]
        accuracy, bias = self._placing(shortlisted, orders, seed=0)
        others = [self._order(one, seed=1) for one in shortlisted]
        return {
            **reranking(shortlisted, orders),
            "accuracy": accuracy,
            "accuracy, shuffled anew": self._placing(shortlisted, others, seed=1)[0],
            "liking for a place": bias,
        }

    def _placing(
        self, shortlisted: Sequence[Shortlisted], orders: Sequence[Sequence[Hit]], *, seed: int
    ) -> tuple[float, float]:
        shown = [shuffled(one.hits[: self._k], one.said, seed) for one in shortlisted]
        return placing(shortlisted, shown, orders)

    def _order(self, shortlisted: Shortlisted, *, seed: int) -> Sequence[Hit]:
        return next(
            iter(self._pick(seed).orders(shortlisted.said, shortlisted.hits)), shortlisted.hits
        )

    def _pick(self, seed: int) -> Pick:
        return Pick(self._mllm, pixels, k=self._k, seed=seed, prompt=self.prompt)


class YesOrNo:
    """The right picture is to get a yes, a wrong one of its shortlist a no."""

    def __init__(self, mllm: TransformersMllm, k: int) -> None:
        self.prompt = load("pick/yesno", own=dialens_home() / "prompts")
        self._judge = YesNo(mllm, pixels, prompt=self.prompt)
        self._k = k

    def lessons(self, shortlisted: Shortlisted, chance: random.Random) -> list[SelectionExample]:
        wrong = chance.choice(
            [hit.picture for hit in shortlisted.hits if hit.picture.id != shortlisted.gold.id]
        )
        return [
            SelectionExample(
                self._judge.message(shortlisted.said, picture), self._judge.options, right
            )
            for right, picture in enumerate((shortlisted.gold, wrong))
        ]

    def figures(self, shortlisted: Sequence[Shortlisted]) -> Figures:
        reranker = PointwiseReranker(self._judge, depth=self._k)
        return reranking(
            shortlisted, [list(reranker.orders(one.said, one.hits))[-1] for one in shortlisted]
        )


class Selector(nn.Module):
    """The model with the loss of its choices."""

    def __init__(self, opened: OpenedCheckpoint) -> None:
        super().__init__()
        self._opened = opened
        self.model: Any = opened.model

    @property
    def config(self) -> Any:
        return self.model.config

    def forward(
        self,
        prompts: dict[str, Tensor],
        answers: list[tuple[int, ...]],
        options: Tensor,
        right: Tensor,
    ) -> Tensor:
        """Return the cross-entropy of the right answers among each prompt's options.

        Args:
            prompts: the processor's tensors, B prompts.
            answers: tokens of N answers.
            options: how many of them a prompt can be answered with, the first ones [B].
            right: the place of the right one [B].
        """
        scores = option_scores(self._opened, prompts, answers, batch=len(answers))  # [B, N]
        places = torch.arange(scores.shape[1], device=scores.device)
        scores = scores.masked_fill(places >= options[:, None].to(places.device), -torch.inf)
        return cross_entropy(scores, right.to(scores.device))
