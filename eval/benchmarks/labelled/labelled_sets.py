"""MIRFlickr, NUS-WIDE, COCO, Wikipedia and Pascal Sentence, with labels, as published.

Counts are those of the protocols P1 and P2 of `eval.metrics.hashing`, and of DSCMR's. Random parts
are drawn with seed 0, since papers do not publish theirs: two papers never have the same queries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from eval.benchmarks.dataset import DatasetError, DatasetPart, missing_parts, missing_pictures
from eval.benchmarks.labelled import labelled_files as files
from eval.benchmarks.labelled.labelled_pairs import LabelledPairs, Pairs, Places, held_out, split

_MIR = "https://press.liacs.nl/mirflickr/mirdownload.html"
_NUS = "https://lms.comp.nus.edu.sg/wp-content/uploads/2019/research/nuswide/NUS-WIDE.html"
_COCO = "https://cocodataset.org/#download"
_WIKI = "http://www.svcl.ucsd.edu/projects/crossmodal/"
_PASCAL = "https://vision.cs.uiuc.edu/pascal-sentences/"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A labelled dataset under one protocol, not yet read.

    Attributes:
        name: such as "mirflickr-p2".
        about: one line.
        parts: what a copy must hold.
        read: reads a copy; raises `DatasetError`.
        divide: returns the places of the queries, of what is ranked, and of the training part.
        pairs: how many there are as published.
    """

    name: str
    about: str
    parts: tuple[DatasetPart, ...]
    read: Callable[[Path], Pairs]
    divide: Callable[[Pairs], tuple[Places, Places, Places]]
    pairs: int

    def load(self, folder: Path) -> LabelledPairs:
        """Read a copy and split it.

        Raises:
            DatasetError: a part is missing, not as published, or there are other counts.
        """
        if missing := missing_parts(self.parts, folder):
            raise DatasetError(missing[0])
        pairs = self.read(folder)
        if len(pairs) != self.pairs:
            raise DatasetError(
                f"{self.name} has {len(pairs)} pairs in {folder}; published are {self.pairs}"
            )
        return divided(self, pairs)


def labelled_problems(labelled_set: LabelledSet, folder: Path) -> list[str]:
    """Return what keeps a copy from being used, a line each; nothing if it is whole."""
    if missing := missing_parts(labelled_set.parts, folder):
        return missing
    try:
        pairs = labelled_set.load(folder).pairs
    except DatasetError as error:
        return [str(error)]
    return missing_pictures(set(pairs.pictures))


def divided(labelled_set: LabelledSet, pairs: Pairs) -> LabelledPairs:
    """Split pairs as the protocol says, and count them.

    Raises:
        ValueError: there are too few.
    """
    query, retrieval, train = labelled_set.divide(pairs)
    protocol = (
        f"{labelled_set.about}: {len(pairs):,} pairs, {len(query):,} queries, {len(retrieval):,} "
        "ranked,"
        f" {len(train):,} to train on"
    )
    return LabelledPairs(labelled_set.name, protocol, pairs, query, retrieval, train)


_MIR_PARTS = (
    DatasetPart("mirflickr/meta/tags", "tags", _MIR),
    DatasetPart("mirflickr25k_annotations_v080", "labels", _MIR),
)
_NUS_PARTS = (
    DatasetPart("ImageList/Imagelist.txt", "list of pictures", _NUS),
    DatasetPart("NUS_WID_Tags/All_Tags.txt", "tags", _NUS),
    DatasetPart("Groundtruth/AllLabels", "labels", _NUS),
)
_COCO_PARTS = tuple(
    DatasetPart(f"annotations/{kind}_{half}2014.json", kind, _COCO)
    for half in ("train", "val")
    for kind in ("instances", "captions")
)
_WIKI_PARTS = tuple(
    DatasetPart(name, about, _WIKI)
    for name, about in (
        ("trainset_txt_img_cat.list", "training pairs"),
        ("testset_txt_img_cat.list", "test pairs"),
        ("categories.list", "categories"),
        ("texts", "texts"),
    )
)
_PASCAL_PARTS = (
    DatasetPart("sentence", "sentences by class", _PASCAL),
    DatasetPart("dataset", "pictures by class", _PASCAL),
)
SETS = (
    LabelledSet(
        "mirflickr-p1",
        "MIRFlickr, P1 (DCMH)",
        _MIR_PARTS,
        partial(files.mirflickr, often=20),
        partial(split, query=2_000, train=10_000),
        20_015,
    ),
    LabelledSet(
        "mirflickr-p2",
        "MIRFlickr, P2 (DCHMT)",
        _MIR_PARTS,
        partial(files.mirflickr, often=0),
        partial(split, query=5_000, train=10_000),
        24_581,
    ),
    LabelledSet(
        "nuswide-p1",
        "NUS-WIDE, P1 (DCMH)",
        _NUS_PARTS,
        files.nuswide,
        partial(split, query=2_100, train=10_500),
        195_834,
    ),
    LabelledSet(
        "nuswide-p2",
        "NUS-WIDE, P2 (DCHMT)",
        _NUS_PARTS,
        files.nuswide,
        partial(split, query=5_000, train=10_000),
        195_834,
    ),
    LabelledSet(
        "coco-p2",
        "COCO, P2 (DCHMT)",
        _COCO_PARTS,
        files.coco,
        partial(split, query=5_000, train=10_000),
        122_218,
    ),
    LabelledSet(
        "wikipedia-693",
        "Wikipedia, its own test pairs",
        _WIKI_PARTS,
        files.wikipedia,
        partial(held_out, train=2_173, test=693),
        2_866,
    ),
    LabelledSet(
        "wikipedia-462",
        "Wikipedia, two thirds of its test pairs (DSCMR)",
        _WIKI_PARTS,
        files.wikipedia,
        partial(held_out, train=2_173, test=462),
        2_866,
    ),
    LabelledSet(
        "pascal-sentence",
        "Pascal Sentence (DSCMR)",
        _PASCAL_PARTS,
        files.pascal_sentence,
        partial(held_out, train=800, test=100),
        1_000,
    ),
)
LABELLED = {one.name: one for one in SETS}


def labelled_set(name: str) -> LabelledSet:
    """Return one of them.

    Raises:
        DatasetError: there is none of that name.
    """
    if name not in LABELLED:
        raise DatasetError(f"no labelled set {name!r}; there are {', '.join(LABELLED)}")
    return LABELLED[name]
