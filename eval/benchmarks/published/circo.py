"""CIRCO: composed retrieval with several right answers (Baldrati et al., ICCV 2023).

A reference picture and what shall be different; 220 questions of the validation split, 800 of the
test split, over all 123,403 pictures of COCO unlabeled2017. Right answers of the test split are
hidden: its rankings go to the server (`eval.runs.submission`). Traps: several pictures are
right, so the figure is mAP@k of the reachable ones, not R@1; the reference stays in the ranking,
unlike CIRR's.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark, Item, Question, Task
from eval.benchmarks.dataset import Dataset, DatasetPart
from eval.benchmarks.published.annotation_files import (
    each,
    number_of,
    read_json,
    taken_from,
    text_of,
)
from eval.metrics.average_precision import mean_average_precision

MEASURES = tuple(mean_average_precision(k, of="reachable") for k in (5, 10, 25, 50))
PICTURES = 123_403
_PAGE = "https://github.com/miccunifi/CIRCO"
_COCO = "https://cocodataset.org/#download"
_INFO = "COCO2017_unlabeled/annotations/image_info_unlabeled2017.json"
_FOLDER = "COCO2017_unlabeled/unlabeled2017"


def load(folder: Path, *, split: str) -> Benchmark:
    """Read a split, `val` or `test`; pictures are known by COCO's number.

    Raises:
        DatasetError: a file is missing or not as published.
    """
    paths = _pictures(folder)
    annotations = folder / "annotations" / f"{split}.json"
    with taken_from(annotations, "CIRCO's annotations"):
        questions = tuple(
            each(annotations, read_json(annotations), lambda one: _question(one, paths))
        )
    measures = MEASURES if all(one.relevant for one in questions) else ()
    gallery = tuple(Item(name, path=path) for name, path in paths.items())
    protocol = (
        f"CIRCO {split}: {len(questions):,} questions over {len(gallery):,} pictures of COCO"
        " unlabeled2017, the reference left in"
    )
    task = Task("composed", gallery, questions, measures, depth=50)
    return Benchmark(f"circo-{split}", protocol, (task,))


def _pictures(folder: Path) -> dict[str, Path]:
    with taken_from(folder / _INFO, "COCO's list of pictures"):
        listed = read_json(folder / _INFO)["images"]
        return dict(each(folder / _INFO, listed, partial(_picture, folder), of="images"))


def _picture(folder: Path, plain: Mapping[str, Any]) -> tuple[str, Path]:
    return str(number_of(plain, "id")), folder / _FOLDER / text_of(plain, "file_name")


def _question(plain: Mapping[str, Any], paths: Mapping[str, Path]) -> Question:
    right = [str(one) for one in plain.get("gt_img_ids", ())]
    if unknown := [one for one in right if one not in paths]:
        raise ValueError(f"it is answered by {unknown[0]}, which is not listed")
    return Question(
        id=str(number_of(plain, "id")),
        turns=(text_of(plain, "relative_caption"),),
        picture=paths[str(number_of(plain, "reference_img_id"))],
        relevant=dict.fromkeys(right, 1.0),
    )


DATASETS = tuple(
    Dataset(
        f"circo-{split}",
        f"CIRCO {split}: composed retrieval, several right answers{hidden}",
        (
            DatasetPart(f"annotations/{split}.json", "questions", _PAGE),
            DatasetPart(_INFO, "list of pictures", _COCO),
            DatasetPart(_FOLDER, "pictures", _COCO),
        ),
        partial(load, split=split),
        {"composed": (questions, PICTURES)},
    )
    for split, questions, hidden in (("val", 220, ""), ("test", 800, "; for the server only"))
)
