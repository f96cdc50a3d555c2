"""GeneCIS: four kinds of similarity, each question with a small gallery (Vaze et al., CVPR 2023).

A reference and a word that says what to keep (focus) or to change, of an attribute or an object;
10 or 15 candidates, one of them right. Figures are the mean over the four tasks.

Trap: in the attribute tasks a candidate is a box of a Visual Genome picture, widened by 0.7 of its
sides and padded to a square with black; whole pictures give other figures. `cut` writes the boxes
to files, once: `python -m eval.benchmarks.published.genecis DIR`.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from eval.benchmark import Benchmark, Item, Question, Task
from eval.benchmarks.dataset import Dataset, DatasetError, DatasetPart
from eval.benchmarks.published.annotation_files import each, read_json, taken_from, text_of
from eval.metrics.recall import recall

MEASURES = (recall(1), recall(2), recall(3))
TASKS = ("focus_attribute", "change_attribute", "focus_object", "change_object")
WIDENED = 0.7  # share of a box's sides that is added
_PAGE = "https://github.com/facebookresearch/genecis"
_COCO = "https://cocodataset.org/#download"
_GENOME = "https://homes.cs.washington.edu/~ranjay/visualgenome/api.html"


def load(folder: Path) -> Benchmark:
    """Read the four tasks.

    Raises:
        DatasetError: a file is missing or not as published.
    """
    tasks = tuple(_task(folder, name) for name in TASKS)
    counts = ", ".join(f"{len(one.questions):,} ({one.name})" for one in tasks)
    return Benchmark("genecis", f"GeneCIS: {counts}; a gallery each", tasks, mean=True)


def cut(folder: Path) -> int:
    """Write the boxes of the attribute tasks that are not there yet; return how many.

    Raises:
        DatasetError: a file or a picture is missing.
    """
    boxes = {_path(folder, one): one for name in TASKS[:2] for one in _pictures(folder, name)}
    left = {path: one for path, one in boxes.items() if not path.exists()}
    for path, one in left.items():
        source = folder / "visual_genome" / f"{one['image_id']}.jpg"
        try:
            with Image.open(source) as whole:
                cropped = _widened(whole.convert("RGB"), *one["instance_bbox"])
                profile = whole.info.get("icc_profile")
        except OSError as error:
            raise DatasetError(f"{source} cannot be read: {error}; see {_GENOME}") from error
        path.parent.mkdir(exist_ok=True)
        ImageOps.pad(cropped, (max(cropped.size),) * 2).save(path, icc_profile=profile)
    return len(left)


def _widened(whole: Image.Image, x: float, y: float, width: float, height: float) -> Image.Image:
    left, top = max(0, x - WIDENED * width), max(0, y - WIDENED * height)
    right = min(whole.width, left + (1 + WIDENED) * width)
    bottom = min(whole.height, top + (1 + WIDENED) * height)
    return whole.crop((round(left), round(top), round(right), round(bottom)))


def _task(folder: Path, name: str) -> Task:
    file = folder / f"genecis/{name}.json"
    with taken_from(file, "one of GeneCIS's files"):
        asked = each(file, read_json(file), lambda one: _question(folder, one))
        questions = tuple(replace(one, id=f"{name}-{at}") for at, one in enumerate(asked))
    shown = {path.stem: path for path in (_path(folder, one) for one in _pictures(folder, name))}
    pooled = frozenset[str]().union(*(one.pool or () for one in questions))
    gallery = tuple(Item(one, path=path) for one, path in shown.items() if one in pooled)
    return Task(name, gallery, questions, MEASURES, depth=15)


def _question(folder: Path, plain: Mapping[str, Any]) -> Question:
    """Read one; its id is its place in the file."""
    target = _path(folder, plain["target"]).stem
    others = [_path(folder, one).stem for one in plain["gallery"]]
    return Question(
        "",
        turns=(text_of(plain, "condition"),),
        picture=_path(folder, plain["reference"]),
        relevant={target: 1.0},
        pool=frozenset({target, *others}),
    )


def _pictures(folder: Path, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield every picture that a task names, references included."""
    file = folder / f"genecis/{name}.json"
    with taken_from(file, "one of GeneCIS's files"):
        for some in each(file, read_json(file), _named):
            yield from some


def _named(plain: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [plain["reference"], plain["target"], *plain["gallery"]]


def _path(folder: Path, plain: Mapping[str, Any]) -> Path:
    """Return a picture's file: COCO's own, or the cut box of a Visual Genome picture."""
    if "val_image_id" in plain:
        return folder / "val2017" / f"{plain['val_image_id']:012}.jpg"
    box = "_".join(str(round(side)) for side in plain["instance_bbox"])
    return folder / "boxes" / f"{plain['image_id']}_{box}.png"


DATASETS = (
    Dataset(
        "genecis",
        "GeneCIS: focus on or change an attribute or an object, 10 or 15 candidates",
        (
            *(DatasetPart(f"genecis/{name}.json", "questions", _PAGE) for name in TASKS),
            DatasetPart("val2017", "pictures of the object tasks", _COCO),
            DatasetPart(
                "boxes",
                "pictures of the attribute tasks, cut from DIR/visual_genome by `python -m"
                " eval.benchmarks.published.genecis DIR`",
                _GENOME,
            ),
        ),
        load,
    ),
)

if __name__ == "__main__":
    sys.stdout.write(f"{cut(Path(sys.argv[1]))} boxes are cut\n")
