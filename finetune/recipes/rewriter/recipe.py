"""A rewriter: a language model learns to turn a conversation into the query it comes to.

It is trained in exactly the form in which search asks it (`agent.rewrite.plugir` with the prompt
`rewriter/query`): the loss is on the tokens of the query alone. With `reward`, the target of each
example is that of several candidates which ranks the picture best (rejection sampling; the
candidates are the told query, the caption, all turns joined, and what the base itself writes).
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from agent.mllm.chat_template import ChatTemplate
from agent.mllm.mllm import ReplyError, user_message
from agent.mllm.transformers_mllm import TransformersMllm
from agent.rewrite.plugir import Plugir
from agent.rewrite.rewriter import uncovered
from eval.metrics.recall import recall_at
from eval.metrics.score_matrix import matrix_ranks, products
from finetune.data import first_part
from finetune.data.training_data import cautions, contents, encoded, fingerprint, split
from finetune.dialogues.dialogue import Dialogue, read_dialogues
from finetune.error import FinetuneError
from finetune.job import BEWARE, Batch, Figures, Recipe, Size
from finetune.model.base import open_base
from finetune.model.lora_layers import adapted, save_lora
from finetune.settings import Lora, Training
from prompts.load import load
from retrievers.checkpoints.adapter import write_adapter
from retrievers.encoders.load import load_encoder
from retrievers.query import Query

PROMPT = "rewriter/query"
MOST = 48  # tokens of a query
IGNORED = -100  # what cross-entropy leaves out


@dataclass(frozen=True, kw_only=True)
class RewriterConfig:
    """What to learn from.

    Attributes:
        dialogues: a file that `read_dialogues` reads; one that `make-dialogues` wrote tells the
            right query after each turn, of others the caption is learnt at the end.
        pictures: the folder that its pictures are named below; empty: the file's own.
        base: the language model, as `open_checkpoint` takes it.
        encoder: that ranks pictures in validation and for the reward.
        reward: take the candidate that ranks the picture best as the target.
        validation: share of the pictures that are not trained on.
        validated: how many of the validation dialogues are rewritten each time; writing is slow.
    """

    dialogues: Path
    pictures: Path | None = None
    base: str = "offline"
    encoder: str = "offline"
    reward: bool = False
    validation: float = 0.1
    validated: int = 40
    training: Training = field(default_factory=Training)
    lora: Lora = field(default_factory=Lora)


@dataclass(frozen=True, slots=True)
class RewriterExample:
    """Turns, the query they come to, and the picture's place."""

    turns: tuple[str, ...]
    query: str
    at: int


class RewriterLearner(nn.Module):
    """The language model with the loss of its answer's tokens."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.base = model

    @property
    def config(self) -> Any:
        return self.base.config

    def forward(self, labels: Tensor, **inputs: Tensor) -> Tensor:
        loss: Tensor = self.base(**inputs, labels=labels).loss
        return loss


class RewriterJob:
    """Dialogues as lessons, and the model that learns them."""

    def __init__(self, config: RewriterConfig) -> None:
        self.config, self.prompt = config, load(PROMPT)
        self.encoder = load_encoder(config.encoder, threads=config.training.threads or None)
        every = read_dialogues(config.dialogues, config.pictures)
        self._paths = list(dict.fromkeys(one.picture for one in every))
        self._vectors = encoded(self.encoder, self._paths)
        groups = contents([one.picture for one in every])
        trained, self.held = split(every, groups, config.validation, seed=config.training.seed)
        self._beware = cautions(
            [", ".join(one.turns) for one in trained],
            [", ".join(one.turns) for one in self.held],
            learnt=len({one.picture for one in trained}),
            ranked=len(self._paths),
        )
        self.lessons = [lesson for one in trained for lesson in self._lessons(one)]
        torch.manual_seed(config.training.seed)
        opened = open_base(config.base, config.lora, config.training)
        self._base = opened.name
        self._end = opened.tokenizer.eos_token_id
        self.prompting = ChatTemplate(opened, max_pixels=1)
        if config.reward:
            self.lessons = self._rewarded(Plugir(TransformersMllm.of(opened), prompt=self.prompt))
        lora = adapted(opened.model, config.lora, checkpointing=config.training.checkpointing)
        self._lora = lora
        self.model = RewriterLearner(lora.get_base_model())
        mllm = TransformersMllm.of(opened.holding(self.model.base))
        self.rewriter = Plugir(mllm, prompt=self.prompt, method="trained")

    def _lessons(self, dialogue: Dialogue) -> list[RewriterExample]:
        """Return a lesson after each turn but the first, which is a query already."""
        at, turns = self._paths.index(dialogue.picture), dialogue.turns
        if len(dialogue.queries) != len(turns):
            return [RewriterExample(turns, dialogue.caption, at)] if len(turns) > 1 else []
        return [
            RewriterExample(turns[: end + 1], dialogue.queries[end], at)
            for end in range(1, len(turns))
        ]

    def _rewarded(self, base: Plugir) -> list[RewriterExample]:
        """Return the lessons with the query that ranks the picture best."""
        return [replace(one, query=self._best(one, base)) for one in self.lessons]

    def _best(self, lesson: RewriterExample, base: Plugir) -> str:
        candidates = [lesson.query, ", ".join(lesson.turns)]
        candidates += [text for text in [_rewritten(base, lesson.turns)] if text]
        found = self._ranks(candidates, [lesson.at] * len(candidates))
        return candidates[int(np.argmin(found))]

    @property
    def examples(self) -> int:
        return len(self.lessons)

    @property
    def about(self) -> Mapping[str, Any]:
        return {
            "base": self._base,
            "lessons": f"{len(self.lessons)} to train on; {len(self.held)} dialogues to validate",
            "prompt": f"{self.prompt.name}+{self.prompt.hash}",
            "judge": self.encoder.name,
            BEWARE: self._beware,
        }

    @property
    def data(self) -> Mapping[str, str]:
        return {
            "lessons": fingerprint(f"{one.turns} {one.query}" for one in self.lessons),
            "encoder": self.encoder.name,
            "prompt": self.prompt.hash,
        }

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        rows = [self._row(self.lessons[place]) for place in places]
        longest = max(len(ids) for ids, _ in rows)
        labels = torch.full((len(rows), longest), IGNORED)
        ids = torch.full((len(rows), longest), self._end)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for at, (row, start) in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
            labels[at, start : len(row)] = row[start:]
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}

    def _row(self, lesson: RewriterExample) -> tuple[Tensor, int]:
        """Return the tokens of prompt and answer, and where the answer begins."""
        asked = self.prompting.ask([user_message(self.prompt, turns=list(lesson.turns))])
        prompt = self.prompting.tensors([asked], room=MOST)["input_ids"][0].cpu()
        answer = [*self.prompting.answer_tokens(asked, lesson.query)[: MOST - 1], self._end]
        return torch.cat([prompt, torch.tensor(answer)]), len(prompt)

    def validate(self) -> Figures:
        """Rewrite whole dialogues and rank all pictures; joining all turns is to be beaten."""
        asked = [one for one in self.held if len(one.turns) > 1][: self.config.validated]
        if not asked:
            raise FinetuneError("no dialogue to validate with has two turns or more")
        targets = [self._paths.index(one.picture) for one in asked]
        joined = [", ".join(one.turns) for one in asked]
        written = [_rewritten(self.rewriter, one.turns) for one in asked]
        ranks = self._ranks(
            [one or all_ for one, all_ in zip(written, joined, strict=True)], targets
        )
        wanted = [one.queries[-1] if one.queries else one.caption for one in asked]
        pairs = list(zip(wanted, written, strict=True))
        return {
            "MRR": float(np.mean(1 / np.array(ranks))),
            "R@10": recall_at(10, ranks),
            "MRR of joining": float(np.mean(1 / np.array(self._ranks(joined, targets)))),
            "covered": float(np.mean([not uncovered([one], text) for one, text in pairs])),
            "nothing added": float(np.mean([not uncovered([text], one) for one, text in pairs])),
        }

    def _ranks(self, texts: Sequence[str], targets: Sequence[int]) -> list[int]:
        scores = products(self.encoder.encode_texts(texts), self._vectors)
        found: list[int] = matrix_ranks(scores, [[at] for at in targets]).tolist()
        return found

    def save(self, folder: Path) -> None:
        write_adapter(
            folder,
            "llm",
            base=self.config.base,
            rewriter="trained",
            prompt=f"{self.prompt.name}+{self.prompt.hash}",
        )
        save_lora(self._lora, folder)


def _rewritten(rewriter: Plugir, turns: Sequence[str]) -> str:
    """Return the rewritten query as search would have it; empty if it cannot be read."""
    asked = Query(wanted=tuple(turns))
    try:
        return rewriter.rewrite(asked, asked, ()).wanted[0]
    except ReplyError:
        return ""


def _size(config: RewriterConfig) -> Size:
    """Count the lessons to train on, and the tokens of a long one: four letters each."""
    dialogues = read_dialogues(config.dialogues, config.pictures)
    longest = max(len(" ".join(one.turns)) for one in dialogues)
    pictures = [one.picture for one in dialogues]
    trained, held = split(dialogues, pictures, config.validation, seed=config.training.seed)
    lessons, tokens = sum(len(one.turns) - 1 for one in trained), longest // 4 + MOST
    return Size(len(set(pictures)), lessons, tokens, tokens * min(len(held), config.validated))


RECIPE = Recipe(
    "rewriter",
    "a language model learns to turn a conversation into a query",
    RewriterConfig,
    RewriterJob,
    _size,
    first_part.of_dialogues,
    foretells=True,
)
