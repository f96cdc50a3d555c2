"""Which of two encoders finds more of a collection's labelled pictures, by vectors alone.

The labels are those of `dialens eval my`; both encoders' vectors of the pictures are there already,
so only the labels are encoded. Words of file names and captions have no say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.evaluation.labelling import TypedLabels
from app.evaluation.own_score import DECIDES, MEASURES
from app.evaluation.own_test import FEWEST
from eval.benchmark import Question
from eval.ranking import ranked
from eval.significance import Difference, chance, compare
from retrievers.collection.collection import Collection
from retrievers.collection.migration.lacking import LivePicture, live
from retrievers.collection.migration.side_files import SideFiles
from retrievers.collection.migration.target_vectors import TargetVectors
from retrievers.encoder import Encoder, Vectors
from retrievers.files.home import dialens_home
from retrievers.search.exact import compared
from retrievers.text.lettering import folded

POOL = 20_000  # pictures that are searched, at most, drawn with a fixed seed
DEPTH = 1000


@dataclass(frozen=True, slots=True)
class EncodersCompared:
    """What two encoders reached on the labels.

    Attributes:
        labels: how many there are.
        pictures: among how many the labelled ones were looked for.
        old: the figure of the encoder in use, by measure.
        new: likewise of the one that the collection is on its way to.
        gain: of the new one over the old, by mean reciprocal rank.
    """

    labels: int
    pictures: int
    old: dict[str, float]
    new: dict[str, float]
    gain: Difference

    @property
    def better(self) -> bool:
        """Whether the new one finds at least as much."""
        return self.gain.mean >= 0

    def lines(self) -> list[str]:
        """Say it to people."""
        figures = [
            f"{name} {self.old[name]:.2f} before, {self.new[name]:.2f} now" for name in self.old
        ]
        p = chance(self.gain.p)
        return [
            f"your {self.labels} labels among {self.pictures:,} pictures, by vectors alone:"
            f" {'; '.join(figures)} ({p})"
        ]


def encoders_compared(
    collection: Collection, side: SideFiles, old: Encoder, new: Encoder
) -> EncodersCompared | None:
    """Measure both; None if there are too few labels.

    Args:
        collection: the collection.
        side: a migration in which no picture is lacking that has a label.
        old: the encoder in use.
        new: the target.
    """
    with collection.one_state():
        said, places = _labels(collection), TargetVectors(collection, side)
        pictures = [one for one in live(collection) if places.has(one)]
        asked = [one for one in pictures if one.id in said]
        if len(asked) < FEWEST:
            return None
        pool = _pool(asked, pictures)
        before, now = collection.rows_in(collection.generation()), places.of(pool)
        rows = [one.row for one in pool]
        questions = _questions(asked, said)
        scored = [
            _values(questions, pool, vectors, encoder)
            for vectors, encoder in ((before[rows], old), (now, new))
        ]
    first, second = scored
    gain = compare(list(second[DECIDES.name].values()), list(first[DECIDES.name].values()))
    means = [{name: _mean(values) for name, values in one.items()} for one in scored]
    return EncodersCompared(len(asked), len(pool), means[0], means[1], gain)


def _labels(collection: Collection) -> dict[str, str]:
    """Return what is said of pictures that are there, by id."""
    labels = TypedLabels(dialens_home() / "labels" / f"{collection.name}.jsonl")
    said = {
        path: one.caption for root in collection.roots() for path, one in labels.said(root).items()
    }
    rows = [one.row for one in live(collection)] if said else []
    return {
        picture.id: said[path]
        for picture in collection.pictures(rows)
        for path in picture.paths
        if path in said
    }


def _pool(asked: Sequence[LivePicture], pictures: Sequence[LivePicture]) -> list[LivePicture]:
    known = {one.id for one in asked}
    others = [one for one in pictures if one.id not in known]
    most = max(0, POOL - len(asked))
    if len(others) > most:
        drawn = np.random.default_rng(0).choice(len(others), most, replace=False)
        others = [others[at] for at in np.sort(drawn)]
    return [*asked, *others]


def _questions(asked: Sequence[LivePicture], said: dict[str, str]) -> list[Question]:
    """Ask with every label; whatever has the same one is right, too."""
    same: dict[str, dict[str, float]] = {}
    for one in asked:
        same.setdefault(folded(said[one.id]), {})[one.id] = 1.0
    return [
        Question(one.id, turns=(said[one.id],), relevant=same[folded(said[one.id])])
        for one in asked
    ]


def _values(
    questions: Sequence[Question], pool: Sequence[LivePicture], vectors: Vectors, encoder: Encoder
) -> dict[str, dict[str, float]]:
    texts = encoder.encode_texts([one.turns[0] for one in questions])
    ids, every = np.array([one.id for one in pool]), np.arange(len(pool))
    rankings = {
        one.id: ranked(
            ids,
            compared(vectors, text[None], every),  # [n]
            depth=min(DEPTH, len(pool)),
            relevant=one.relevant,
        )
        for one, text in zip(questions, texts, strict=True)
    }
    return {one.name: dict(one.values(questions, rankings)) for one in MEASURES}


def _mean(values: dict[str, float]) -> float:
    return sum(values.values()) / len(values)
