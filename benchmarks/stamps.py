"""What the offline encoder finds: text -> picture on the Tux Paint stamps and on labelled photos.

    python -m benchmarks.stamps
    python -m benchmarks.stamps --photos FOLDER   # holds labels.csv with the columns file,label

The stamps are Debian's `tuxpaint-stamps-default`: one per distinct English caption, without the
folder `symbols` (letters, digits, coins: no things). A hash of the path halves them; what the
encoder was tuned on is the training half. Ties go to the other pictures.
"""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from eval.benchmarks.published.tux_paint_stamps import load_stamps
from eval.metrics import score_matrix
from eval.metrics.recall import recall_at
from retrievers.encoder import Encoder, Vectors
from retrievers.encoders.load import load_encoder
from retrievers.pictures import read_picture


def ranks(texts: Vectors, pictures: Vectors) -> list[int]:
    """Return the rank of picture i for text i."""
    found: list[int] = score_matrix.matrix_ranks(
        score_matrix.products(texts, pictures), [[at] for at in range(len(texts))]
    ).tolist()
    return found


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="offline", help="offline, open_clip:…, transformers:…")
    parser.add_argument("--photos", type=Path, help="a folder of photographs with labels.csv")
    options = parser.parse_args(argv)
    encoder = load_encoder(options.encoder)
    table = Table("pictures", "text", "pool", "R@1", "R@10", "chance R@10", title=encoder.name)
    for half in ("train", "eval", "all"):
        stamps = load_stamps(half)
        found = ranks(
            encoder.encode_texts([stamp.caption for stamp in stamps]),
            encoded(encoder, [stamp.path for stamp in stamps]),
        )
        table.add_row(f"stamps, {half}", "its caption", *_figures(found))
    if options.photos:
        rows = list(csv.DictReader((options.photos / "labels.csv").open(encoding="utf-8")))
        found = ranks(
            encoder.encode_texts([f"a photo of a {row['label']}" for row in rows]),
            encoded(encoder, [options.photos / row["file"] for row in rows]),
        )
        table.add_row("photographs", "a photo of a LABEL", *_figures(found))
    Console().print(table)


def _figures(found: Sequence[int]) -> tuple[str, str, str, str]:
    one, ten = recall_at(1, found), recall_at(10, found)
    return str(len(found)), f"{one:.3f}", f"{ten:.3f}", f"{min(1, 10 / len(found)):.3f}"


def encoded(encoder: Encoder, paths: Sequence[Path]) -> Vectors:
    images = (read_picture(path, min_side=encoder.image_size).image for path in paths)
    return np.concatenate([encoder.encode_images([image]) for image in images])


if __name__ == "__main__":
    main()
