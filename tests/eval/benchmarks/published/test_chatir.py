from pathlib import Path

import pytest

from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.published.catalogue import dataset
from tests.eval.benchmarks import copies


def test_every_round_is_asked_with_all_that_was_said(tmp_path: Path) -> None:
    (task,) = dataset("chatir").load(copies.chatir(tmp_path)).tasks
    assert (len(task.questions), len(task.gallery)) == (44, 60)
    first, second = task.questions[:2]
    assert first.turns == ("a dog",)
    assert second.turns == ("a dog", "is it 1? no")
    assert (first.dialogue, first.round) == (second.dialogue, second.round - 1)
    assert [one.round for one in task.questions[:11]] == list(range(11))
    assert first.relevant == second.relevant == {task.gallery[0].id: 1.0}


def test_hits_after_the_last_round_come_first_and_bri_is_there(tmp_path: Path) -> None:
    (task,) = dataset("chatir").load(copies.chatir(tmp_path)).tasks
    names = [one.name for one in task.measures]
    assert names[0] == "Hits@10 round 10"
    assert {"Hits@10 round 0", "BRI", "mean rank round 0", "mean rank round 10"} < set(names)


def test_visdials_own_pool_is_another_benchmark_asked_in_both_directions(tmp_path: Path) -> None:
    to_image, to_dialogue = dataset("visdial-2064").load(copies.chatir(tmp_path)).tasks
    assert (len(to_image.questions), len(to_image.gallery)) == (4, 4)
    assert len(to_image.questions[0].turns) == 11
    assert (to_image.kind, to_dialogue.kind) == ("picture", "text")
    assert to_dialogue.gallery[0].text.startswith("a dog, is it 1? no")
    assert to_dialogue.questions[0].picture == to_image.gallery[0].path


def test_a_target_outside_the_pool_is_named(tmp_path: Path) -> None:
    copies.chatir(tmp_path)
    copies.write(tmp_path / "ChatIR_Protocol/Search_Space_val_50k.json", ["other.jpg"])
    with pytest.raises(DatasetError, match=r"the target 'unlabeled2017/0+\.jpg' is not"):
        dataset("chatir").load(tmp_path)
