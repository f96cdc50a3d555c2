"""The published files of labelled pairs; pictures are named, not read."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.labelled.labelled_pairs import Pairs
from eval.benchmarks.published.annotation_files import each, number_of, read_json, taken_from
from eval.benchmarks.published.coco_flickr import coco_captions, coco_image
from retrievers.text.encodings import UnreadableText, read_text

CONCEPTS = 21  # the most frequent of NUS-WIDE's 81


def mirflickr(folder: Path, *, often: int) -> Pairs:
    """Read MIRFlickr-25K: tags, and the 24 labels of what may be seen (not those ending in _r1).

    Args:
        folder: of the copy.
        often: tags that stand less often are dropped, and pictures without a tag left with them;
            0: no picture is dropped for its tags.
    """
    tags = {}
    for path in (folder / "mirflickr/meta/tags").glob("tags*.txt"):
        with taken_from(path, "a file of MIRFlickr's tags"):
            tags[int(path.stem.removeprefix("tags"))] = _text(path).split()
    names = sorted(
        path
        for path in (folder / "mirflickr25k_annotations_v080").glob("*.txt")
        if not path.stem.endswith("_r1") and path.stem != "README"
    )
    labels = np.zeros((max(tags, default=0) + 1, len(names)), dtype=bool)
    for column, path in enumerate(names):
        with taken_from(path, "a list of MIRFlickr's pictures"):
            labels[each(path, _text(path).split(), partial(_place, len(labels))), column] = True
    counts = Counter(tag for held in tags.values() for tag in set(held))
    texts = {
        number: " ".join(tag for tag in tags[number] if counts[tag] >= often)
        for number in sorted(tags)
    }
    return _labelled(
        [folder / f"mirflickr/im{number}.jpg" for number in texts],
        list(texts.values()),
        labels[list(texts)],
        with_text=often > 0,
    )


def nuswide(folder: Path) -> Pairs:
    """Read NUS-WIDE: tags, and its 21 most frequent concepts."""
    lines = _lines(folder / "ImageList/Imagelist.txt")
    tags = [line.partition(" ")[2].strip() for line in _lines(folder / "NUS_WID_Tags/All_Tags.txt")]
    paths = sorted((folder / "Groundtruth/AllLabels").glob("Labels_*.txt"))
    columns = []
    for path in paths:
        with taken_from(path, "NUS-WIDE's labels of a concept"):
            columns.append(np.array(each(path, _text(path).split(), _flag), dtype=bool))
    lengths = {len(lines), len(tags), *map(len, columns)}
    if len(lengths) != 1 or not columns:
        raise DatasetError(
            f"{folder}: NUS-WIDE's files must be equally long; got {sorted(lengths)}"
        )
    often = sorted(range(len(columns)), key=lambda at: -int(columns[at].sum()))[:CONCEPTS]
    pictures = [folder / "Flickr" / line.strip().replace("\\", "/") for line in lines]
    return _labelled(pictures, tags, np.stack([columns[at] for at in sorted(often)], axis=1))


def coco(folder: Path) -> Pairs:
    """Read COCO 2014, train and val: the first caption, and the 80 kinds of things."""
    parts = [_coco_half(folder, half) for half in ("train", "val")]
    return Pairs(
        tuple(path for part in parts for path in part.pictures),
        tuple(text for part in parts for text in part.texts),
        np.concatenate([part.labels for part in parts]),
    )


def _coco_half(folder: Path, half: str) -> Pairs:
    things_file = folder / f"annotations/instances_{half}2014.json"
    captions_file = folder / f"annotations/captions_{half}2014.json"
    with taken_from(things_file, "COCO's file of things"):
        plain = read_json(things_file)
        kinds = each(
            things_file, plain["categories"], partial(number_of, name="id"), of="categories"
        )
        columns = {kind: at for at, kind in enumerate(kinds)}
        names = dict(each(things_file, plain["images"], coco_image, of="images"))
        rows = {image: at for at, image in enumerate(names)}
        labels = np.zeros((len(rows), len(columns)), dtype=bool)

        def thing(one: Mapping[str, Any]) -> tuple[int, int]:
            return rows[number_of(one, "image_id")], columns[number_of(one, "category_id")]

        for place in each(things_file, plain["annotations"], thing, of="annotations"):
            labels[place] = True
    with taken_from(captions_file, "COCO's file of captions"):
        captions = coco_captions(captions_file, read_json(captions_file))
    return _labelled(
        [folder / f"{half}2014" / name for name in names.values()],
        [captions.get(image, [""])[0] for image in names],
        labels,
    )


def wikipedia(folder: Path) -> Pairs:
    """Read Wikipedia's featured articles of ten categories, training pairs first."""
    categories = [line.strip() for line in _lines(folder / "categories.list")]

    def pair(line: str) -> tuple[Path, str, int]:
        text, picture, category = line.split("\t")
        if not 1 <= int(category) <= len(categories):
            raise ValueError(f"category {category} is none of the {len(categories)}")
        place = int(category) - 1
        file = folder / f"images/{categories[place]}/{picture}.jpg"
        return file, _article(folder / f"texts/{text}.xml"), place

    held = []
    for name in ("trainset_txt_img_cat.list", "testset_txt_img_cat.list"):
        held += each(folder / name, _lines(folder / name), pair)
    pictures, texts, places = zip(*held, strict=True) if held else ((), (), ())
    return Pairs(pictures, texts, _one_hot(places))


def pascal_sentence(folder: Path) -> Pairs:
    """Read Pascal Sentence: the first of every class, then the second of each, and so on."""
    by_class = [
        sorted(held.glob("*.txt"))
        for held in sorted((folder / "sentence").iterdir())
        if held.is_dir()
    ]
    order = sorted(
        (at, place, path) for place, paths in enumerate(by_class) for at, path in enumerate(paths)
    )
    return Pairs(
        tuple(folder / "dataset" / path.parent.name / f"{path.stem}.jpg" for _, _, path in order),
        tuple(" ".join(_lines(path)) for _, _, path in order),
        _one_hot([place for _, place, _ in order]),
    )


def _place(end: int, said: str) -> int:
    """Return a picture's number."""
    if not 0 <= int(said) < end:
        raise ValueError(f"a picture's number is below {end}")
    return int(said)


def _flag(said: str) -> bool:
    """Return whether a picture shows a concept."""
    if said not in ("0", "1"):
        raise ValueError("a label is 0 or 1")
    return said == "1"


def _article(path: Path) -> str:
    """Return an article's text; its XML is not always well-formed."""
    held = re.search(r"<text>(.*?)</text>", "\n".join(_lines(path)), re.DOTALL)
    if held is None:
        raise DatasetError(f"{path} has no <text>, as Wikipedia's articles do")
    return " ".join(held[1].split())


def _one_hot(places: Sequence[int]) -> NDArray[np.bool_]:
    labels: NDArray[np.bool_] = np.eye(max(places, default=-1) + 1, dtype=bool)[list(places)]
    return labels


def _labelled(
    pictures: Sequence[Path],
    texts: Sequence[str],
    labels: NDArray[np.bool_],
    *,
    with_text: bool = False,
) -> Pairs:
    """Keep those that have a label, and a text if there has to be one."""
    held = [at for at in np.flatnonzero(labels.any(axis=1)).tolist() if texts[at] or not with_text]
    return Pairs(tuple(pictures[at] for at in held), tuple(texts[at] for at in held), labels[held])


def _lines(path: Path) -> list[str]:
    return _text(path).splitlines()


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except UnreadableText as error:
        raise DatasetError(str(error)) from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error
