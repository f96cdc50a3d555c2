"""Every file of annotations with one broken row: the message names the file and the row."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.labelled import labelled_files as labelled
from eval.benchmarks.own.own_pictures import own_benchmark
from eval.benchmarks.published import chatir, circo, cirr, coco_flickr, fashioniq, genecis
from tests.eval.benchmarks import copies

Read = Callable[[Path], object]


def karpathy(folder: Path) -> object:
    return coco_flickr.karpathy(folder, file="x.json", pictures="")


def official(folder: Path) -> object:
    return coco_flickr.coco_official(folder, file="x.json", pictures="")


def own(folder: Path) -> object:
    return own_benchmark(folder / "x.json", home=folder / "home")


def a_karpathy(folder: Path) -> None:
    row = {"filename": "a.jpg", "split": "test", "sentences": [{"raw": "a dog"}]}
    copies.write(folder / "x.json", {"images": [dict(row) for _ in range(3)]})


def a_coco(folder: Path) -> None:
    images = [{"id": at, "file_name": f"{at}.jpg"} for at in (1, 2, 3)]
    said = [{"id": at, "image_id": at, "caption": "a dog"} for at in (1, 2, 3)]
    copies.write(folder / "x.json", {"images": images, "annotations": said})


def a_labelled_coco(folder: Path) -> None:
    a_coco(folder)
    plain = json.loads((folder / "x.json").read_text())
    things = [{"image_id": at, "category_id": 5} for at in (1, 2, 3)]
    for half in ("train", "val"):
        copies.write(folder / f"annotations/captions_{half}2014.json", plain)
        plain_things = plain | {
            "annotations": things,
            "categories": [{"id": at} for at in (5, 6, 7)],
        }
        copies.write(folder / f"annotations/instances_{half}2014.json", plain_things)


READERS: tuple[tuple[Callable[[Path], object], Read, str, str], ...] = (
    (copies.circo, lambda at: circo.load(at, split="val"), "annotations/val.json", ""),
    (
        copies.circo,
        lambda at: circo.load(at, split="val"),
        "COCO2017_unlabeled/annotations/image_info_unlabeled2017.json",
        "images",
    ),
    (copies.cirr, lambda at: cirr.load(at, split="val"), "captions/cap.rc2.val.json", ""),
    (
        copies.fashioniq,
        lambda at: fashioniq.load(at, union=True),
        "captions/cap.dress.val.json",
        "",
    ),
    (copies.genecis, genecis.load, "genecis/focus_attribute.json", ""),
    (
        copies.chatir,
        lambda at: chatir.load(at, name="chatir"),
        "dialogues/ChatGPT_BLIP2.json",
        "",
    ),
    (copies.chatir, chatir.load_visdial, "dialogues/VisDial_v1.0_queries_val.json", ""),
    (a_karpathy, karpathy, "x.json", "images"),
    (a_karpathy, own, "x.json", "images"),
    (a_coco, official, "x.json", "images"),
    (a_coco, official, "x.json", "annotations"),
    (a_coco, own, "x.json", "annotations"),
    (a_labelled_coco, labelled.coco, "annotations/instances_val2014.json", "annotations"),
    (a_labelled_coco, labelled.coco, "annotations/instances_val2014.json", "categories"),
    (a_labelled_coco, labelled.coco, "annotations/captions_train2014.json", "annotations"),
)


@pytest.mark.parametrize(("make", "read", "file", "part"), READERS)
def test_a_row_that_lacks_a_field_or_is_of_another_kind_is_named(
    make: Callable[[Path], object], read: Read, file: str, part: str, tmp_path: Path
) -> None:
    make(tmp_path)
    whole = (tmp_path / file).read_text()
    optional = {"shared_concept", "target_img_id", "gt_img_ids", "target_hard", "target_soft"}
    rows: list[dict[str, Any]] = json.loads(whole)[part] if part else json.loads(whole)
    mutated: list[object] = [None, 7, "text", []]
    for name in rows[1].keys() - optional:
        mutated += [{key: value for key, value in rows[1].items() if key != name}]
        mutated += [rows[1] | {name: None}]
    for row in mutated:
        plain = json.loads(whole)
        (plain[part] if part else plain)[1] = row
        (tmp_path / file).write_text(json.dumps(plain))
        with pytest.raises(DatasetError) as raised:
            read(tmp_path)
        said = str(raised.value)
        assert said.startswith(f"{tmp_path / file}: row 2"), said
        assert "Error" not in said
        assert "\n" not in said


LINES: tuple[tuple[str, str, Callable[[Path], object]], ...] = (
    ("trainset_txt_img_cat.list", "t1\tp1\tseven", labelled.wikipedia),
    ("trainset_txt_img_cat.list", "t1\tp1\t9", labelled.wikipedia),
    ("Groundtruth/AllLabels/Labels_sky.txt", "yes", labelled.nuswide),
    (
        "mirflickr25k_annotations_v080/sky.txt",
        "four",
        lambda at: labelled.mirflickr(at, often=0),
    ),
    ("mirflickr25k_annotations_v080/sky.txt", "-1", lambda at: labelled.mirflickr(at, often=0)),
)


@pytest.mark.parametrize(("file", "line", "read"), LINES)
def test_a_broken_line_of_a_list_is_named(
    file: str, line: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    held = {
        "categories.list": "art\n",
        "texts/t1.xml": "<text>one</text>",
        "trainset_txt_img_cat.list": "t1\tp1\t1\n",
        "testset_txt_img_cat.list": "t1\tp1\t1\n",
        "ImageList/Imagelist.txt": "a.jpg\nb.jpg\n",
        "NUS_WID_Tags/All_Tags.txt": "1 dog\n2 cat\n",
        "Groundtruth/AllLabels/Labels_sky.txt": "1\n",
        "mirflickr/meta/tags/tags1.txt": "dog",
        "mirflickr25k_annotations_v080/sky.txt": "1\n",
    }
    for name, said in held.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(said)
    (tmp_path / file).write_text(held[file] + line + "\n")
    with pytest.raises(DatasetError) as raised:
        read(tmp_path)
    assert str(raised.value).startswith(f"{tmp_path / file}: row 2: ")


def test_the_command_line_says_it_in_one_line(tmp_path: Path) -> None:
    copies.circo(tmp_path)
    (tmp_path / "COCO2017_unlabeled/unlabeled2017").mkdir()
    file = tmp_path / "annotations/val.json"
    rows = json.loads(file.read_text())
    del rows[2]["relative_caption"]
    file.write_text(json.dumps(rows))
    shown = CliRunner().invoke(app, ["eval", "prepare", "circo-val", "--data", str(tmp_path)])
    assert shown.exit_code == 1
    assert f"{file}: row 3: lacks 'relative_caption'" in "".join(shown.output.splitlines())
