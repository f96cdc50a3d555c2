"""Tux Paint's stamps: several hundred drawings and photographs, captioned in many languages.

Debian's `tuxpaint-stamps-default` puts them in /usr/share/tuxpaint/stamps. One stamp is taken per
distinct English caption, without the folder `symbols` (letters, digits, coins: no things). A hash
of the path halves them: what is tuned, is tuned on the training half.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from eval.benchmark import Benchmark, Item, Question, Task
from eval.benchmarks.dataset import Dataset, DatasetError, DatasetPart
from eval.metrics.recall import median_rank, recall
from retrievers.text.encodings import read_text

STAMPS = Path("/usr/share/tuxpaint/stamps")
Half = Literal["train", "eval", "all"]
LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt_BR", "nl", "da", "sv", "fi", "pl", "cs", "hu", "ru", "uk"),
    *("el", "ka", "gu", "ja", "ko"),
)
_PACKAGE = "https://packages.debian.org/tuxpaint-stamps-default"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A picture with a caption.

    Attributes:
        path: the PNG file.
        below: its path below the stamps' folder.
        caption: in English.
        captions: in other languages, by their code.
    """

    path: Path
    below: str
    caption: str
    captions: Mapping[str, str] = field(default_factory=dict)


def load_stamps(half: Half, folder: Path = STAMPS) -> list[Stamp]:
    """Return the captioned stamps of a half, by path.

    Raises:
        FileNotFoundError: the stamps are not installed.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no stamps at {folder}; apt install tuxpaint-stamps-default")
    stamps: dict[str, Stamp] = {}
    for path in sorted(folder.rglob("*.png")):
        below = path.relative_to(folder).as_posix()
        if below.startswith("symbols/") or not (text := path.with_suffix(".txt")).exists():
            continue
        caption, captions = _read(text)
        if caption:
            stamps.setdefault(caption, Stamp(path, below, caption, captions))
    return [stamp for stamp in stamps.values() if half in ("all", half_of(stamp))]


def half_of(stamp: Stamp) -> Half:
    """Return the half that a stamp belongs to, by a hash of its path."""
    odd = int(hashlib.sha256(stamp.below.encode()).hexdigest(), 16) % 2
    return "eval" if odd else "train"


def _read(path: Path) -> tuple[str, dict[str, str]]:
    """Return the English caption and the others; their lines begin with `de.utf8=`."""
    first, *lines = read_text(path).splitlines() or [""]
    pairs = (line.partition("=") for line in lines)
    captions = {
        name.removesuffix(".utf8"): text.strip()
        for name, mark, text in pairs
        if mark and name.endswith(".utf8") and text.strip()
    }
    return first.strip(), captions


def _benchmark(folder: Path, *, half: Half) -> Benchmark:
    try:
        stamps = load_stamps(half, folder)
    except FileNotFoundError as error:
        raise DatasetError(str(error)) from error
    protocol = f"{len(stamps)} stamps, {half} half, pool = all of them; no file names searched"
    tasks = (_to_images(stamps, "en", "text-to-image"), _to_texts(stamps))
    return Benchmark(f"stamps-{half}", protocol, tasks)


def _languages(folder: Path, *, half: Half) -> Benchmark:
    """Ask in every language for the same pictures: those that all the languages caption."""
    try:
        every = load_stamps(half, folder)
    except FileNotFoundError as error:
        raise DatasetError(str(error)) from error
    others = LANGUAGES[1:]
    stamps = [stamp for stamp in every if all(one in stamp.captions for one in others)]
    return Benchmark(
        f"stamps-languages-{half}",
        f"{len(stamps)} stamps of the {half} half that have captions in {len(LANGUAGES)} languages,"
        " pool = these",
        tuple(_to_images(stamps, language, language) for language in LANGUAGES),
    )


def _to_images(stamps: Sequence[Stamp], language: str, name: str) -> Task:
    questions = tuple(
        Question(
            f"{language}/{stamp.below}",
            turns=(stamp.caption if language == "en" else stamp.captions[language],),
            relevant={stamp.below: 1.0},
            group=language,
        )
        for stamp in stamps
    )
    gallery = tuple(Item(stamp.below, path=stamp.path) for stamp in stamps)
    return Task(name, gallery, questions, (recall(1), recall(5), recall(10), median_rank()))


def _to_texts(stamps: Sequence[Stamp]) -> Task:
    return Task(
        "image-to-text",
        tuple(Item(stamp.below, text=stamp.caption) for stamp in stamps),
        tuple(Question(one.below, picture=one.path, relevant={one.below: 1.0}) for one in stamps),
        (recall(1), recall(5), recall(10), median_rank()),
    )


_PARTS = (DatasetPart("", "Tux Paint's stamps", _PACKAGE),)
_HALVES: tuple[Half, ...] = ("train", "eval", "all")
DATASETS = (
    *(
        Dataset(
            f"stamps-{half}",
            f"Tux Paint's stamps, {half} half, English captions",
            _PARTS,
            partial(_benchmark, half=half),
        )
        for half in _HALVES
    ),
    *(
        Dataset(
            f"stamps-languages-{half}",
            f"Tux Paint's stamps, {half} half, the same captions in {len(LANGUAGES)} languages",
            _PARTS,
            partial(_languages, half=half),
        )
        for half in _HALVES
    ),
)
