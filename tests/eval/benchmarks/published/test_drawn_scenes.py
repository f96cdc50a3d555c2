"""The drawn scenes: always the same, and every question has an answer that can be seen."""

from pathlib import Path

import pytest
from PIL import Image

from eval.benchmark import Benchmark
from eval.benchmarks.dataset import problems
from eval.benchmarks.published.catalogue import dataset
from eval.benchmarks.published.drawn_scenes import COLOURS, SHAPES, Scene, drawn, load


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Benchmark:
    return load(tmp_path_factory.mktemp("scenes"))


def test_scenes_are_in_the_catalogue_and_whole(tmp_path: Path) -> None:
    assert problems(dataset("scenes"), tmp_path / "new") == []


def test_the_same_seed_draws_the_same(scenes: Benchmark, tmp_path: Path) -> None:
    again = load(tmp_path)
    assert [item.id for item in again.tasks[0].gallery] == [i.id for i in scenes.tasks[0].gallery]
    for ours, theirs in zip(again.tasks[0].gallery, scenes.tasks[0].gallery, strict=True):
        assert ours.path and theirs.path
        assert ours.path.read_bytes() == theirs.path.read_bytes()


def test_no_two_scenes_look_alike(scenes: Benchmark) -> None:
    gallery = scenes.tasks[0].gallery
    assert len({item.path.read_bytes() for item in gallery if item.path}) == len(gallery)


def test_every_question_has_its_answer_in_the_gallery(scenes: Benchmark) -> None:
    for task in scenes.tasks:
        ids = {item.id for item in task.gallery}
        assert len({one.id for one in task.questions}) == len(task.questions)
        for one in task.questions:
            assert set(one.relevant) <= ids and not set(one.relevant) & one.excluded


def test_captions_fit_one_scene_each(scenes: Benchmark) -> None:
    said = [one.turns[0] for one in scenes.tasks[0].questions]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_caption_says_can_be_seen(shape: str) -> None:
    scene = Scene(("red", shape), ("blue", "square" if shape != "square" else "circle"), "above")
    image: Image.Image = drawn(scene)
    assert image.getpixel((image.width // 2, image.height // 4)) == COLOURS["red"]
    assert image.getpixel((image.width // 2, 3 * image.height // 4)) == COLOURS["blue"]
    assert scene.captions[1].endswith(f"below a red {shape}")
