"""Learning from what people called right or wrong, and a gate that lets only gains through.

Each verdict of a session is an example: the words, the pictures liked, and the others that were on
the screen. A text map learns to put the liked ones first. Before it is used, it must do better than
no map on feedback that it has not seen: all of it is held out once, in folds by query, and the gain
must be positive with a one-sided p below .05 by flipping signs (Fisher 1935).
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from agent.turns.turn import Turn
from eval.significance import chance, randomisation_p
from finetune.recipes.adapt.text_map_job import TextMap, mapper
from retrievers.checkpoints.adapter import write_adapter
from retrievers.encoder import Encoder, Vectors
from retrievers.encoders.tuned.text_map import Vocabulary

LEAST = 12  # judged queries, below which chance cannot be told from a gain
FOLDS, STEPS, RATE = 5, 150, 1e-4
BELOW = 0.05


@dataclass(frozen=True, slots=True)
class FeedbackExample:
    """One verdict.

    Attributes:
        text: what was asked for.
        liked: ids called right.
        others: ids on the screen that were called wrong or passed over.
    """

    text: str
    liked: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate found.

    Attributes:
        queries: how many were judged.
        before: share of (liked, other) pairs in the right order on held-out feedback, without it.
        after: the same with the map.
        p: one-sided, of the mean gain.
        accepted: whether it may be used.
    """

    queries: int
    before: float
    after: float
    p: float
    accepted: bool

    def __str__(self) -> str:
        if self.queries < LEAST:
            return f"{self.queries} judged queries are too few; the gate needs {LEAST}"
        said = "accepted" if self.accepted else "refused"
        return (
            f"{said}: on held-out feedback {100 * self.before:.0f} % of pairs in the right order"
            f" before, {100 * self.after:.0f} % after, {chance(self.p)}, {self.queries} queries"
        )


def collect(turns: Iterable[Turn]) -> list[FeedbackExample]:
    """Return the verdicts of turns, one for each text, that tell a picture from another."""
    liked: dict[str, set[str]] = {}
    others: dict[str, set[str]] = {}
    for turn in turns:
        if (one := turn.judgement) is None or not one.query.wanted:
            continue
        text = ", ".join(one.query.wanted)
        liked.setdefault(text, set()).update(one.liked)
        others.setdefault(text, set()).update(one.disliked or one.shown)
    found = [
        FeedbackExample(text, tuple(sorted(good)), tuple(sorted(others[text] - good)))
        for text, good in liked.items()
    ]
    return [one for one in found if one.liked and one.others]


def judged(
    examples: Sequence[FeedbackExample],
    vectors: Mapping[str, Vectors],
    encoder: Encoder,
    *,
    seed: int = 0,
) -> Verdict:
    """Hold all feedback out once, fold by fold, and compare with and without a map.

    Args:
        examples: each text once.
        vectors: a picture's vector [d] by its id.
        encoder: of the collection.
        seed: of the folds.
    """
    if len(examples) < LEAST:
        return Verdict(len(examples), 0.0, 0.0, 1.0, False)
    order = list(range(len(examples)))
    random.Random(seed).shuffle(order)
    gains, before = np.zeros(len(examples)), np.zeros(len(examples))
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        model = learnt([examples[at] for at in order if at not in held], vectors, encoder)
        texts = [examples[at].text for at in held]
        old, new = encoder.encode_texts(texts), mapper(model, encoder)(texts)
        for at, plain, mapped in zip(held, old, new, strict=True):
            before[at] = _right(examples[at], plain, vectors)
            gains[at] = _right(examples[at], mapped, vectors) - before[at]
    gain = float(gains.mean())
    two_sided = randomisation_p(gains)
    p = two_sided / 2 if gain > 0 else 1 - two_sided / 2
    mean = float(before.mean())
    return Verdict(len(examples), mean, mean + gain, p, gain > 0 and p < BELOW)


def learnt(
    examples: Sequence[FeedbackExample], vectors: Mapping[str, Vectors], encoder: Encoder
) -> TextMap:
    """Fit a map to verdicts: the mean log-odds of each liked picture against the others shown."""
    texts = [one.text for one in examples]
    vocabulary = Vocabulary.of(texts)
    model = TextMap(vocabulary, encoder.dim)
    held = torch.from_numpy(vocabulary.rows(texts))
    plain = torch.from_numpy(encoder.encode_texts(texts))
    at, gaps = _gaps(examples, vectors)
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    for _ in range(STEPS):
        optimiser.zero_grad()
        mapped = model.mapped(held, plain)
        margins = (mapped[at] * gaps).sum(dim=1)  # liked less other, in cosines
        torch.nn.functional.softplus(-margins / 0.05).mean().backward()
        optimiser.step()
    return model


def save_learnt(model: TextMap, folder: Path, encoder: Encoder, spec: str, told: Verdict) -> None:
    """Write the map of all feedback with what the gate found."""
    write_adapter(
        folder,
        "text-map",
        base=spec,
        spec=spec,
        pictures=encoder.name,
        feedback={"queries": told.queries, "before": told.before, "after": told.after, "p": told.p},
    )
    model.save(folder)


def _gaps(
    examples: Sequence[FeedbackExample], vectors: Mapping[str, Vectors]
) -> tuple[Tensor, Tensor]:
    """Return of each pair its example [P] and the vector of liked less that of the other [P, d]."""
    pairs = [
        (place, vectors[good] - vectors[bad])
        for place, one in enumerate(examples)
        for good in one.liked
        for bad in one.others
    ]
    at = torch.tensor([place for place, _ in pairs])
    return at, torch.from_numpy(np.stack([gap for _, gap in pairs]))


def _right(example: FeedbackExample, query: Vectors, vectors: Mapping[str, Vectors]) -> float:
    """Return the share of pairs in the right order; a tie is half."""
    good = np.array([query @ vectors[one] for one in example.liked])
    bad = np.array([query @ vectors[one] for one in example.others])
    gaps: NDArray[np.float32] = good[:, None] - bad[None, :]
    return float((gaps > 0).mean() + (gaps == 0).mean() / 2)
