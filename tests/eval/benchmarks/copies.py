"""Small copies of published datasets, in their form, for the loaders; pictures are not needed."""

import json
from pathlib import Path

from numpy.random import Generator, default_rng


def write(path: Path, plain: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(plain))


def circo(folder: Path, *, split: str = "val", questions: int = 4, pictures: int = 60) -> Path:
    """Pictures 1 to `pictures`; question q has 1 to 4 right answers, hidden in the test split."""
    rng = default_rng(0)
    listed = [{"id": at, "file_name": f"{at:012}.jpg"} for at in range(1, pictures + 1)]
    info = "COCO2017_unlabeled/annotations/image_info_unlabeled2017.json"
    write(folder / info, {"images": listed})
    asked = []
    for at in range(questions):
        reference, *right = _chosen(rng, pictures, 2 + at % 4)
        one = {
            "reference_img_id": reference,
            "relative_caption": f"has {at} dogs",
            "shared_concept": "a dog",
            "id": at,
        }
        shown = {"target_img_id": right[0], "gt_img_ids": right}
        asked.append(one | shown if split == "val" else one)
    write(folder / f"annotations/{split}.json", asked)
    return folder


def cirr(folder: Path, *, split: str = "val", questions: int = 4, pictures: int = 60) -> Path:
    """Six pictures a question look alike, the reference and the target among them."""
    rng = default_rng(0)
    shown = "dev" if split == "val" else split
    names = [f"{shown}-{at}-0-img0" for at in range(pictures)]
    paths = {name: f"./{shown}/{name}.png" for name in names}
    write(folder / f"image_splits/split.rc2.{split}.json", paths)
    asked = []
    for at in range(questions):
        members = [names[place - 1] for place in _chosen(rng, pictures, 6)]
        one = {
            "pairid": 100 + at,
            "reference": members[0],
            "caption": f"show {at} dogs",
            "img_set": {"id": at, "members": sorted(members), "reference_rank": 3},
        }
        told = {"target_hard": members[1], "target_soft": {members[1]: 1.0}}
        asked.append(one | told if split == "val" else one)
    write(folder / f"captions/cap.rc2.{split}.json", asked)
    return folder


def fashioniq(folder: Path, *, questions: int = 4, pictures: int = 80) -> Path:
    """The last ten pictures of a category are in no question."""
    rng = default_rng(0)
    for category in ("dress", "shirt", "toptee"):
        names = [f"{category}{at:03}" for at in range(pictures)]
        write(folder / f"image_splits/split.{category}.val.json", names)
        asked = []
        for at in range(questions):
            candidate, target = (names[place - 1] for place in _chosen(rng, pictures - 10, 2))
            captions = [f"is {at} times redder. ", "?has shorter sleeves,"]
            asked.append({"target": target, "candidate": candidate, "captions": captions})
        write(folder / f"captions/cap.{category}.val.json", asked)
    return folder


def genecis(folder: Path, *, questions: int = 4, pictures: int = 60) -> Path:
    rng = default_rng(0)
    for name, size in (("attribute", 10), ("object", 15)):
        for kind in ("focus", "change"):
            asked = []
            for _ in range(questions):
                shown = [
                    {"val_image_id": place}
                    if name == "object"
                    else {"image_id": place, "instance_bbox": [4, 2, 10, 5]}
                    for place in _chosen(rng, pictures, size + 1)
                ]
                reference, target, *gallery = shown
                asked.append(
                    {
                        "reference": reference,
                        "target": target,
                        "gallery": gallery,
                        "condition": "colour",
                    }
                )
            write(folder / f"genecis/{kind}_{name}.json", asked)
    return folder


def chatir(folder: Path, *, dialogues: int = 4, pictures: int = 60) -> Path:
    """Each dialogue has a target of its own, and eleven strings."""
    names = [f"unlabeled2017/{at:012}.jpg" for at in range(pictures)]
    write(folder / "ChatIR_Protocol/Search_Space_val_50k.json", names)
    said = ["a dog", *(f"is it {at}? no" for at in range(1, 11))]
    held = [{"img": name, "dialog": said} for name in names[:dialogues]]
    for source in ("ChatGPT_BLIP2", "VisDial_v1.0_queries_val"):
        write(folder / f"dialogues/{source}.json", held)
    return folder


def _chosen(rng: Generator, pictures: int, count: int) -> list[int]:
    """Return different numbers from 1 to `pictures`."""
    return [int(place) + 1 for place in rng.choice(pictures, size=count, replace=False)]
