"""Flickr8K, Flickr30K and COCO captions: Karpathy's splits, and the files as first published.

Figures are for Karpathy's test split unless a name says otherwise: Flickr30K 1,000 pictures and
5,000 captions; COCO 5,000 and 25,010. Trap: COCO has pictures with six or seven captions; papers
that keep the first five ask 25,000 questions (`coco-5k-first5`). The 1K figures of COCO are the
mean of five folds of 1,000 pictures, far above the 5K ones.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark
from eval.benchmarks.captioned import Captioned, both_directions
from eval.benchmarks.dataset import Dataset, DatasetError, DatasetPart
from eval.benchmarks.published.annotation_files import (
    each,
    number_of,
    read_json,
    taken_from,
    text_of,
)
from eval.benchmarks.remarks import remark
from retrievers.text.encodings import UnreadableText, opened, read_text

_SPLITS = "https://cs.stanford.edu/people/karpathy/deepimagesent/caption_datasets.zip"
_FLICKR30K = "https://shannon.cs.illinois.edu/DenotationGraph/"
_FLICKR8K = "https://www.kaggle.com/datasets/adityajn105/flickr8k"
_COCO = "https://cocodataset.org/#download"


def karpathy(folder: Path, *, file: str, pictures: str, split: str = "test") -> list[Captioned]:
    """Read a split of one of Karpathy's JSON files, in its order.

    Args:
        folder: holds the file and the pictures.
        file: such as `dataset_flickr30k.json`.
        pictures: the folder of the pictures below `folder`; COCO's own folders lie in it.
        split: test, val, train or restval.

    Raises:
        DatasetError: the file is not as published.
    """
    path = folder / file

    def one(plain: Mapping[str, Any]) -> Captioned | None:
        if text_of(plain, "split") != split:
            return None
        name, below = text_of(plain, "filename"), plain.get("filepath", "")
        said = [text_of(sentence, "raw").strip() for sentence in plain["sentences"]]
        return Captioned(name, folder / pictures / below / name, tuple(said))

    with taken_from(path, "one of Karpathy's files"):
        held = each(path, read_json(path)["images"], one, of="images")
    return [picture for picture in held if picture]


def coco_official(folder: Path, *, file: str, pictures: str) -> list[Captioned]:
    """Read COCO's own caption file, such as `annotations/captions_val2017.json`.

    Raises:
        DatasetError: the file is not as published.
    """
    path = folder / file
    with taken_from(path, "a caption file of COCO"):
        plain = read_json(path)
        images = each(path, plain["images"], coco_image, of="images")
        captions = coco_captions(path, plain)
    _say_what_is_alone(path, {image for image, _ in images}, captions)
    return [
        Captioned(name, folder / pictures / name, tuple(captions[image]))
        for image, name in images
        if image in captions
    ]


def _say_what_is_alone(path: Path, images: Set[int], captions: Mapping[int, Sequence[str]]) -> None:
    """Tell of captions without a picture, and of pictures without one: both are left out."""
    every = sum(map(len, captions.values()))
    alone = sum(len(said) for image, said in captions.items() if image not in images)
    if alone:
        remark(
            f"{path}: {alone:,} of {every:,} annotations are of no picture that it lists; left out"
        )
    if bare := len(images - captions.keys()):
        remark(f"{path}: {bare:,} of {len(images):,} pictures have no annotation; left out")


def coco_image(plain: Mapping[str, Any]) -> tuple[int, str]:
    """Return the id and the file of one of COCO's pictures."""
    return number_of(plain, "id"), text_of(plain, "file_name")


def coco_captions(path: Path, plain: Mapping[str, Any]) -> dict[int, list[str]]:
    """Return the captions of each picture that a file of COCO's holds, in the order of their ids.

    Raises:
        DatasetError: a row is not as published.
    """
    rows = each(path, plain["annotations"], _caption, of="annotations")
    captions: dict[int, list[str]] = {}
    for _, image, said in sorted(rows):
        captions.setdefault(image, []).append(said)
    return captions


def _caption(plain: Mapping[str, Any]) -> tuple[int, int, str]:
    return number_of(plain, "id"), number_of(plain, "image_id"), text_of(plain, "caption").strip()


def token_file(folder: Path, *, file: str, pictures: str, chosen: str = "") -> list[Captioned]:
    """Read the Flickr captions as first published: `picture.jpg#0<tab>caption` a line.

    The comma-separated and the `|`-separated copies that are in use are read too.

    Args:
        folder: holds the file and the pictures.
        file: such as `results_20130124.token` or `Flickr8k.token.txt`.
        pictures: the folder of the pictures below `folder`.
        chosen: a file that lists the split's pictures, one a line; none: all.

    Raises:
        DatasetError: a line is not of one of these forms.
    """
    captions = defaultdict[str, list[str]](list)
    for name, text in _lines(folder / file):
        captions[name].append(text)
    names: Iterable[str] = captions
    if chosen:
        listed = read_text(folder / chosen).split()
        names = [name if name.endswith(".jpg") else f"{name}.jpg" for name in listed]
    if unknown := [name for name in names if name not in captions]:
        raise DatasetError(f"{folder / file} has no caption of {unknown[0]}")
    return [Captioned(name, folder / pictures / name, tuple(captions[name])) for name in names]


def _lines(path: Path) -> Iterable[tuple[str, str]]:
    try:
        yield from _pairs(path)
    except UnreadableText as error:
        raise DatasetError(str(error)) from error


def _pairs(path: Path) -> Iterable[tuple[str, str]]:
    with opened(path) as file:
        head = file.readline()
        mark = "\t" if "\t" in head else "|" if "|" in head else ","
        file.seek(0)
        plain = csv.reader(file, delimiter=mark, quoting=csv.QUOTE_NONE)
        for number, cells in enumerate(plain if mark != "," else csv.reader(file), start=1):
            name = cells[0].partition("#")[0].strip() if cells else ""
            if number == 1 and not name.endswith(".jpg"):
                continue
            if len(cells) < 2 or not name.endswith(".jpg"):
                raise DatasetError(f"{path}:{number}: not a picture and its caption: {cells!r}")
            yield name, cells[-1].strip()


def _benchmark(
    folder: Path,
    *,
    name: str,
    read: Callable[[Path], list[Captioned]],
    about: str,
    first: int | None = None,
    fold: int = 0,
) -> Benchmark:
    """Make the benchmark: at most `first` captions a picture, in folds of `fold` pictures."""
    pictures = [
        Captioned(one.id, one.path, one.captions[:first]) if first else one for one in read(folder)
    ]
    texts = sum(len(one.captions) for one in pictures)
    protocol = f"{about}: {len(pictures):,} pictures, {texts:,} captions"
    folds: Sequence[Sequence[Captioned]] = [pictures]
    if fold:
        folds = [pictures[at : at + fold] for at in range(0, len(pictures), fold)]
        protocol += f", mean of {len(folds)} folds of {fold:,}"
    return Benchmark(
        name, protocol, tuple(task for part in folds for task in both_directions(part))
    )


def _dataset(
    name: str,
    about: str,
    read: Callable[[Path], list[Captioned]],
    parts: tuple[DatasetPart, ...],
    counts: tuple[int, int],
    *,
    first: int | None = None,
    fold: int = 0,
) -> Dataset:
    pictures, texts = counts
    load = partial(_benchmark, name=name, read=read, about=about, first=first, fold=fold)
    both = {"text-to-image": (texts, pictures), "image-to-text": (pictures, texts)}
    return Dataset(name, about, parts, load, {} if fold else both)


_30K = DatasetPart("flickr30k-images", "pictures", _FLICKR30K)
_8K = DatasetPart("Flicker8k_Dataset", "pictures", _FLICKR8K)
_KARPATHY_COCO = (
    DatasetPart("dataset_coco.json", "Karpathy's captions and splits", _SPLITS),
    DatasetPart("val2014", "pictures", _COCO),
)
_coco_test = partial(karpathy, file="dataset_coco.json", pictures="")
DATASETS = (
    _dataset(
        "flickr30k",
        "Flickr30K, Karpathy test",
        partial(karpathy, file="dataset_flickr30k.json", pictures=_30K.path),
        (DatasetPart("dataset_flickr30k.json", "Karpathy's captions and splits", _SPLITS), _30K),
        (1000, 5000),
    ),
    _dataset(
        "flickr30k-original",
        "Flickr30K, all pictures, the captions as first published",
        partial(token_file, file="results_20130124.token", pictures=_30K.path),
        (DatasetPart("results_20130124.token", "captions", _FLICKR30K), _30K),
        (31783, 158915),
    ),
    _dataset(
        "flickr8k",
        "Flickr8K, Karpathy test",
        partial(karpathy, file="dataset_flickr8k.json", pictures=_8K.path),
        (DatasetPart("dataset_flickr8k.json", "Karpathy's captions and splits", _SPLITS), _8K),
        (1000, 5000),
    ),
    _dataset(
        "flickr8k-original",
        "Flickr8K, its own test pictures",
        partial(
            token_file,
            file="Flickr8k.token.txt",
            pictures=_8K.path,
            chosen="Flickr_8k.testImages.txt",
        ),
        (
            DatasetPart("Flickr8k.token.txt", "captions", _FLICKR8K),
            DatasetPart("Flickr_8k.testImages.txt", "the test split", _FLICKR8K),
            _8K,
        ),
        (1000, 5000),
    ),
    _dataset("coco-5k", "COCO, Karpathy test", _coco_test, _KARPATHY_COCO, (5000, 25010)),
    _dataset(
        "coco-5k-first5",
        "COCO, Karpathy test, first five captions",
        _coco_test,
        _KARPATHY_COCO,
        (5000, 25000),
        first=5,
    ),
    _dataset(
        "coco-1k", "COCO, Karpathy test", _coco_test, _KARPATHY_COCO, (5000, 25010), fold=1000
    ),
    _dataset(
        "coco-val2017",
        "COCO val2017",
        partial(coco_official, file="annotations/captions_val2017.json", pictures="val2017"),
        (
            DatasetPart("annotations/captions_val2017.json", "captions", _COCO),
            DatasetPart("val2017", "pictures", _COCO),
        ),
        (5000, 25014),
    ),
)
