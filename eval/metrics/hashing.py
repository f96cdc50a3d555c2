"""Retrieval by binary codes: Hamming distance, and MAP under the two protocols of the field.

P1 (the line of DCMH, CVPR 2017): MIRFlickr 20,015 pairs, 2,000 queries, 10,000 for training out of
the 18,015 that are retrieved. P2 (the line of DCHMT, MM 2022): MIRFlickr 24,581 pairs, 5,000
queries, retrieval is all the rest, training data included. Figures of the two are not comparable.

Trap: codes of 16 bits tie all the time. Published code leaves ties to an unstable sort, so figures
wander; here the wrong item goes first, which gives the lowest of them.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from eval.metrics.matrix import BLOCK, mean_average_precision

Codes = NDArray[np.uint8]


def pack(codes: NDArray[np.floating] | NDArray[np.integer]) -> Codes:
    """Pack codes of -1 and 1 [n, bits] into bytes [n, ceil(bits / 8)]; 0 counts as -1."""
    packed: Codes = np.packbits(np.asarray(codes) > 0, axis=1)
    return packed


def hamming(queries: Codes, gallery: Codes) -> NDArray[np.int64]:
    """Return the number of different bits [q, n] of packed codes."""
    found: NDArray[np.int64] = np.stack(
        [np.bitwise_count(gallery ^ row).sum(axis=1, dtype=np.int64) for row in queries]
    )
    return found


def hamming_map(
    queries: Codes,
    gallery: Codes,
    query_labels: NDArray[np.bool_],
    gallery_labels: NDArray[np.bool_],
    *,
    k: int | None = None,
) -> float:
    """Return MAP@k by Hamming distance; items with a label in common are right.

    Args:
        queries: packed codes [Q, b].
        gallery: packed codes [N, b].
        query_labels: [Q, labels].
        gallery_labels: [N, labels].
        k: how far down to look; None is MAP@all.
    """

    def blocks() -> Iterator[NDArray[np.floating]]:
        for begin in range(0, len(queries), BLOCK):
            yield -hamming(queries[begin : begin + BLOCK], gallery).astype(np.float64)

    def right_of(rows: slice) -> NDArray[np.bool_]:
        shared: NDArray[np.bool_] = (
            query_labels[rows].astype(np.float32) @ gallery_labels.T.astype(np.float32)
        ) > 0
        return shared

    return mean_average_precision(blocks(), right_of, k=k)
