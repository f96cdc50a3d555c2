"""Understanding: a small network learns to tag the words of what people say to a picture search.

It learns from utterances drawn from phrasings (`finetune.recipes.understand.phrasings`); those that
validate come from phrasings that are not trained on, since another draw of a known phrasing says
nothing about a stranger. The result is `tagger.onnx`, which `agent.understanding.tagger` reads.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor

from agent.understanding.tagger.features import features
from agent.understanding.tagger.labels import TAGS
from agent.understanding.tagger.spans import decoded
from agent.understanding.tagger.tokens import tokens
from finetune.data.training_data import fingerprint
from finetune.error import FinetuneError
from finetune.job import Batch, Figures, Recipe
from finetune.recipes.understand.network import IGNORED, TaggerNetwork, graph
from finetune.recipes.understand.phrasings import Phrasing, read_phrasings
from finetune.recipes.understand.utterances import TaggedUtterance, draw, joined, tagged
from finetune.settings import Training
from retrievers.checkpoints.adapter import write_adapter
from retrievers.offline.towers import TokenStates, text_digest, text_tower

PHRASINGS = Path(__file__).parent / "phrasings"
_LOOKED_AT = 5  # phrasings at least, where none is held out
_TOGETHER = 2048  # utterances whose states are computed at a time


@dataclass(frozen=True, kw_only=True)
class UnderstandConfig:
    """What to learn from.

    Attributes:
        phrasings: a folder of phrasings; empty: those that dialens carries.
        drawn: utterances of each phrasing.
        joined: share of utterances that are two in one breath, drawn in addition.
        validation: share of the phrasings that are not trained on; 0: all are, and a tenth of
            them is looked at, which says only whether it learnt.
    """

    phrasings: Path | None = None
    drawn: int = 4
    joined: float = 0.2
    validation: float = 0.05
    training: Training = field(
        default_factory=lambda: Training(epochs=8, batch=64, lr=3e-3, device="cpu", threads=1)
    )


@dataclass(frozen=True, slots=True)
class _Row:
    grams: np.ndarray[Any, np.dtype[np.int64]]
    flags: np.ndarray[Any, np.dtype[np.float16]]
    states: np.ndarray[Any, np.dtype[np.float16]]
    tags: np.ndarray[Any, np.dtype[np.int64]]
    fresh: int


class UnderstandJob:
    """Utterances as arrays, and the network that learns them."""

    def __init__(self, config: UnderstandConfig) -> None:
        self.config = config
        seed = config.training.seed
        found, lists = read_phrasings(config.phrasings or PHRASINGS)
        if not found:
            raise FinetuneError(f"{config.phrasings}: no phrasing in its *.txt files")
        chance = random.Random(seed)
        order = list(range(len(found)))
        chance.shuffle(order)
        few = 0 if config.validation else _LOOKED_AT
        count = max(few, round(len(order) * (config.validation or 0.1)))
        held = set(order[:count])
        drawn = [
            one
            for at, phrasing in enumerate(found)
            for n in range(config.drawn if at not in held or not config.validation else 3)
            if (one := draw(at, phrasing, lists[phrasing.language], _source(seed, n, phrasing)))
        ]
        self.phrasings, self.languages = found, sorted(lists)
        self.held = [one for one in drawn if one.phrasing in held]
        kept = [one for one in drawn if one.phrasing not in held or not config.validation]
        self.learnt = [*kept, *self._joined(kept, chance)]
        self._rows, self._held_rows = _rows(self.learnt), _rows(self.held)
        self._alike = _by_length(self._rows)
        torch.manual_seed(seed)
        self.model = TaggerNetwork()

    def _joined(
        self, kept: Sequence[TaggedUtterance], chance: random.Random
    ) -> list[TaggedUtterance]:
        count = round(len(kept) * self.config.joined)
        pairs = ((chance.choice(kept), chance.choice(kept)) for _ in range(4 * count))
        fitting = (
            joined(first, second, chance)
            for first, second in pairs
            if self.phrasings[first.phrasing].language == self.phrasings[second.phrasing].language
            and not second.fresh
            and len(first.said) + len(second.said) < 120
            and bool(first.around.wanted) == bool(second.around.wanted)
            and not {kind for *_, kind in second.spans} & _OF_STATE
        )
        return [one for one, _ in zip(fitting, range(count), strict=False)]

    @property
    def examples(self) -> int:
        return len(self._rows)

    @property
    def about(self) -> Mapping[str, Any]:
        return {
            "base": f"all-MiniLM-L6-v2 {text_digest()}, frozen",
            "phrasings": f"{len(self.phrasings)}, in {', '.join(self.languages)}",
            "utterances": f"{len(self.learnt)} to train on; {len(self.held)} to validate, of other"
            " phrasings",
        }

    @property
    def data(self) -> Mapping[str, str]:
        return {
            "phrasings": fingerprint(f"{one.context} {one.text}" for one in self.phrasings),
            "tower": text_digest(),
        }

    def batch(self, places: Sequence[int], chance: random.Random) -> Batch:
        """Draw as many utterances as long as the first place's: nothing is padded."""
        alike = self._alike[len(self._rows[places[0]].tags)]
        if len(alike) > len(places):
            alike = chance.sample(alike, k=len(places))
        return _batch([self._rows[place] for place in alike])

    def validate(self) -> Figures:
        """Tag utterances of phrasings that were not trained on."""
        whole, right, made, meant, fresh = 0, 0, 0, 0, []
        for places in _by_length(self._held_rows).values():
            said = [self.held[place] for place in places]
            batch = _batch([self._held_rows[place] for place in places])
            del batch["tags"]
            known = batch.pop("fresh")
            logits, begun = self.model.logits(**batch)
            shares = torch.softmax(logits, -1).numpy()
            fresh += [
                bool(b > 0) == bool(k) for b, k in zip(begun, known, strict=True) if k != IGNORED
            ]
            for one, share in zip(said, shares, strict=True):
                found = tokens(one.said)
                spans = {(s.start, s.end, s.kind) for s in decoded(found, share)}
                truth = _truth(one)
                whole += spans == truth
                right, made, meant = (
                    right + len(spans & truth),
                    made + len(spans),
                    meant + len(truth),
                )
        return {
            "whole": whole / max(1, len(self.held)),
            "precision": right / max(1, made),
            "recall": right / max(1, meant),
            "fresh": sum(fresh) / max(1, len(fresh)),
        }

    def save(self, folder: Path) -> None:
        write_adapter(folder, "tagger", base="offline", tags=list(TAGS), tower=text_digest())
        weights = {
            name: value.detach().cpu().float().numpy()
            for name, value in self.model.state_dict().items()
        }
        onnx.save(graph(weights), folder / "tagger.onnx")


def _source(seed: int, n: int, phrasing: Phrasing) -> random.Random:
    """Chance of its own for each draw, so that a new phrasing changes no other's utterances."""
    return random.Random(f"{seed} {n} {phrasing.context} {phrasing.text}")


_OF_STATE = {"new", "old", "drop", "keep", "undo_to", "widen"}
"""What speaks of what was asked for, which another utterance's surroundings do not hold."""


def _truth(one: TaggedUtterance) -> set[tuple[int, int, str]]:
    """Return its spans by the bounds of its tokens."""
    found = tokens(one.said)
    shares = np.eye(len(TAGS))[[TAGS.index(tag) for tag in tagged(one)]]
    return {(span.start, span.end, span.kind) for span in decoded(found, shares)}


def _rows(said: Sequence[TaggedUtterance]) -> list[_Row]:
    rows: list[_Row] = []
    for start in range(0, len(said), _TOGETHER):
        some = said[start : start + _TOGETHER]
        states = text_tower().states_of([one.said for one in some])
        rows += map(_row, some, states)
    return rows


def _row(one: TaggedUtterance, states: TokenStates) -> _Row:
    found = tokens(one.said)
    seen = features(one.said, found, one.around, states)
    return _Row(
        seen.grams,
        seen.flags.astype(np.float16),
        seen.states.astype(np.float16),
        np.array([TAGS.index(tag) for tag in tagged(one)], dtype=np.int64),
        IGNORED if one.fresh is None else int(one.fresh),
    )


def _by_length(rows: Sequence[_Row]) -> Mapping[int, list[int]]:
    """Return the places of rows by how many tokens they have."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[len(row.tags)].append(place)
    return places


def _batch(rows: Sequence[_Row]) -> dict[str, Tensor]:
    """Stack rows of one length."""
    return {
        "grams": torch.from_numpy(np.stack([row.grams for row in rows])),
        "flags": torch.from_numpy(np.stack([row.flags for row in rows])).float(),
        "states": torch.from_numpy(np.stack([row.states for row in rows])).float(),
        "tags": torch.from_numpy(np.stack([row.tags for row in rows])),
        "fresh": torch.tensor([row.fresh for row in rows]),
    }


RECIPE = Recipe(
    "understand",
    "a small network learns to tag what people say to a picture search",
    UnderstandConfig,
    UnderstandJob,
)
