"""Which way of joining the turns of a conversation finds a picture soonest?

Scripted conversations about the Tux Paint stamps: the words of a stamp's folder and caption come
one turn at a time, from broad to narrow or from narrow to broad. In some a wrong word is said and
taken back ("detour"). In others a simulated person, who knows the target's caption, points at what
is shown, calling the picture with the most similar caption right and the least similar wrong: after
every turn ("pointing"), or instead of saying more ("browsing"). In the last kind ("refusing") they
say the first turn and then refuse, by its caption, the first wrong picture three times. Pictures
already judged are left out of every way's ranking (the residual collection of Salton and Buckley,
1990), so that a liked picture that comes first does not count against the way that put it there.

    python -m benchmarks.dialogues            # the evaluation half, for the report
    python -m benchmarks.dialogues --tune     # the training half, where the defaults were chosen
"""

import argparse
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from agent.understanding.acts import Act, Feedback, Negate, Refine
from agent.understanding.acts_as_edits import after
from agent.understanding.constraint_list import Constraints, query_of
from eval.benchmarks.published.tux_paint_stamps import Half, Stamp, load_stamps
from eval.metrics.score_matrix import rank_of
from retrievers.encoder import Encoder, Vectors
from retrievers.offline.encoder import OfflineEncoder
from retrievers.pictures import read_picture
from retrievers.query import Query
from retrievers.search.query_vector import Blend

SCREEN = 10
KINDS = ("telling", "detour", "pointing", "browsing", "refusing")


@dataclass(frozen=True, slots=True)
class Point:
    """The simulated person judges what is on the screen."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The simulated person refuses, by its caption, the first wrong picture on the screen."""


Step = Act | Point | Refuse
Script = tuple[Step, ...]


class Remembering:
    """An encoder that encodes each text once; the conversations repeat theirs."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dim, self.image_size = encoder.name, encoder.dim, encoder.image_size
        self.encode_images = encoder.encode_images
        self._encode = encoder.encode_texts
        self._known: dict[str, Vectors] = {}

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        if new := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._known.update(zip(new, self._encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


@dataclass(frozen=True)
class Gallery:
    """Every stamp of a half: `vectors` [N, D] of the pictures, `likeness` [N, N] of captions."""

    stamps: Sequence[Stamp]
    encoder: Encoder
    vectors: Vectors
    likeness: Vectors

    def scores(self, query: Query, blend: Blend) -> Vectors:
        vector = blend.vector(query, self.encoder, lambda ids: self.vectors[[int(i) for i in ids]])
        scores: Vectors = np.zeros(len(self.stamps), np.float32)
        if vector is not None:
            scores = self.vectors @ vector[0]  # [N]
        judged = [int(one) for one in {*query.excluded, *query.like}]
        scores[judged] = -2  # a person looks for what they have not seen yet
        return scores


def load_gallery(half: Half) -> Gallery:
    encoder = Remembering(OfflineEncoder())
    stamps = load_stamps(half)
    captions = encoder.encode_texts([stamp.caption for stamp in stamps])
    side = encoder.image_size
    images = [read_picture(stamp.path, min_side=side).image for stamp in stamps]
    return Gallery(stamps, encoder, encoder.encode_images(images), captions @ captions.T)


def scripts(stamps: Sequence[Stamp], kind: str, *, seed: int = 0) -> Iterator[tuple[int, Script]]:
    """One conversation per stamp that has something to say in at least two turns."""
    chance = random.Random(f"{kind}{seed}")
    for target, stamp in enumerate(stamps):
        turns = _turns(stamp, narrow_first=chance.random() < 0.5)
        wrong = chance.choice([one for one in stamps if _spoken(one) not in turns])
        if len(turns) > 1:
            yield target, _script(kind, turns, _spoken(wrong))


def _script(kind: str, turns: Sequence[str], wrong: str) -> Script:
    told = [Refine(text) for text in turns]
    match kind:
        case "detour":
            return told[0], Refine(f"with {wrong}"), Negate(wrong), *told[1:]
        case "pointing":
            return tuple(step for one in told for step in (one, Point()))
        case "browsing":
            return told[0], Point(), Point(), Point()
        case "refusing":
            return told[0], Refuse(), Refuse(), Refuse()
        case _:
            return tuple(told)


def _turns(stamp: Stamp, *, narrow_first: bool) -> list[str]:
    """What a person might say of it, a turn each: kinds of thing, the thing, what it is like."""
    folders = [re.sub(r"(?<=[^aeious])s$", "", part) for part in stamp.below.split("/")[:-1]]
    broad = [part for part in folders if part not in ("cartoon", "photo")][:2]
    *like, thing = re.sub(r"(?i)^(?:an?|the|some) ", "", _spoken(stamp)).split()
    thing = re.sub(r"\W", "", thing) or _spoken(stamp)
    narrow = [thing, " ".join(like)] if like else [thing]
    return [*narrow, *reversed(broad)] if narrow_first else [*broad, *narrow]


def _spoken(stamp: Stamp) -> str:
    return stamp.caption.rstrip(".! ").split(". ")[0]


def ranks(gallery: Gallery, blend: Blend, target: int, script: Script) -> list[int]:
    """The target's rank after each turn."""
    asked: Constraints = ()
    found: list[int] = []
    shown = [str(at) for at in range(len(gallery.stamps))]
    for step in script:
        scores = gallery.scores(query_of(asked), blend)
        asked = after([_act(step, gallery, scores, target)], asked, shown)
        found.append(rank_of(gallery.scores(query_of(asked), blend), target))
    return found


def _act(step: Step, gallery: Gallery, scores: Vectors, target: int) -> Act:
    if not isinstance(step, Point | Refuse):
        return step
    order = np.argsort(-scores, kind="stable")[:SCREEN]
    wrong = [int(at) for at in order if at != target]
    if isinstance(step, Refuse):
        return Negate(_spoken(gallery.stamps[wrong[0]]))
    alike = sorted(wrong, key=lambda at: float(gallery.likeness[target, at]))
    return Feedback(like=(alike[-1] + 1,), unlike=(alike[0] + 1,))


@dataclass(frozen=True, slots=True)
class Measured:
    """How soon the targets were found.

    Attributes:
        hits: Hits@10, sticky: the share of conversations in which the target was among the first
            ten after any turn so far (ChatIR, arXiv:2305.20062).
        mrr: mean reciprocal rank after the last turn.
        bri: best log rank integral, lower is better (PlugIR, arXiv:2406.03411, equation 6).
    """

    hits: float
    mrr: float
    bri: float

    def __str__(self) -> str:
        return f"{self.hits:.3f}    {self.mrr:.3f}   {self.bri:.3f}"


def measured(conversations: Sequence[Sequence[int]]) -> Measured:
    """Sum up the target's ranks per turn of every conversation."""
    best = [np.minimum.accumulate(ranks) for ranks in conversations]
    return Measured(
        hits=float(np.mean([ranks[-1] <= SCREEN for ranks in best])),
        mrr=float(np.mean([1 / ranks[-1] for ranks in conversations])),
        bri=float(np.mean([np.trapezoid(np.log(ranks)) / (len(ranks) - 1) for ranks in best])),
    )


def run(gallery: Gallery, blend: Blend, kind: str) -> Measured:
    return measured([ranks(gallery, blend, *one) for one in scripts(gallery.stamps, kind)])


WAYS = {
    "last turn only": Blend(joined=0, decay=0),
    "joined text (ChatIR)": Blend(joined=1),
    "sum of turns": Blend(joined=0, decay=1),
    "sum, recent turns count more": Blend(joined=0, decay=0.7),
    "joined text + recency": Blend(joined=0.5, decay=0.7),
}
PARTS = {
    "the default": Blend(),
    "no feedback": Blend(like=0, unlike=0),
    "likes only": Blend(unlike=0),
    "dislikes only": Blend(like=0),
    "nothing unwanted": Blend(unwanted=0),
    "plain subtraction": Blend(spare=False),
}


def report(gallery: Gallery) -> None:
    """Print every way on every kind of conversation."""
    for kind in KINDS:
        n = sum(1 for _ in scripts(gallery.stamps, kind))
        print(f"\n{kind}: {n} conversations, {len(gallery.stamps)} stamps, {gallery.encoder.name}")
        print(f"{'':30} Hits@10  MRR     BRI")
        for name, blend in {**WAYS, **PARTS}.items():
            print(f"{name:30} {run(gallery, blend, kind)}")


def tune(gallery: Gallery) -> None:
    """Choose the weights one part after the other, each on the conversations that need it.

    The choice is by the rank after the last turn. The two others keep the best rank so far, so that
    they do not see what a way of joining has forgotten.
    """
    fifths = [at / 5 for at in range(6)]
    blend = Blend(like=0, unlike=0, unwanted=0)
    for kind, names, values in (
        ("telling", ("joined", "decay"), product(fifths, fifths)),
        ("refusing", ("unwanted", "spare"), product((0, 0.1, 0.2, 0.3, 0.5, 0.8), (False, True))),
        ("browsing", ("like", "unlike"), product((0, 0.1, 0.2, 0.4, 0.7, 1), (0, 0.1, 0.2, 0.4))),
    ):
        tried = [_changed(blend, names, pair) for pair in values]
        found = [(run(gallery, one, kind), one) for one in tried]
        found.sort(key=lambda pair: -pair[0].mrr)
        print(f"\n{kind}: {names}, by MRR")
        for result, one in found[:8] + found[-2:]:
            print(f"{[getattr(one, name) for name in names]!s:30} {result}")
        blend = found[0][1]
    print(blend)


def _changed(blend: Blend, names: Sequence[str], values: Sequence[Any]) -> Blend:
    return replace(blend, **dict(zip(names, values, strict=True)))


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tune", action="store_true", help="choose the weights, training half")
    if parser.parse_args().tune:
        tune(load_gallery("train"))
    else:
        report(load_gallery("eval"))


if __name__ == "__main__":
    main()
