"""A labelled set answered by an encoder: MAP by cosine, and by the Hamming distance of signs.

The codes are the signs of the vectors' coordinates less their mean over the training part, as many
bits as the encoder has dimensions: a baseline that learns nothing, never one of the published
methods, which learn 16 to 128 bits.
"""

from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np

from eval.benchmark import Item, Task
from eval.benchmarks.labelled.labelled_pairs import LabelledPairs, evaluate
from eval.runs.figures import FiguresRow
from eval.systems.gallery import Gallery
from eval.systems.pipeline_system import PipelineSystem
from retrievers.encoder import Encoder, Vectors

TEXTS = 256  # encoded at once


def labelled_rows(
    pairs: LabelledPairs,
    system: PipelineSystem,
    *,
    on_text: Callable[[int, int], None] = lambda done, total: None,
) -> list[FiguresRow]:
    """Return a row per direction.

    Args:
        pairs: the pairs and their protocol.
        system: an encoder without stages.
        on_text: told how many of how many texts are encoded.

    Raises:
        ValueError: the system has stages, or a picture cannot be had.
    """
    if system.stages.rewriter or system.stages.reranker:
        raise ValueError(f"{system.name}: labelled sets are scored from vectors; leave stages out")
    begin = perf_counter()
    pictures = _pictures(pairs, system)
    texts = _texts(pairs.pairs.texts, system.encoder, on_text)
    by_cosine = evaluate(pairs, pictures, texts)
    codes = [np.sign(rows - rows[pairs.train].mean(axis=0)) for rows in (pictures, texts)]
    by_code = evaluate(pairs, codes[0], codes[1], hamming=True)
    seconds = (perf_counter() - begin) / (2 * len(pairs.query))
    return [
        FiguresRow(
            benchmark=pairs.name,
            task=direction,
            system=system.name,
            figures={"MAP@all": found, f"MAP@all {system.encoder.dim} bits": by_code[direction]},
            first={},
            ceiling=None,
            seconds=seconds,
            tokens=0.0,
            questions=len(pairs.query),
            lost=0.0,
        )
        for direction, found in by_cosine.items()
    ]


def _pictures(pairs: LabelledPairs, system: PipelineSystem) -> Vectors:
    """Index the pictures, or find them indexed: a unit row per pair [n, d]."""
    names = [str(path) for path in pairs.pairs.pictures]
    items = tuple(Item(str(path), path=path) for path in dict.fromkeys(pairs.pairs.pictures))
    gallery = Gallery.of(
        Task("labelled", items, (), ()), system.encoder, home=system.home, spec=system.spec
    )
    try:
        rows: Vectors = gallery.vectors[np.searchsorted(gallery.ids, names)]
        return rows
    finally:
        gallery.close()


def _texts(texts: Sequence[str], encoder: Encoder, on_text: Callable[[int, int], None]) -> Vectors:
    rows = []
    for begin in range(0, len(texts), TEXTS):
        rows.append(encoder.encode_texts(list(texts[begin : begin + TEXTS])))
        on_text(min(begin + TEXTS, len(texts)), len(texts))
    return np.concatenate(rows)
