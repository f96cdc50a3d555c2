from pathlib import Path
from statistics import fmean

import pytest
from PIL import Image

from eval.benchmarks.dataset import DatasetError, problems
from eval.benchmarks.published.catalogue import dataset
from eval.benchmarks.published.fashioniq import joined
from eval.benchmarks.published.genecis import cut
from eval.runs.figures import averaged, row
from tests.eval.benchmarks import copies
from tests.eval.benchmarks.guessing import guessed


def test_circo_has_several_right_answers_and_leaves_the_reference_in(tmp_path: Path) -> None:
    (task,) = dataset("circo-val").load(copies.circo(tmp_path)).tasks
    assert [len(one.relevant) for one in task.questions] == [1, 2, 3, 4]
    assert all(not one.excluded and one.pool is None for one in task.questions)
    assert [one.name for one in task.measures] == ["mAP@5", "mAP@10", "mAP@25", "mAP@50"]
    assert task.questions[0].turns == ("has 0 dogs",)
    shown = {item.path for item in task.gallery}
    assert task.questions[0].picture in shown
    assert (task.kind, len(task.gallery)) == ("picture", 60)


@pytest.mark.parametrize(
    ("name", "write"), [("circo-test", copies.circo), ("cirr-test1", copies.cirr)]
)
def test_hidden_answers_leave_nothing_to_report(tmp_path: Path, name: str, write: object) -> None:
    assert callable(write)
    write(tmp_path, split=name.partition("-")[2])
    for task in dataset(name).load(tmp_path).tasks:
        assert not task.measures
        assert not any(one.relevant for one in task.questions)


def test_cirr_ranks_without_the_reference_and_again_among_its_look_alikes(tmp_path: Path) -> None:
    whole, subset = dataset("cirr-val").load(copies.cirr(tmp_path)).tasks
    for one, other in zip(whole.questions, subset.questions, strict=True):
        (reference,) = one.excluded
        assert one.picture == tmp_path / "img_raw" / "dev" / f"{reference}.png"
        assert one.pool is None
        assert other.pool is not None
        assert len(other.pool) == 5
        assert reference not in other.pool
        assert set(other.relevant) <= other.pool
    assert [one.name for one in whole.measures] == ["R@1", "R@5", "R@10", "R@50"]
    assert [one.name for one in subset.measures] == ["R@1", "R@2", "R@3"]


def test_fashioniq_has_two_galleries(tmp_path: Path) -> None:
    copies.fashioniq(tmp_path)
    original, union = (dataset(f"fashioniq-val{one}").load(tmp_path) for one in ("", "-union"))
    assert [task.name for task in original.tasks] == ["dress", "shirt", "toptee"]
    for task, smaller in zip(original.tasks, union.tasks, strict=True):
        named = {one.picture for one in task.questions}
        assert len(task.gallery) == 80
        assert named < {item.path for item in smaller.gallery}
        assert len(smaller.gallery) <= 8
        assert task.questions == smaller.questions
    assert original.mean
    assert original.protocol != union.protocol


def test_fashioniqs_figures_are_the_mean_of_its_categories(tmp_path: Path) -> None:
    benchmark = dataset("fashioniq-val").load(copies.fashioniq(tmp_path, questions=9))
    rows = [row(guessed(benchmark, tmp_path, at)) for at in range(3)]
    *own, mean = averaged(rows, mean=benchmark.mean)
    assert own == rows
    assert (mean.task, mean.questions) == ("mean", 27)
    for name, value in mean.figures.items():
        assert value == pytest.approx(fmean(one.figures[name] for one in rows))


def test_fashioniqs_captions_are_joined_as_cirevl_does() -> None:
    assert joined(["is shiny. ", " ?fit and flare,"]) == "is shiny and fit and flare"


def test_fashioniqs_pictures_may_be_jpeg(tmp_path: Path) -> None:
    copies.fashioniq(tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "dress000.jpg").touch()
    gallery = {
        item.id: item.path for item in dataset("fashioniq-val").load(tmp_path).tasks[0].gallery
    }
    assert gallery["dress000"] == tmp_path / "images" / "dress000.jpg"
    assert gallery["dress001"] == tmp_path / "images" / "dress001.png"


def test_genecis_asks_within_a_small_gallery_of_each_question(tmp_path: Path) -> None:
    tasks = dataset("genecis").load(copies.genecis(tmp_path)).tasks
    sizes = {task.name: {len(one.pool or ()) for one in task.questions} for task in tasks}
    assert sizes == {
        "focus_attribute": {10},
        "change_attribute": {10},
        "focus_object": {15},
        "change_object": {15},
    }
    for task in tasks:
        held = {item.id for item in task.gallery}
        assert all(set(one.relevant) <= (one.pool or set()) <= held for one in task.questions)


def test_genecis_boxes_are_cut_widened_and_squared_once(tmp_path: Path) -> None:
    copies.genecis(tmp_path, questions=1)
    (tmp_path / "visual_genome").mkdir()
    for at in range(1, 61):
        Image.new("RGB", (40, 30), "white").save(tmp_path / f"visual_genome/{at}.jpg")
    count = cut(tmp_path)
    task = dataset("genecis").load(tmp_path).tasks[0]
    paths = [path for item in task.gallery if (path := item.path)]
    assert all(path.exists() for path in paths)
    with Image.open(paths[0]) as box:
        assert box.size == (17, 17)  # from x = 0 to 1.7 times the width of 10
        assert box.getpixel((8, 8)) == (255, 255, 255)
        assert box.getpixel((0, 0)) == (0, 0, 0)
    assert count > 0
    assert cut(tmp_path) == 0


def test_a_box_of_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"visual_genome/\d+\.jpg cannot be read"):
        cut(copies.genecis(tmp_path))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("circo-val", "annotations/val.json"),
        ("cirr-val", "captions/cap.rc2.val.json"),
        ("fashioniq-val", "captions/cap.dress.val.json"),
        ("genecis", "genecis/focus_object.json"),
        ("chatir", "dialogues/ChatGPT_BLIP2.json"),
    ],
)
@pytest.mark.parametrize("held", ['[{"id": 1}]', '{"a": 1}', "[[1]]"])
def test_a_file_of_another_form_is_named(tmp_path: Path, name: str, file: str, held: str) -> None:
    for write in (copies.circo, copies.cirr, copies.fashioniq, copies.genecis, copies.chatir):
        write(tmp_path)
    (tmp_path / file).write_text(held)
    with pytest.raises(
        DatasetError, match=rf"{file}(: row 1: | is not .* as published: |: .* must be a list)"
    ):
        dataset(name).load(tmp_path)


def test_an_answer_that_is_not_in_the_gallery_is_named(tmp_path: Path) -> None:
    copies.cirr(tmp_path)
    listed = tmp_path / "image_splits/split.rc2.val.json"
    listed.write_text('{"dev-0-0-img0": "./dev/dev-0-0-img0.png"}')
    with pytest.raises(DatasetError, match=r"row 1: it names 'dev-\d+-0-img0', which is not l"):
        dataset("cirr-val").load(tmp_path)


@pytest.mark.parametrize("name", ["circo-val", "circo-test", "cirr-val", "cirr-test1", "genecis"])
def test_what_is_missing_is_named_with_where_it_can_be_had(tmp_path: Path, name: str) -> None:
    wrong = problems(dataset(name), tmp_path)
    assert len(wrong) == len(dataset(name).parts)
    for line, part in zip(wrong, dataset(name).parts, strict=True):
        assert line == f"no {part.path} ({part.about}) in {tmp_path}; it can be had at {part.where}"
        assert part.where.startswith("https://")


def test_other_counts_than_the_published_ones_are_told(tmp_path: Path) -> None:
    copies.circo(tmp_path)
    (tmp_path / "COCO2017_unlabeled/unlabeled2017").mkdir()
    wrong = problems(dataset("circo-val"), tmp_path)
    assert wrong[0] == "composed has 4 questions over 60 items; published are 220 over 123403"
    assert wrong[1].startswith("60 of 60 pictures are missing: ")
