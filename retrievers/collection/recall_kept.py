"""How many of the nearest pictures are still found when vectors are kept in fewer bytes.

Some of a collection's own vectors are the queries, and the same ones are searched: once as the
encoder gave them, once as they are kept. Measured while both are at hand, and kept as a fact.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import reading
from retrievers.collection.storage.vector_forms import Form, packed, row_type, unpacked
from retrievers.encoder import Vectors

T = TypeVar("T")
RECALL = "recall"  # the fact
MOST = 2000  # pictures
K = 10


@dataclass(frozen=True, slots=True)
class RecallKept:
    """What share of the K nearest is still among the K nearest.

    Attributes:
        share: 0 to 1.
        pictures: among how many; too few tell nothing.
    """

    share: float
    pictures: int

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is something else.
            TypeError: likewise.
        """
        told = json.loads(text)
        return cls(float(told["share"]), int(told["pictures"]))

    def to_json(self) -> str:
        """Write it as text."""
        return json.dumps(asdict(self))


def drawn(pictures: Sequence[T]) -> list[T]:
    """Draw as many as are measured, always the same."""
    if len(pictures) <= MOST:
        return list(pictures)
    places = np.random.default_rng(0).choice(len(pictures), MOST, replace=False)
    return [pictures[at] for at in np.sort(places)]


def recall_kept(vectors: Vectors, form: Form) -> RecallKept:
    """Measure what is found among vectors [n, d] that are kept in a form."""
    if form == "float32" or len(vectors) <= K + 1:
        return RecallKept(1.0, len(vectors))
    raw = np.frombuffer(packed(form, vectors), row_type(form, vectors.shape[1]).base)
    held = unpacked(raw, form).reshape(vectors.shape)
    true, found = (_nearest(vectors, among) for among in (vectors, held))
    shared = [len(np.intersect1d(a, b)) for a, b in zip(true, found, strict=True)]
    return RecallKept(float(np.mean(shared)) / K, len(vectors))


class Sample:
    """Some of the vectors that pass by, each as likely as any other (Vitter's algorithm R)."""

    def __init__(self) -> None:
        self.held: list[Vectors] = []
        self._passed, self._chance = 0, np.random.default_rng(0)

    def add(self, vectors: Iterable[Vectors]) -> None:
        """Let vectors [d] pass by."""
        for one in vectors:
            self._passed += 1
            if len(self.held) < MOST:
                self.held.append(one)
            elif (place := int(self._chance.integers(self._passed))) < MOST:
                self.held[place] = one

    def recall(self, form: Form) -> RecallKept:
        """Measure what is found among them."""
        return recall_kept(np.stack(self.held), form) if self.held else RecallKept(1.0, 0)


def told_recall(collection: Collection) -> RecallKept | None:
    """Return what was measured last of the vectors in use, if it was."""
    told = collection.told(RECALL)
    with reading(collection.folder):
        return RecallKept.from_json(told) if told else None


def _nearest(queries: Vectors, among: Vectors) -> NDArray[np.int64]:
    """Return the places of the K nearest others of each: [n, K]."""
    scores = queries @ among.T
    np.fill_diagonal(scores, -np.inf)
    nearest: NDArray[np.int64] = np.argpartition(scores, -K, axis=1)[:, -K:]
    return nearest
