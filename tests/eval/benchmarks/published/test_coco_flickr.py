import json
from pathlib import Path

import pytest
from PIL import Image

from eval.benchmarks.dataset import DatasetError, problems
from eval.benchmarks.published.catalogue import dataset, every
from eval.benchmarks.published.coco_flickr import coco_official, karpathy, token_file


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), "red").save(path)


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """Three pictures of COCO as Karpathy published them, one with six captions."""
    images = []
    for at, (split, captions) in enumerate([("test", 6), ("val", 5), ("test", 5)]):
        name = f"COCO_val2014_{at:012}.jpg"
        picture(tmp_path / "val2014" / name)
        sentences = [{"raw": f"caption {n} of {at} ", "sentid": n} for n in range(captions)]
        images.append(
            {"filepath": "val2014", "filename": name, "split": split, "sentences": sentences}
        )
    plain = {"images": images, "dataset": "coco"}
    (tmp_path / "dataset_coco.json").write_text(json.dumps(plain))
    return tmp_path


def test_karpathys_test_split_is_asked_in_both_directions(coco: Path) -> None:
    to_image, to_text = dataset("coco-5k").load(coco).tasks
    assert (len(to_image.questions), len(to_image.gallery)) == (11, 2)
    assert (len(to_text.questions), len(to_text.gallery)) == (2, 11)
    assert to_image.questions[0].turns == ("caption 0 of 0",)
    assert len(to_text.questions[0].relevant) == 6
    assert all(item.path and item.path.exists() for item in to_image.gallery)


def test_the_protocol_says_how_many_captions_there_are(coco: Path) -> None:
    assert "2 pictures, 11 captions" in dataset("coco-5k").load(coco).protocol
    assert "2 pictures, 10 captions" in dataset("coco-5k-first5").load(coco).protocol


def test_the_published_counts_are_checked(coco: Path) -> None:
    wrong = problems(dataset("coco-5k"), coco)
    assert "text-to-image has 11 questions over 2 items; published are 25010 over 5000" in wrong


def test_missing_pictures_are_counted_and_named(coco: Path) -> None:
    (coco / "val2014" / "COCO_val2014_000000000002.jpg").unlink()
    (line,) = [one for one in problems(dataset("coco-1k"), coco) if "missing" in one]
    assert line.startswith("1 of 2 pictures are missing: ")
    assert line.endswith("COCO_val2014_000000000002.jpg")


def test_a_missing_file_is_named_with_the_page_where_it_can_be_had(tmp_path: Path) -> None:
    wrong = problems(dataset("flickr30k"), tmp_path)
    assert len(wrong) == 2
    assert wrong[0].startswith("no dataset_flickr30k.json (Karpathy's captions and splits)")
    assert "https://" in wrong[0]


def test_five_folds_of_the_1k_protocol_have_galleries_of_their_own(coco: Path) -> None:
    plain = json.loads((coco / "dataset_coco.json").read_text())
    plain["images"] = [
        {**plain["images"][0], "filename": f"{at}.jpg", "sentences": [{"raw": "x"}]}
        for at in range(2500)
    ]
    (coco / "dataset_coco.json").write_text(json.dumps(plain))
    tasks = dataset("coco-1k").load(coco).tasks
    assert [len(task.gallery) for task in tasks[::2]] == [1000, 1000, 500]
    assert {task.name for task in tasks} == {"text-to-image", "image-to-text"}


def test_cocos_own_file_keeps_the_order_of_its_captions(tmp_path: Path) -> None:
    plain = {
        "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "file_name": "none.jpg"}],
        "annotations": [
            {"id": 2, "image_id": 7, "caption": "second "},
            {"id": 1, "image_id": 7, "caption": "first"},
        ],
    }
    (tmp_path / "captions.json").write_text(json.dumps(plain))
    (only,) = coco_official(tmp_path, file="captions.json", pictures="val2017")
    assert only.captions == ("first", "second")
    assert only.path == tmp_path / "val2017" / "a.jpg"


@pytest.mark.parametrize(
    "text",
    [
        '1.jpg#0\tTwo dogs .\n1.jpg#1\tA "quoted" word\n2.jpg#0\tA cat\n',
        "image_name| comment_number| comment\n1.jpg| 0| Two dogs .\n"
        '1.jpg| 1| A "quoted" word\n2.jpg| 0| A cat\n',
        'image,caption\n1.jpg,Two dogs .\n1.jpg,"A ""quoted"" word"\n2.jpg,A cat\n',
    ],
)
def test_the_flickr_captions_are_read_in_all_forms_that_are_in_use(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "captions").write_text(text)
    (tmp_path / "test.txt").write_text("1.jpg\n")
    every_one = token_file(tmp_path, file="captions", pictures="images")
    assert [one.captions for one in every_one] == [("Two dogs .", 'A "quoted" word'), ("A cat",)]
    (chosen,) = token_file(tmp_path, file="captions", pictures="images", chosen="test.txt")
    assert chosen == every_one[0]


def test_a_bad_line_or_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "captions").write_text("1.jpg#0\tTwo dogs\nnonsense\n")
    with pytest.raises(DatasetError, match=r"captions:2: not a picture and its caption"):
        token_file(tmp_path, file="captions", pictures="")
    (tmp_path / "x.json").write_text('{"images": [{"split": "test"}]}')
    with pytest.raises(DatasetError, match=r"x\.json: row 1 of images: lacks 'filename'"):
        karpathy(tmp_path, file="x.json", pictures="")
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(DatasetError, match="cannot be read as JSON"):
        coco_official(tmp_path, file="x.json", pictures="")


def test_an_unknown_benchmark_is_answered_with_those_there_are() -> None:
    with pytest.raises(DatasetError, match=r"no benchmark 'coco'; there are flickr30k, "):
        dataset("coco")
    assert all(one.name == name for name, one in every().items())
