"""How long the figures of full-size benchmarks take, and how much memory: scores in blocks.

    python -m benchmarks.metrics [--dim 64] [--only "coco chatir hashing"]

The vectors are random, so the figures are those of chance; times include the products. Where it
fits, the same ranks are read off an argsort of the whole matrix, as published code does.
"""

import argparse
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from time import process_time

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from eval.metrics.dialogue import hits_so_far, log_rank_integral
from eval.metrics.hashing import hamming_map, pack
from eval.metrics.recall import recall_at
from eval.metrics.score_matrix import matrix_mean_average_precision, matrix_ranks, products

Vectors = NDArray[np.float32]
PICTURES, CAPTIONS = 5_000, 25_010
DIALOGUES, ROUNDS, POOL = 2_064, 11, 50_000
QUERIES, RETRIEVED, LABELS = 5_000, 117_218, 80  # COCO under P2


@dataclass(frozen=True)
class Measured:
    """What one job took.

    Attributes:
        figure: what it found.
        seconds: of CPU.
        megabytes: by which the peak of memory grew; the vectors are not counted.
    """

    figure: str
    seconds: float
    megabytes: float


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--only", default="coco chatir hashing")
    options = parser.parse_args(argv)
    table = Table("job", "rows x columns", "figure", "CPU s", "peak MB", "whole matrix MB")
    for name, shape, job in JOBS:
        if name.split()[0].lower() in options.only.split():
            found = measured(job, options.dim)
            whole = f"{shape[0] * shape[1] * 4 / 1e6:,.0f}"
            size = f"{shape[0]:,} x {shape[1]:,}"
            peak = f"{found.megabytes:,.0f}"
            table.add_row(name, size, found.figure, f"{found.seconds:.1f}", peak, whole)
    Console(width=120).print(table)


def measured(job: Callable[[int], Measured], dim: int) -> Measured:
    """Run a job in a process of its own, so that no other's peak counts."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(job, (dim,))


def text_to_image(dim: int) -> Measured:
    images, texts, owner = captioned(dim)
    return timed(lambda: r_at_1(matrix_ranks(products(texts, images), [[at] for at in owner])))


def image_to_text(dim: int) -> Measured:
    images, texts, owner = captioned(dim)
    own = [np.flatnonzero(owner == at).tolist() for at in range(PICTURES)]
    return timed(lambda: r_at_1(matrix_ranks(products(images, texts), own)))


def image_to_text_map(dim: int) -> Measured:
    images, texts, owner = captioned(dim)
    blocks = products(images, texts)
    return timed(lambda: f"MAP {matrix_mean_average_precision(blocks, lambda at: owner == at):.4f}")


def argsorted(dim: int) -> Measured:
    """Rank as published code does: sort all captions for every picture, then look for its own."""
    images, texts, owner = captioned(dim)

    def found() -> str:
        order = np.argsort(-(images @ texts.T), axis=1)
        first = (owner[order] == np.arange(PICTURES)[:, None]).argmax(axis=1)
        return r_at_1(first + 1)

    return timed(found)


def dialogues(dim: int) -> Measured:
    pool, rounds = unit(POOL, dim), unit(DIALOGUES * ROUNDS, dim)
    targets = [[at // ROUNDS] for at in range(len(rounds))]

    def found() -> str:
        held = matrix_ranks(products(rounds, pool), targets).reshape(DIALOGUES, ROUNDS)
        last = hits_so_far(held, 10)[-1]
        return f"Hits@10 {last:.4f}, BRI {log_rank_integral(held).mean():.3f}"

    return timed(found)


def hashed(bits: int) -> Measured:
    """Rank 16-bit codes, which tie all the time; `bits` is not used."""
    rng = np.random.default_rng(0)
    codes = [pack(rng.normal(size=(rows, 16))) for rows in (QUERIES, RETRIEVED)]
    labels = [
        rng.integers(0, 28, (rows, LABELS), dtype=np.uint8) == 0 for rows in (QUERIES, RETRIEVED)
    ]
    return timed(lambda: f"MAP@all {hamming_map(*codes, *labels):.4f}")


def captioned(dim: int) -> tuple[Vectors, Vectors, NDArray[np.int64]]:
    """Return pictures, captions and whose each caption is; ten pictures have six captions."""
    owner = np.sort(np.concatenate([np.repeat(np.arange(PICTURES), 5), np.arange(10)]))
    return unit(PICTURES, dim), unit(CAPTIONS, dim, seed=1), owner


def unit(rows: int, dim: int, seed: int = 0) -> Vectors:
    held = np.random.default_rng(seed).standard_normal((rows, dim), dtype=np.float32)
    vectors: Vectors = held / np.linalg.norm(held, axis=1, keepdims=True)
    return vectors


def r_at_1(found: NDArray[np.int64]) -> str:
    return f"R@1 {recall_at(1, found):.4f}"


def timed(job: Callable[[], str]) -> Measured:
    before, begin = peak(), process_time()
    figure = job()
    return Measured(figure, process_time() - begin, (peak() - before) / 1e6)


def peak() -> int:
    """Return the most bytes that this process ever held."""
    unit_of = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_of


JOBS = (
    ("COCO text -> image", (CAPTIONS, PICTURES), text_to_image),
    ("COCO image -> text", (PICTURES, CAPTIONS), image_to_text),
    ("COCO image -> text, MAP", (PICTURES, CAPTIONS), image_to_text_map),
    ("COCO image -> text, argsort", (PICTURES, CAPTIONS), argsorted),
    ("ChatIR after 11 rounds", (DIALOGUES * ROUNDS, POOL), dialogues),
    ("hashing COCO under P2, 16 bits", (QUERIES, RETRIEVED), hashed),
)

if __name__ == "__main__":
    main()
