"""The ChatIR recipe: the conversation so far becomes one vector near the picture it is about.

The survey's "CbIR" in the manner of ChatIR (Levy et al., NeurIPS 2023, arXiv:2305.20062): a
language model reads a random number of rounds, the caption now and then left out; the hidden state
at `[RET]` (FROMAGe, arXiv:2301.13823) is drawn to the frozen vector of the picture. Trap of
FROMAGe's script: it ranks dialogues for each picture; here pictures are ranked for each dialogue.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from eval.metrics.recall import recall_at
from eval.metrics.score_matrix import matrix_ranks, products
from finetune.data import first_part
from finetune.data.training_data import cautions, contents, encoded, fingerprint, split
from finetune.dialogues.dialogue import Dialogue, read_dialogues
from finetune.job import BEWARE, Batch, Figures, Recipe, Size
from finetune.model.base import open_base
from finetune.model.lora_layers import adapted, save_lora
from finetune.recipes.dialogue.learner import DialogueLearner
from finetune.recipes.dialogue.linear_probe import probe
from finetune.recipes.dialogue.settings import DialogueConfig
from retrievers.checkpoints.adapter import write_adapter
from retrievers.checkpoints.new_tokens import add_tokens, save_tokens
from retrievers.encoders.load import load_encoder
from retrievers.encoders.tuned.dialogue_encoder import (
    RET,
    SEPARATOR,
    DialogueEncoder,
    DialogueTower,
    Spoken,
    save_head,
)
from retrievers.pictures import read_picture

VIEWS = 3  # of each dialogue, for the map alone
SIDE = 448  # pixels of the shorter side of a picture that is shown in a dialogue


class DialogueJob:
    """Dialogues, their pictures' vectors, and the model that learns."""

    def __init__(self, config: DialogueConfig) -> None:
        self.config = config
        self.encoder = load_encoder(config.encoder, threads=config.training.threads or None)
        every = read_dialogues(config.dialogues, config.pictures)
        self._paths = list(dict.fromkeys(one.picture for one in every))
        self._vectors = encoded(self.encoder, self._paths)
        self._captions = self.encoder.encode_texts(_captions(every, self._paths))
        places = [self._paths.index(one.picture) for one in every]
        self.trained, self.held = split(
            list(zip(every, places, strict=True)),
            contents([one.picture for one in every]),
            config.validation,
            seed=config.training.seed,
        )
        self.model = DialogueLearner(self._tower(), config)
        if config.probe:
            self._probe()

    def _probe(self) -> None:
        """Let the map learn alone, on the states of some views of each training dialogue."""
        chance = random.Random(f"{self.config.training.seed}/probe")
        views = [(self._part(one, chance), at) for one, at in self.trained * VIEWS]
        at = torch.tensor([place for _, place in views])
        pictures, captions = torch.from_numpy(self._vectors), torch.from_numpy(self._captions)

        def loss(queries: Tensor, rows: Tensor) -> Tensor:
            ids = at[rows]
            return self.model.loss(queries, pictures[ids], captions[ids], ids)

        tower = self.model.tower
        spoken = [view for view, _ in views]
        states = self.searcher.through(spoken, tower.states, tower.head.in_features)
        probe(tower, torch.from_numpy(states), self.config.probe, self.config.training.seed, loss)

    def _tower(self) -> DialogueTower:
        torch.manual_seed(self.config.training.seed)
        opened = open_base(self.config.base, self.config.lora, self.config.training)
        (ret,) = add_tokens(opened.model, opened.tokenizer, [RET])
        lora, keep = self.config.lora, self.config.training.checkpointing
        self._lora = adapted(opened.model, lora, tokens=[ret], checkpointing=keep)
        inner = opened.holding(self._lora.get_base_model())
        return DialogueTower(inner, self.encoder.dim, tokens=self.config.tokens)

    @property
    def examples(self) -> int:
        return len(self.trained)

    @property
    def about(self) -> Mapping[str, Any]:
        return {
            "base": self.config.base,
            "pictures' encoder": self.encoder.name,
            "dialogues": f"{len(self.trained)} to train on, {len(self.held)} to validate",
            "pictures": f"{len(self._paths)}, all of which are ranked in validation",
            BEWARE: cautions(
                [SEPARATOR.join(one.turns) for one, _ in self.trained],
                [SEPARATOR.join(one.turns) for one, _ in self.held],
                learnt=len({at for _, at in self.trained}),
                ranked=len(self._paths),
            ),
        }

    @property
    def data(self) -> Mapping[str, str]:
        said = [f"{one.picture.name} {one.turns}" for one, _ in [*self.trained, *self.held]]
        return {"dialogues": fingerprint(said), "encoder": self.encoder.name}

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        chosen = [self.trained[place] for place in places]
        at = [place for _, place in chosen]
        return {
            "inputs": self.model.tower.inputs([self._part(one, chance) for one, _ in chosen]),
            "pictures": torch.from_numpy(self._vectors[at]),
            "captions": torch.from_numpy(self._captions[at]),
            "ids": torch.tensor(at),
        }

    def _part(self, dialogue: Dialogue, chance: random.Random) -> Spoken:
        """Take the caption and a random number of rounds, or the rounds without the caption."""
        caption, *rounds = dialogue.turns
        kept = rounds[: chance.randint(0, min(len(rounds), self.config.rounds))]
        whole = [caption, *kept]
        turns = kept if kept and chance.random() < self.config.drop_caption else whole
        return [*shown(dialogue), *turns]

    def validate(self) -> Figures:
        """Rank all pictures after each round; the mean reciprocal rank over rounds chooses."""
        by_round = self.ranks([one for one, _ in self.held])
        last = [ranks[-1] for ranks in by_round]
        return {
            "MRR": float(np.mean([np.mean(1 / np.array(ranks)) for ranks in by_round])),
            "Hits@10": recall_at(10, [min(ranks) for ranks in by_round]),
            "R@1 at the end": recall_at(1, last),
            "R@10 at the end": recall_at(10, last),
        }

    def ranks(self, dialogues: Sequence[Dialogue]) -> list[list[int]]:
        """Return the target's rank among all pictures after each round of each dialogue."""
        rounds = [one.turns[: self.config.rounds + 1] for one in dialogues]
        asked: list[Spoken] = [
            [*shown(one), *turns[: end + 1]]
            for one, turns in zip(dialogues, rounds, strict=True)
            for end in range(len(turns))
        ]
        lengths = [len(turns) for turns in rounds]
        places = [self._paths.index(one.picture) for one in dialogues]
        own = [[at] for at, length in zip(places, lengths, strict=True) for _ in range(length)]
        found = matrix_ranks(products(self.searcher.encode_dialogues(asked), self._vectors), own)
        return [some.tolist() for some in np.split(found, np.cumsum(lengths)[:-1])]

    @property
    def searcher(self) -> DialogueEncoder:
        return DialogueEncoder(self.model.tower, self.encoder, name="in training")

    def save(self, folder: Path) -> None:
        write_adapter(
            folder,
            "dialogue",
            base=self.config.base,
            spec=self.config.encoder,
            pictures=self.encoder.name,
            tokens=self.config.tokens,
        )
        save_lora(self._lora, folder)
        save_tokens(folder, [RET])
        save_head(self.model.tower, folder)


def shown(dialogue: Dialogue) -> list[Image]:
    """Return the pictures that are shown in a dialogue."""
    return [read_picture(path, min_side=SIDE).image for path in dialogue.pictures]


def _captions(dialogues: Sequence[Dialogue], paths: Sequence[Path]) -> list[str]:
    captions = {one.picture: one.caption for one in dialogues}
    return [captions[path] for path in paths]


def _size(config: DialogueConfig) -> Size:
    """Count the dialogues to train on, and the tokens of a long one: four letters each."""
    dialogues = read_dialogues(config.dialogues, config.pictures)
    longest = max(len(SEPARATOR.join(one.turns)) for one in dialogues)
    pictures = [one.picture for one in dialogues]
    trained, held = split(dialogues, pictures, config.validation, seed=config.training.seed)
    tokens = min(config.tokens, longest // 4 + 2)
    rounds = sum(len(one.turns[: config.rounds + 1]) for one in held)
    return Size(len(set(pictures)), len(trained), tokens, tokens * rounds)


RECIPE = Recipe(
    "dialogue",
    "a dialogue becomes a vector that finds its picture (ChatIR, FROMAGe)",
    DialogueConfig,
    DialogueJob,
    _size,
    first_part.of_dialogues,
)
