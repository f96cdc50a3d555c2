"""How well does a search know that there is no such picture?

    python -m benchmarks.absence
    python -m benchmarks.absence --photos FOLDER   # holds labels.csv with the columns file,label

Each label of a gallery is asked for twice: as it is, and with every picture of that label taken
away; of the stamps, every picture whose caption shares a content word. Then words from our own list
that no label holds are asked for, with only the other half of the list as reference words. Full
text has no say. Every statistic is calibrated alike: a query is doubted if its value lies below
that of a share of the reference words in the same gallery. The baseline is one cosine for all
galleries, the one that doubts that share of the captions of the stamps' training half.
"""

import argparse
import csv
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from agent.stages.absence import DOUBTED
from agent.stages.absence_reference import reference_words
from app.demo.demo_photos import gather
from benchmarks.stamps import encoded
from eval.benchmarks.published.tux_paint_stamps import load_stamps
from eval.metrics.absence import auc, error_rates
from retrievers.encoder import Encoder, Vectors
from retrievers.encoders.load import load_encoder

Numbers = NDArray[np.float64]
Statistic = Callable[[Vectors, Vectors, Vectors], Numbers]
"""Of queries [q, d], pictures [n, d] and reference words [m, d]: one number per query."""

SHARES = (DOUBTED, 0.3, 0.5, 0.9)
SHOWN = {  # what the photographs that packages carry show
    "an astronaut": ("astronaut.png",),
    "a brick wall": ("brick.png",),
    "a man with a camera": ("camera.png",),
    "a cheetah": ("cheetah.jpg", "cheetah1.jpg", "cheetah2.jpg"),
    "a cat": ("chelsea.png",),
    "a temple in China": ("china.jpg",),
    "a clock": ("clock_motion.png",),
    "a cup of coffee": ("coffee.png",),
    "coins": ("coins.png",),
    "a flower": ("flower.jpg",),
    "a woman in uniform": ("grace_hopper.jpg",),
    "grass": ("grass.png",),
    "gravel": ("gravel.png",),
    "galaxies": ("hubble_deep_field.jpg",),
    "a lion": ("lion.jpg",),
    "the moon": ("moon.png",),
    "a motorcycle": ("motorcycle_left.png", "motorcycle_right.png"),
    "the retina of an eye": ("retina.jpg",),
    "a rocket": ("rocket.jpg",),
}
_FUNCTION_WORDS = frozenset("a an and at for from in of on or the to with".split())


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Pictures and what is asked of them.

    Attributes:
        pictures: [n, d].
        labels: [q] texts.
        queries: [q, d], their vectors.
        fits: [q, n], whether a picture has anything to do with a label.
    """

    name: str
    pictures: Vectors
    labels: Sequence[str]
    queries: Vectors
    fits: NDArray[np.bool_]


def cosine(queries: Vectors, pictures: Vectors, words: Vectors) -> Numbers:
    """Return the cosine of the best picture."""
    return np.asarray((queries @ pictures.T).max(axis=1), dtype=np.float64)


def height(queries: Vectors, pictures: Vectors, words: Vectors) -> Numbers:
    """Return how many standard deviations the best picture lies above the mean of all."""
    cosines = queries @ pictures.T
    found: Numbers = (cosines.max(axis=1) - cosines.mean(axis=1)) / cosines.std(axis=1)
    return found


def robust(queries: Vectors, pictures: Vectors, words: Vectors) -> Numbers:
    """Return the same with the median and the median deviation from it."""
    cosines = queries @ pictures.T
    middle = np.median(cosines, axis=1)
    found: Numbers = (cosines.max(axis=1) - middle) / np.median(
        abs(cosines - middle[:, None]), axis=1
    )
    return found


def lead(queries: Vectors, pictures: Vectors, words: Vectors) -> Numbers:
    """Return how far the best picture is ahead of the mean of the next nine."""
    best = np.sort(queries @ pictures.T, axis=1)[:, ::-1]
    found: Numbers = best[:, 0] - best[:, 1:10].mean(axis=1)
    return found


def against_words(queries: Vectors, pictures: Vectors, words: Vectors) -> Numbers:
    """Return the largest z-score of a picture's cosine among its cosines with reference words."""
    usual = words @ pictures.T  # [m, n]
    scores = (queries @ pictures.T - usual.mean(axis=0)) / usual.std(axis=0)
    return np.asarray(scores.max(axis=1), dtype=np.float64)


STATISTICS: dict[str, Statistic] = {
    "cosine": cosine,
    "height": height,
    "robust height": robust,
    "lead over the next 9": lead,
    "against words": against_words,
}


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a statistic came to: its values, and where they stand among the reference words."""

    present: Numbers
    absent: Numbers
    present_standing: Numbers
    absent_standing: Numbers


def with_pictures_removed(gallery: Gallery, words: Vectors, statistic: Statistic) -> Asked:
    """Ask for each label with and without its pictures."""
    present = statistic(gallery.queries, gallery.pictures, words)
    usual = statistic(words, gallery.pictures, words)
    absent, standing = [], []
    for query, fits in zip(gallery.queries, gallery.fits, strict=True):
        rest = gallery.pictures[~fits]
        value = statistic(query[None], rest, words)
        absent.append(value)
        standing.append(standings(value, statistic(words, rest, words)))
    return Asked(
        present, np.concatenate(absent), standings(present, usual), np.concatenate(standing)
    )


def with_other_words(gallery: Gallery, words: Vectors, statistic: Statistic) -> Asked:
    """Ask for words that no label holds, half of them, with the other half as reference."""
    known = set().union(*map(content, gallery.labels))
    foreign = [not content(word) & known for word in reference_words()]
    asked = words[1::2][foreign[1::2]]
    rest = words[::2]
    present = statistic(gallery.queries, gallery.pictures, rest)
    absent = statistic(asked, gallery.pictures, rest)
    usual = statistic(rest, gallery.pictures, rest)
    return Asked(present, absent, standings(present, usual), standings(absent, usual))


def standings(values: Numbers, usual: Numbers) -> Numbers:
    """Return the share of the usual values that lie below each value."""
    return np.searchsorted(np.sort(usual), values) / len(usual)


def content(text: str) -> frozenset[str]:
    """Return the content words of a text, without a plural's s."""
    words = re.findall(r"[a-z]+", text.lower())
    return frozenset(word.rstrip("s") for word in words if word not in _FUNCTION_WORDS)


def stamps(encoder: Encoder, half: str) -> Gallery:
    """Load a half of the stamps with their captions."""
    found = load_stamps("train" if half == "train" else "eval")
    labels = [stamp.caption for stamp in found]
    said = [content(label) for label in labels]
    fits = np.array([[one is other or bool(one & other) for other in said] for one in said])
    pictures = encoded(encoder, [stamp.path for stamp in found])
    return Gallery(f"stamps, {half}", pictures, labels, encoder.encode_texts(labels), fits)


def photographs(encoder: Encoder, folder: Path) -> Gallery:
    """Load a folder of labelled photographs."""
    rows = list(csv.DictReader((folder / "labels.csv").open(encoding="utf-8")))
    return _labelled(
        "photographs",
        encoder,
        [folder / row["file"] for row in rows],
        [row["label"] for row in rows],
    )


def demo_photographs(encoder: Encoder) -> Gallery | None:
    """Load the photographs that packages carry, if there are any whose content we know."""
    label_of = {name: label for label, names in SHOWN.items() for name in names}
    with TemporaryDirectory() as folder:
        paths = gather(Path(folder) / "photographs", [Path(sys.prefix) / "photographs"])
        labels = [label_of.get(path.name, "") for path in paths]
        return _labelled("demo", encoder, paths, labels) if any(labels) else None


def _labelled(name: str, encoder: Encoder, paths: Sequence[Path], of: Sequence[str]) -> Gallery:
    labels = sorted(set(of) - {""})
    fits = np.array([[one == label for one in of] for label in labels])
    return Gallery(name, encoded(encoder, paths), labels, encoder.encode_texts(labels), fits)


def main(argv: Sequence[str] | None = None) -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="offline", help="offline, open_clip:…, transformers:…")
    parser.add_argument("--photos", type=Path, help="a folder of photographs with labels.csv")
    options = parser.parse_args(argv)
    encoder = load_encoder(options.encoder)
    words = encoder.encode_texts(list(reference_words()))
    galleries = list(_galleries(encoder, options.photos))
    tuning = cosine(galleries[0].queries, galleries[0].pictures, words)
    Console().print(_compared(galleries, words, float(np.quantile(tuning, DOUBTED))))
    Console().print(_operating_points(galleries, words))


def _galleries(encoder: Encoder, photos: Path | None) -> Iterator[Gallery]:
    yield stamps(encoder, "train")
    yield stamps(encoder, "eval")
    if photos:
        yield photographs(encoder, photos)
    if demo := demo_photographs(encoder):
        yield demo


def _compared(galleries: Sequence[Gallery], words: Vectors, flat: float) -> Table:
    table = Table(
        *("gallery", "statistic", "AUC", "false accept", "false reject"),
        *("AUC, foreign words", "false accept, foreign words"),
        title=f"doubted below {DOUBTED:.0%} of the reference words",
    )
    for gallery in galleries:
        name = f"{gallery.name}: {len(gallery.labels)} labels, {len(gallery.pictures)} pictures"
        removed = with_pictures_removed(gallery, words, cosine)
        foreign = with_other_words(gallery, words, cosine)
        at_flat = error_rates(removed.present, removed.absent, flat)
        others = error_rates(foreign.present, foreign.absent, flat)
        errors = (at_flat.false_accept, at_flat.false_reject, others.false_accept)
        accept, reject, foreign_accept = (f"{error:.2f}" for error in errors)
        flat_name = f"cosine below {flat:.2f} everywhere"
        table.add_row(name, flat_name, "", accept, reject, "", foreign_accept)
        for title, statistic in STATISTICS.items():
            table.add_row("", title, *_cells(gallery, words, statistic))
    return table


def _cells(gallery: Gallery, words: Vectors, statistic: Statistic) -> Iterator[str]:
    removed = with_pictures_removed(gallery, words, statistic)
    foreign = with_other_words(gallery, words, statistic)
    rates = error_rates(removed.present_standing, removed.absent_standing, DOUBTED)
    others = error_rates(foreign.present_standing, foreign.absent_standing, DOUBTED)
    yield f"{auc(removed.present, removed.absent):.3f}"
    yield f"{rates.false_accept:.2f}"
    yield f"{rates.false_reject:.2f}"
    yield f"{auc(foreign.present, foreign.absent):.3f}"
    yield f"{others.false_accept:.2f}"


def _operating_points(galleries: Sequence[Gallery], words: Vectors) -> Table:
    heads = (f"{kind}, {share:.0%}" for share in SHARES for kind in ("accept", "reject"))
    table = Table(
        "gallery",
        *heads,
        title="false accept and false reject of the height, by the share that is doubted",
    )
    for gallery in galleries:
        asked = with_pictures_removed(gallery, words, height)
        rates = [error_rates(asked.present_standing, asked.absent_standing, s) for s in SHARES]
        cells = ((f"{one.false_accept:.2f}", f"{one.false_reject:.2f}") for one in rates)
        table.add_row(gallery.name, *(cell for pair in cells for cell in pair))
    return table


if __name__ == "__main__":
    main()
