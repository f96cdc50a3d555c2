"""What a perfect, a constant and a random system score on each benchmark, by theory."""

from collections.abc import Callable
from itertools import pairwise
from math import log, sqrt
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from eval.benchmark import Question, Task
from eval.benchmarks.published.catalogue import dataset
from eval.metrics.named_metrics import measure
from eval.ranking import Ranking, ranked
from tests.eval.benchmarks import copies

Scores = Callable[[Question, NDArray[np.str_]], NDArray[np.float64]]
FORMS: dict[str, Callable[..., Path]] = {
    "circo-val": copies.circo,
    "cirr-val": copies.cirr,
    "fashioniq-val": copies.fashioniq,
    "fashioniq-val-union": copies.fashioniq,
    "genecis": copies.genecis,
}
DIALOGUES = ("chatir", "visdial-2064")


def tasks(name: str, folder: Path, count: int) -> tuple[Task, ...]:
    if name in DIALOGUES:
        return dataset(name).load(copies.chatir(folder, dialogues=count, pictures=100)).tasks
    return dataset(name).load(FORMS[name](folder, questions=count)).tasks


def answered(task: Task, scores: Scores) -> dict[str, Ranking]:
    ids = np.array([item.id for item in task.gallery])
    return {
        one.id: ranked(
            ids,
            scores(one, ids),
            depth=task.depth,
            relevant=one.relevant,
            excluded=one.excluded,
            pool=one.pool,
        )
        for one in task.questions
    }


def rankable(task: Task, question: Question) -> int:
    return len(question.pool or task.gallery) - len(question.excluded if not question.pool else ())


@pytest.mark.parametrize("name", [*FORMS, *DIALOGUES])
def test_a_perfect_system_has_nothing_to_gain(name: str, tmp_path: Path) -> None:
    for task in tasks(name, tmp_path, 5):
        found = answered(task, lambda one, ids: np.isin(ids, list(one.relevant)).astype(float))
        for one in task.measures:
            best = 0.0 if one.name == "BRI" else 1.0
            assert one.of(task.questions, found) == pytest.approx(best), one.name


@pytest.mark.parametrize("name", [*FORMS, *DIALOGUES])
def test_a_constant_system_is_as_bad_as_the_worst(name: str, tmp_path: Path) -> None:
    for task in tasks(name, tmp_path, 30):
        found = answered(task, lambda _, ids: np.zeros(len(ids)))
        last = [rankable(task, one) - len(one.relevant) + 1 for one in task.questions]
        for one in task.measures:
            value = one.of(task.questions, found)
            if one.name.startswith("R@"):
                assert value == np.mean([rank <= int(one.name[2:]) for rank in last])
            elif one.name == "BRI":
                assert value == pytest.approx(log(last[0]))
            elif one.name.startswith("mean rank"):
                assert value == last[0]
            elif one.name.startswith("Hits"):
                assert value == 0.0
            elif one.name in ("mAP@5", "mAP@10", "mAP@25", "mAP@50"):
                assert value == 0.0
            else:
                pytest.fail(f"no theory of {one.name}")


@pytest.mark.parametrize("name", ["cirr-val", "fashioniq-val", "genecis", "visdial-2064"])
def test_a_random_systems_recall_is_n_of_what_may_be_ranked(name: str, tmp_path: Path) -> None:
    rng = default_rng(1)
    for task in tasks(name, tmp_path, 100):
        lists = [answered(task, lambda _, ids: rng.random(len(ids))) for _ in range(10)]
        for one in task.measures:
            chance = min(1.0, int(one.name[2:]) / rankable(task, task.questions[0]))
            value = np.mean([one.of(task.questions, found) for found in lists])
            sigma = sqrt(chance * (1 - chance) / (10 * len(task.questions)))
            assert abs(value - chance) <= 4 * sigma + 1e-9, (task.name, one.name)


def test_a_random_systems_map_on_circo_is_that_of_its_right_answers(tmp_path: Path) -> None:
    (task,) = tasks("circo-val", tmp_path, 100)
    rng, pool = default_rng(2), len(task.gallery)
    lists = [answered(task, lambda _, ids: rng.random(len(ids))) for _ in range(20)]
    for k in (5, 50):
        value = np.mean([measure(f"mAP@{k}").of(task.questions, found) for found in lists])
        at = np.arange(1, k + 1)
        expected = [
            float(
                ((1 + (at - 1) * (right - 1) / (pool - 1)) / at).sum()
                * right
                / pool
                / min(k, right)
            )
            for right in (len(one.relevant) for one in task.questions)
        ]
        assert value == pytest.approx(np.mean(expected), rel=0.1)


def test_a_random_system_finds_by_chance_again_in_every_round(tmp_path: Path) -> None:
    (task,) = tasks("chatir", tmp_path, 100)
    rng, pool = default_rng(3), len(task.gallery)
    lists = [answered(task, lambda _, ids: rng.random(len(ids))) for _ in range(10)]

    def reached(name: str) -> float:
        return float(np.mean([measure(name).of(task.questions, found) for found in lists]))

    for number in (0, 4, 10):
        chance = 1 - (1 - 10 / pool) ** (number + 1)
        sigma = sqrt(chance * (1 - chance) / 1000)
        assert abs(reached(f"Hits@10 round {number}") - chance) < 4 * sigma
    assert reached("mean rank round 10") == pytest.approx((pool + 1) / 2, rel=0.05)
    ranks = np.arange(1, pool + 1)
    best = [
        float(
            (
                np.log(ranks) * (((pool - ranks + 1) / pool) ** n - ((pool - ranks) / pool) ** n)
            ).sum()
        )
        for n in range(1, 12)
    ]
    expected = np.mean([(before + after) / 2 for before, after in pairwise(best)])
    assert reached("BRI") == pytest.approx(expected, rel=0.05)
