"""Understanding: a small network learns to tag the words of what people say to a picture search.

It learns from utterances drawn from phrasings (`finetune.recipes.understand.phrasings`); those that
validate come from phrasings that are not trained on, since another draw of a known phrasing says
nothing about a stranger. The result is `tagger.onnx`, which `agent.understanding.tagger` reads.
"""

import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor

from agent.understanding.tagger.features import FLAGS, GRAMS, STATES, features
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
from retrievers.offline.towers import text_digest, text_tower

PHRASINGS = Path(__file__).parent / "phrasings"


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
    drawn: int = 6
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
        count = round(len(order) * (config.validation or 0.1))
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
        return _batch([self._rows[place] for place in places])

    def validate(self) -> Figures:
        """Tag utterances of phrasings that were not trained on."""
        whole, right, made, meant, fresh = 0, 0, 0, 0, []
        for start in range(0, len(self._held_rows), 256):
            rows, said = self._held_rows[start : start + 256], self.held[start : start + 256]
            batch = _batch(rows)
            del batch["tags"]
            known = batch.pop("fresh")
            logits, begun = self.model.logits(**batch)
            shares = torch.softmax(logits, -1).numpy()
            fresh += [
                bool(b > 0) == bool(k) for b, k in zip(begun, known, strict=True) if k != IGNORED
            ]
            for one, share in zip(said, shares, strict=True):
                found = tokens(one.said)
                spans = {(s.start, s.end, s.kind) for s in decoded(found, share[: len(found)])}
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
    text_tower()  # made once, before threads share it
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_row, said, chunksize=64))


def _row(one: TaggedUtterance) -> _Row:
    found = tokens(one.said)
    seen = features(one.said, found, one.around, text_tower().states(one.said))
    return _Row(
        seen.grams,
        seen.flags.astype(np.float16),
        seen.states.astype(np.float16),
        np.array([TAGS.index(tag) for tag in tagged(one)], dtype=np.int64),
        IGNORED if one.fresh is None else int(one.fresh),
    )


def _batch(rows: Sequence[_Row]) -> dict[str, Tensor]:
    longest = max(len(row.tags) for row in rows)
    grams = torch.zeros(len(rows), longest, GRAMS, dtype=torch.long)
    flags = torch.zeros(len(rows), longest, FLAGS)
    states = torch.zeros(len(rows), longest, STATES)
    tags = torch.full((len(rows), longest), IGNORED)
    for at, row in enumerate(rows):
        end = len(row.tags)
        grams[at, :end] = torch.from_numpy(row.grams)
        flags[at, :end] = torch.from_numpy(row.flags.astype(np.float32))
        states[at, :end] = torch.from_numpy(row.states.astype(np.float32))
        tags[at, :end] = torch.from_numpy(row.tags)
    return {
        "grams": grams,
        "flags": flags,
        "states": states,
        "lengths": torch.tensor([len(row.tags) for row in rows]),
        "tags": tags,
        "fresh": torch.tensor([row.fresh for row in rows]),
    }


RECIPE = Recipe(
    "understand",
    "a small network learns to tag what people say to a picture search",
    UnderstandConfig,
    UnderstandJob,
)
