"""Join the towers without training, as ConSE does (Norouzi et al. 2013, arXiv:1312.5650).

A picture's vector is the mean of its likeliest classes' text vectors, weighted by probability. Both
sides are then partly whitened by the spread of the class vectors, which takes weight from what all
classes have in common. Temperature, number of classes, whitening and padding were chosen on the
training half of the Tux Paint stamps; benchmarks/stamps.py reports on the other half.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrievers.encoder import Vectors
from retrievers.offline.converted import converted
from retrievers.offline.towers import TextTower, text_digest
from retrievers.offline.weights import (
    CLASS_DESCRIPTIONS,
    CLASS_NAMES,
    CLASS_SYNONYMS,
    digest,
    locate,
)

TEMPERATURE = 2.0
CLASSES = 20
WHITENING = 0.2
JOINING = 1  # raise when this module changes what it computes


@dataclass(frozen=True, slots=True)
class Concepts:
    """The classes as texts.

    Attributes:
        names: one plain name per class.
        vectors: [1000, d], of length 1.
        whitening: [d, d], symmetric.
    """

    names: tuple[str, ...]
    vectors: Vectors
    whitening: NDArray[np.float32]

    def of_logits(self, logits: NDArray[np.float32]) -> Vectors:
        """Turn class logits [n, 1000] into vectors [n, d]."""
        return self.of_texts(likeliest(logits) @ self.vectors)

    def of_texts(self, vectors: Vectors) -> Vectors:
        """Turn text vectors [n, d] into the space of the pictures."""
        spread = vectors @ self.whitening
        rows: Vectors = spread / np.linalg.norm(spread, axis=1, keepdims=True)
        return rows.astype(np.float32)


def concepts_digest() -> str:
    """Return the hash that names everything the joining depends on."""
    parts = [digest(locate(part)) for part in (CLASS_NAMES, CLASS_SYNONYMS, CLASS_DESCRIPTIONS)]
    return f"{text_digest()}-{'-'.join(part[:6] for part in parts)}-{JOINING}"


def load_concepts() -> Concepts:
    """Encode the classes' names and descriptions, or read what was encoded before."""
    names = tuple(json.loads(locate(CLASS_NAMES).read_text(encoding="utf-8")))

    def make(path: Path) -> None:
        with path.open("wb") as file:
            np.save(file, _class_vectors(names))

    vectors = np.load(converted(f"classes-{concepts_digest()}.npy", make), allow_pickle=False)
    return Concepts(names, vectors, _whitening(vectors))


def likeliest(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probabilities [n, 1000] of the likeliest classes; the others are 0."""
    scaled = logits / TEMPERATURE
    shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    least = np.partition(shares, -CLASSES, axis=1)[:, -CLASSES, None]
    shares = np.where(shares >= least, shares, 0)
    kept: NDArray[np.float32] = shares / shares.sum(axis=1, keepdims=True)
    return kept


def _class_vectors(names: tuple[str, ...]) -> Vectors:
    synonyms = json.loads(locate(CLASS_SYNONYMS).read_text(encoding="utf-8"))
    described = json.loads(locate(CLASS_DESCRIPTIONS).read_text(encoding="utf-8"))
    tower = TextTower()
    kinds = (
        list(names),
        [synonyms[str(number)] for number in range(len(names))],
        [
            f"{name}: {described[str(number)]['description']}" if str(number) in described else name
            for number, name in enumerate(names)
        ],
    )
    total = sum(tower.vectors(texts) for texts in kinds)
    rows: Vectors = np.asarray(total / np.linalg.norm(total, axis=1, keepdims=True))
    return rows.astype(np.float32)


def _whitening(vectors: Vectors) -> NDArray[np.float32]:
    """Return (covariance + a little)^-0.2 of the class vectors."""
    covariance = np.cov(vectors.T, bias=True)  # [d, d]
    values, axes = np.linalg.eigh(covariance)
    scale = np.maximum(values + 0.1 * values.mean(), 1e-12) ** -WHITENING
    matrix: NDArray[np.float32] = ((axes * scale) @ axes.T).astype(np.float32)
    return matrix
