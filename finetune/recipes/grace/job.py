"""Learning to memorise (picture -> identifier) and to retrieve (caption -> identifier), at once.

GRACE (arXiv:2402.10805), sections 3.2 and 3.3. A picture comes in as its frozen vector through one
trained linear map, as in FROMAGe, so that any causal language model can be the base.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence

from eval.metrics.recall import recall_at
from eval.ranking import in_order
from finetune.data.training_data import cautions
from finetune.job import BEWARE, Batch, Figures
from finetune.recipes.grace.pictures import GracePicture, digest
from retrievers.grace.adapter_files import Stand, save
from retrievers.grace.beam import Written, search
from retrievers.grace.identifiers import Identifier, Scheme, Vector, spelled
from retrievers.grace.network import NOTHING, IdentifierWriter
from retrievers.grace.prompting import IdentifierPrompts
from retrievers.grace.trie import Trie

DEPTH = 10
AT_ONCE = 16  # queries of a validation that are searched together


@dataclass(frozen=True, slots=True)
class GraceExample:
    """A caption, or a picture's vector; and the place of the picture that is meant."""

    query: str | Vector
    picture: int


@dataclass(frozen=True)
class GraceJob:
    """A training of `Writer`.

    Attributes:
        model: with LoRA in it.
        kind: of the identifiers.
        named: the pictures' identifiers, in their order.
        memorise: whether the pictures themselves are learnt, besides their captions.
        retrieve: how often a caption is seen in an epoch; a picture is seen once.
        drop_words: share of a caption's words that are left out at random.
        measured: queries of a validation at most.
    """

    model: IdentifierWriter
    prompting: IdentifierPrompts
    scheme: Scheme
    kind: str
    stand: Stand
    pictures: Sequence[GracePicture]
    named: Sequence[Identifier]
    memorise: bool
    retrieve: int
    drop_words: float
    measured: int

    @property
    def examples(self) -> int:
        return len(self._examples)

    @property
    def about(self) -> Mapping[str, Any]:
        captions = sum(len(one.captions) for one in self.pictures)
        return {
            "base": self.stand.base,
            "layers kept": self.stand.keep_layers or "all",
            "identifiers": self.kind,
            "encoder": self.stand.encoder,
            "pictures": f"{len(self.pictures)}, memorised: {'yes' if self.memorise else 'no'}",
            "captions": captions,
            "validation": f"{len(self._questions[1])} {self._questions[0]} captions of them",
            "search": "beam over the trie of the pictures' identifiers",
            BEWARE: cautions(
                [said for one in self.pictures for said in one.captions],
                [said for one in self.pictures for said in one.held_out],
                learnt=len(self.pictures),
                ranked=len(self.pictures),
            ),
        }

    @property
    def data(self) -> Mapping[str, str]:
        return {"pictures and captions": digest(self.pictures)}

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        chosen = [self._examples[place] for place in places]
        prompts = self.prompting.of([self._asked(one, chance) for one in chosen])
        names = [torch.tensor(self._spelled[one.picture]) for one in chosen]
        labels = pad_sequence(names, batch_first=True, padding_value=NOTHING)
        return {**prompts._asdict(), "labels": labels}

    def validate(self) -> Figures:
        kind, questions = self._questions
        ranks, valid = self.ranks([(one.query, one.picture) for one in questions])
        return {
            f"R@1 {kind}": recall_at(1, ranks),
            f"R@{DEPTH} {kind}": recall_at(DEPTH, ranks),
            "valid": valid,
        }

    def ranks(
        self, questions: Sequence[tuple[str | Vector, int]]
    ) -> tuple[list[int | None], float]:
        """Return each meant picture's rank, None beyond 10; and the share of valid identifiers.

        An identifier is valid if it is a picture's, and the first of its kind in the list.
        """
        table, found = self.model.table(), []
        for start in range(0, len(questions), AT_ONCE):
            prompts = self.prompting.of([query for query, _ in questions[start : start + AT_ONCE]])
            found += search(self.model, table, self._trie, prompts, k=DEPTH)
        ranks = [rank_among(some, at) for some, (_, at) in zip(found, questions, strict=True)]
        owners = [{one.owner for one in some if one.owner < len(self.named)} for some in found]
        return ranks, sum(map(len, owners)) / sum(map(len, found))

    def save(self, folder: Path) -> None:
        known = {one.id: name for one, name in zip(self.pictures, self.named, strict=True)}
        save(folder, self.model, self.scheme, known, kind=self.kind, stand=self.stand)

    @cached_property
    def _examples(self) -> list[GraceExample]:
        captions = [
            GraceExample(caption, at)
            for at, one in enumerate(self.pictures)
            for caption in one.captions
        ]
        pictures = [GraceExample(one.vector, at) for at, one in enumerate(self.pictures)]
        return captions * self.retrieve + (pictures if self.memorise else [])

    @cached_property
    def _questions(self) -> tuple[str, list[GraceExample]]:
        """Held-out captions, or else those that are learnt; evenly chosen if there are too many."""
        unseen = [GraceExample(c, at) for at, one in enumerate(self.pictures) for c in one.held_out]
        seen = [GraceExample(c, at) for at, one in enumerate(self.pictures) for c in one.captions]
        kind, every = ("unseen", unseen) if unseen else ("memorised", seen)
        return kind, every[:: -(-len(every) // self.measured)]

    @cached_property
    def _spelled(self) -> list[list[int]]:
        return spelled((*self.model.tokens, *self.model.rows.symbols), self.named)

    @cached_property
    def _trie(self) -> Trie:
        return Trie.of(self._spelled)

    def _asked(self, example: GraceExample, chance: random.Random) -> str | Vector:
        if not self.drop_words or not isinstance(example.query, str):
            return example.query
        words = example.query.split()
        kept = [word for word in words if chance.random() >= self.drop_words]
        return " ".join(kept or [chance.choice(words)])


def rank_among(found: Sequence[Written], picture: int) -> int | None:
    """Return the rank of a picture, by its place, among identifiers that were written."""
    owners = [str(one.owner) for one in found]
    ranking = in_order(owners, [one.score for one in found], depth=len(found))
    return ranking.rank_of({str(picture)})
