"""CIRR: composed retrieval of real-life pictures (Liu et al., ICCV 2021).

Two tasks per split: "recall" over all its pictures, and "recall_subset" among the six that look
alike. Many papers report (R@5 + R_subset@1) / 2. Right answers of test1 are hidden: its rankings go
to the server (`eval.runs.submission`). Trap: the reference picture has to be out of both, or
R@1 is about 1 %, as in MIEB.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from eval.benchmark import Benchmark, Item, Measure, Question, Task
from eval.benchmarks.dataset import Dataset, DatasetPart
from eval.benchmarks.published.annotation_files import (
    each,
    number_of,
    read_json,
    taken_from,
    text_of,
    texts_of,
)
from eval.metrics.recall import recall

WHOLE = tuple(recall(n) for n in (1, 5, 10, 50))
SUBSET = tuple(recall(n) for n in (1, 2, 3))
_PAGE = "https://github.com/Cuberick-Orion/CIRR/tree/cirr_dataset"
_NLVR = "https://github.com/lil-lab/nlvr/tree/master/nlvr2"


def load(folder: Path, *, split: str) -> Benchmark:
    """Read a split, `val` or `test1`.

    Raises:
        DatasetError: a file is missing or not as published.
    """
    listed = folder / f"image_splits/split.rc2.{split}.json"
    with taken_from(listed, "CIRR's list of pictures"):
        rows = read_json(listed).items()
        paths = dict(each(listed, rows, lambda one: (one[0], folder / "img_raw" / one[1])))
    captions = folder / f"captions/cap.rc2.{split}.json"
    with taken_from(captions, "CIRR's captions"):
        plain = read_json(captions)
        whole = each(captions, plain, lambda one: _question(one, paths))
        subset = each(captions, plain, lambda one: _question(one, paths, subset=True))
    tasks = (
        _task("recall", paths, whole, WHOLE),
        _task("recall_subset", paths, subset, SUBSET),
    )
    protocol = (
        f"CIRR {split}: {len(whole):,} questions over {len(paths):,} pictures, and among the 5 that"
        " look like the reference; without the reference"
    )
    return Benchmark(f"cirr-{split}", protocol, tasks)


def _task(
    name: str,
    paths: Mapping[str, Path],
    questions: Sequence[Question],
    measures: tuple[Measure, ...],
) -> Task:
    gallery = tuple(Item(one, path=path) for one, path in paths.items())
    known = measures if all(one.relevant for one in questions) else ()
    return Task(name, gallery, tuple(questions), known, depth=50)


def _question(
    plain: Mapping[str, Any], paths: Mapping[str, Path], *, subset: bool = False
) -> Question:
    target, reference = plain.get("target_hard"), text_of(plain, "reference")
    pool = frozenset(texts_of(plain["img_set"], "members")) - {reference}
    if unknown := sorted((pool | {target or reference}) - paths.keys()):
        raise ValueError(f"it names {unknown[0]!r}, which is not listed")
    return Question(
        id=str(number_of(plain, "pairid")),
        turns=(text_of(plain, "caption"),),
        picture=paths[reference],
        relevant={target: 1.0} if target else {},
        excluded=frozenset({reference}),
        pool=pool if subset else None,
    )


DATASETS = tuple(
    Dataset(
        f"cirr-{split}",
        f"CIRR {split}: composed retrieval, whole gallery and look-alikes{hidden}",
        (
            DatasetPart(f"captions/cap.rc2.{split}.json", "questions", _PAGE),
            DatasetPart(f"image_splits/split.rc2.{split}.json", "list of pictures", _PAGE),
            DatasetPart(f"img_raw/{pictures}", "pictures", _NLVR),
        ),
        partial(load, split=split),
        {"recall": counts, "recall_subset": counts},
    )
    for split, pictures, counts, hidden in (
        ("val", "dev", (4181, 2297), ""),
        ("test1", "test1", (4148, 2315), "; for the server only"),
    )
)
