"""Pairs of a picture and a text with labels: what shares a label is right.

Of 5,000 questions over 117,000 items thousands are right each, so they are kept as matrices, and
systems are scored from their vectors. Protocols of hashing and their traps: `eval.metrics.hashing`;
of category labels (Wikipedia, Pascal Sentence): DSCMR (CVPR 2019), MAP over the test items of the
other kind.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.metrics.average_precision import Of
from eval.metrics.hashing import hamming_map, pack
from eval.metrics.score_matrix import matrix_mean_average_precision, products

Places = NDArray[np.intp]
Rows = NDArray[np.floating] | NDArray[np.integer]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pictures with their texts and labels.

    Attributes:
        pictures: n files.
        texts: n.
        labels: [n, labels]; every pair has at least one.
    """

    pictures: tuple[Path, ...]
    texts: tuple[str, ...]
    labels: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPairs:
    """Pairs under one protocol.

    Attributes:
        name: such as "mirflickr-p2".
        protocol: one line, printed beside figures.
        pairs: all of them.
        query: places of those that are asked with.
        retrieval: places of those that are ranked.
        train: places of those that a system may learn from.
    """

    name: str
    protocol: str
    pairs: Pairs
    query: Places
    retrieval: Places
    train: Places


def split(pairs: Pairs, *, query: int, train: int, seed: int = 0) -> tuple[Places, Places, Places]:
    """Return the places of random queries, of all others, and of the training part of those.

    Raises:
        ValueError: there are not as many pairs.
    """
    if query + train > len(pairs):
        raise ValueError(
            f"{query} queries and {train} to train on need more than {len(pairs)} pairs"
        )
    order = np.random.default_rng(seed).permutation(len(pairs))
    return order[:query], order[query:], order[query : query + train]


def held_out(
    pairs: Pairs, *, train: int, test: int, seed: int = 0
) -> tuple[Places, Places, Places]:
    """Return the places of `test` pairs, twice, and of the first `train` pairs.

    Test pairs are taken at random from those behind the training ones, and ask each other.

    Raises:
        ValueError: there are not as many pairs.
    """
    if train + test > len(pairs):
        raise ValueError(
            f"{train} to train on and {test} to test need more than {len(pairs)} pairs"
        )
    order = np.random.default_rng(seed).permutation(np.arange(train, len(pairs)))
    return order[:test], order[:test], np.arange(train)


def evaluate(
    pairs: LabelledPairs,
    pictures: Rows,
    texts: Rows,
    *,
    hamming: bool = False,
    k: int | None = None,
    of: Of = "reachable",
) -> dict[str, float]:
    """Return MAP@k in both directions, "image-to-text" and "text-to-image".

    Args:
        pairs: the pairs and their protocol.
        pictures: [n, d], rows of length 1; or codes of -1 and 1.
        texts: [n, d], as the pictures.
        hamming: whether they are codes, ranked by Hamming distance; else by cosine.
        k: how far down to look; None is MAP@all.
        of: what is divided by.

    Raises:
        ValueError: there are not as many rows as pairs.
    """
    for name, rows in (("pictures", pictures), ("texts", texts)):
        if len(rows) != len(pairs.pairs):
            raise ValueError(
                f"{name} must have {len(pairs.pairs)} rows, one a pair; got {len(rows)}"
            )
    score = _by_code if hamming else _by_cosine
    return {
        "image-to-text": score(pairs, pictures, texts, k, of),
        "text-to-image": score(pairs, texts, pictures, k, of),
    }


def _by_code(pairs: LabelledPairs, queries: Rows, gallery: Rows, k: int | None, of: Of) -> float:
    labels = pairs.pairs.labels
    return hamming_map(
        pack(queries[pairs.query]),
        pack(gallery[pairs.retrieval]),
        labels[pairs.query],
        labels[pairs.retrieval],
        k=k,
        of=of,
    )


def _by_cosine(pairs: LabelledPairs, queries: Rows, gallery: Rows, k: int | None, of: Of) -> float:
    own, held = pairs.pairs.labels[pairs.query], pairs.pairs.labels[pairs.retrieval]

    def right_of(place: int) -> NDArray[np.bool_]:
        return np.asarray(held[:, own[place]].any(axis=1))  # [N]

    blocks = products(queries[pairs.query], gallery[pairs.retrieval])
    return matrix_mean_average_precision(blocks, right_of, k=k, of=of)
