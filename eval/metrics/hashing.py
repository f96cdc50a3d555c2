"""Retrieval by binary codes: Hamming distance, and MAP under the protocols of the field.

P1, the line of DCMH (CVPR 2017) and SSAH (CVPR 2018): MIRFlickr 20,015 pairs, 2,000 of them
queries, 18,015 retrieved, 10,000 of these for training. P2, the line of DCHMT (MM 2022) and DSPH
(TCSVT 2023): MIRFlickr 24,581 pairs, NUS-WIDE 195,834, COCO 122,218; 5,000 queries, all others
retrieved, 10,000 of these for training. Both report MAP@all at 16, 32 and 64 bits, and figures of
the two are not comparable. The unsupervised line reports MAP@50, of the right answers found
(`of="found"`).

Traps: say the counts and k beside the figure. Codes of 16 bits tie all the time, and published code
leaves ties to an unstable sort, so that its figures wander; here the wrong item goes first, which
gives the lowest of them. With a k, DCHMT's own code takes the first k right answers, wherever they
stand. A code that is made with a look at the paired item (UCMFH) leaks the answer.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from eval.metrics.average_precision import Of
from eval.metrics.score_matrix import matrix_mean_average_precision

Codes = NDArray[np.uint64]
Labels = NDArray[np.bool_] | NDArray[np.integer]
WORD = 64


def pack(codes: NDArray[np.floating] | NDArray[np.integer] | NDArray[np.bool_]) -> Codes:
    """Pack codes of -1 and 1 [n, bits] into words [n, ceil(bits / 64)]; 0 counts as -1."""
    held = np.asarray(codes) > 0
    words = -(-held.shape[1] // WORD)
    padded = np.pad(held, ((0, 0), (0, words * WORD - held.shape[1])))
    packed: Codes = np.packbits(padded, axis=1).view(np.uint64)
    return packed


def hamming(query: Codes, gallery: Codes) -> NDArray[np.int16]:
    """Return the number of different bits [N] of a packed code [w] and others [N, w]."""
    found = np.zeros(len(gallery), dtype=np.int16)
    for word, own in zip(gallery.T, query, strict=True):
        found += np.bitwise_count(word ^ own)
    return found


def hamming_map(
    queries: Codes,
    gallery: Codes,
    query_labels: Labels,
    gallery_labels: Labels,
    *,
    k: int | None = None,
    of: Of = "reachable",
) -> float:
    """Return MAP@k by Hamming distance; items with a label in common are right.

    A query that shares its labels with no item counts as 0, as in the code of DCHMT.

    Args:
        queries: packed codes [Q, w].
        gallery: packed codes [N, w].
        query_labels: [Q, labels], 0 or 1.
        gallery_labels: [N, labels].
        k: how far down to look; None is MAP@all.
        of: what is divided by, `found` for the unsupervised line.

    Raises:
        ValueError: there are no queries, k is below 1, or codes and labels are not as many.
    """
    _same("query", queries, query_labels)
    _same("gallery", gallery, gallery_labels)
    asked, held = pack(query_labels), pack(gallery_labels)

    def blocks() -> Iterator[NDArray[np.int16]]:
        for query in queries:
            yield -hamming(query, gallery)[None]  # [1, N]

    def right_of(place: int) -> NDArray[np.bool_]:
        shared = np.zeros(len(held), dtype=bool)
        for word, own in zip(held.T, asked[place], strict=True):
            shared |= (word & own) != 0
        return shared

    return matrix_mean_average_precision(blocks(), right_of, k=k, of=of)


def _same(name: str, codes: Codes, labels: Labels) -> None:
    if len(codes) != len(labels):
        raise ValueError(
            f"{len(codes)} {name} codes need as many rows of labels; got {len(labels)}"
        )
