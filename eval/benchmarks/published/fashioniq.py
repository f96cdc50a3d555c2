"""FashionIQ: composed retrieval of dresses, shirts and tops (Wu et al., CVPR 2021).

A reference and two people's captions of what is different, joined by "and" as CIReVL (ICLR 2024)
does. Figures are the mean over the three categories, each with a gallery of its own. Trap: the
gallery. `fashioniq-val` takes the published lists of pictures (3,817 dresses); many papers take
only those that questions name (2,628), `fashioniq-val-union`, where recall is higher. The reference
stays in the ranking.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from eval.benchmark import Benchmark, Item, Question, Task
from eval.benchmarks.dataset import Dataset, DatasetPart
from eval.benchmarks.published.annotation_files import (
    each,
    read_json,
    taken_from,
    text_of,
    texts_of,
)
from eval.metrics.recall import recall

MEASURES = (recall(10), recall(50))
ORIGINAL = {"dress": (2017, 3817), "shirt": (2038, 6346), "toptee": (1961, 5373)}
UNION = {"dress": (2017, 2628), "shirt": (2038, 3089), "toptee": (1961, 2902)}
_PAGE = "https://github.com/XiaoxiaoGuo/fashion-iq"
_PICTURES = "https://github.com/hongwang600/fashion-iq-metadata"


def load(folder: Path, *, union: bool) -> Benchmark:
    """Read the validation split of all categories, with either gallery.

    Raises:
        DatasetError: a file is missing or not as published.
    """
    tasks = tuple(_task(folder, category, union=union) for category in ORIGINAL)
    counts = ", ".join(
        f"{len(one.questions):,} over {len(one.gallery):,} ({one.name})" for one in tasks
    )
    which = "references and targets of the questions" if union else "the published lists"
    return Benchmark(
        "fashioniq-val-union" if union else "fashioniq-val",
        f"FashionIQ val, gallery = {which}, the reference left in: {counts}",
        tasks,
        mean=True,
    )


def joined(captions: Sequence[str]) -> str:
    """Return several people's captions as one."""
    return " and ".join(caption.strip(".?, ") for caption in captions)


def _task(folder: Path, category: str, *, union: bool) -> Task:
    listed = folder / f"image_splits/split.{category}.val.json"
    captions = folder / f"captions/cap.{category}.val.json"
    with taken_from(captions, "FashionIQ's captions"):
        plain = read_json(captions)
        roles = ("candidate", "target")
        pairs = each(captions, plain, lambda one: [text_of(one, role) for role in roles])
        named = dict.fromkeys(name for pair in pairs for name in pair)
        names = named if union else dict.fromkeys(each(listed, read_json(listed), _name))
        if unknown := [name for name in named if name not in names]:
            raise ValueError(f"{unknown[0]!r} is not in {listed.name}")
        paths = _paths(folder / "images", names)
        said = each(captions, plain, lambda one: joined(texts_of(one, "captions")))
        questions = tuple(
            Question(
                f"{category}-{at}",
                turns=(asked,),
                picture=paths[candidate],
                relevant={target: 1.0},
            )
            for at, (asked, (candidate, target)) in enumerate(zip(said, pairs, strict=True))
        )
    gallery = tuple(Item(name, path=paths[name]) for name in names)
    return Task(category, gallery, questions, MEASURES, depth=50)


def _name(plain: object) -> str:
    if not isinstance(plain, str):
        raise ValueError("not a picture's name")
    return plain


def _paths(folder: Path, names: Mapping[str, None]) -> dict[str, Path]:
    """Return where the pictures lie; copies in use hold PNG or JPEG files."""
    held = {path.stem: path for path in folder.iterdir()} if folder.is_dir() else {}
    return {name: held.get(name, folder / f"{name}.png") for name in names}


DATASETS = tuple(
    Dataset(
        name,
        f"FashionIQ val: composed retrieval of clothes, {about}",
        (
            *(
                DatasetPart(f"captions/cap.{one}.val.json", f"questions about {one}", _PAGE)
                for one in ORIGINAL
            ),
            *(
                DatasetPart(f"image_splits/split.{one}.val.json", f"pictures of {one}", _PAGE)
                for one in ORIGINAL
            ),
            DatasetPart("images", "pictures", _PICTURES),
        ),
        partial(load, union=counts is UNION),
        counts,
    )
    for name, about, counts in (
        ("fashioniq-val", "the published galleries", ORIGINAL),
        ("fashioniq-val-union", "galleries of the questions' pictures", UNION),
    )
)
