"""What a perfect, a constant and a random system must score, whatever the figure."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.benchmark import Measure, Question
from eval.metrics.named_metrics import measure
from eval.metrics.recall import recall_at
from eval.metrics.score_matrix import matrix_mean_average_precision, matrix_ranks, products
from eval.ranking import Ranking, ranked

HIGHER = (
    *("R@1", "R@3", "MRR", "MAP", "MAP@3", "mAP@3", "MAP@3 of found", "nDCG@3"),
    *("Hits@2 round 1", "R@2 round 0"),
)
LOWER = ("MedR", "mean rank", "BRI", "mean rank round 1")
ITEMS = np.array([f"picture-{at:02}" for at in range(20)])


def asked(seed: int) -> list[Question]:
    """Return three dialogues of two rounds, each with one to three right answers."""
    rng = np.random.default_rng(seed)
    right = [rng.choice(ITEMS, size=rng.integers(1, 4), replace=False) for _ in range(3)]
    return [
        Question(
            f"{at}-{number}", relevant=dict.fromkeys(some, 1.0), dialogue=str(at), round=number
        )
        for at, some in enumerate(right)
        for number in range(2)
    ]


def run(
    questions: list[Question], scores: NDArray[np.float64], *, depth: int = 20
) -> dict[str, Ranking]:
    """Rank by scores [questions, items]."""
    return {
        one.id: ranked(ITEMS, row, depth=depth, relevant=one.relevant)
        for one, row in zip(questions, scores, strict=True)
    }


def perfect(questions: list[Question]) -> NDArray[np.float64]:
    return np.array([[float(item in one.relevant) for item in ITEMS] for one in questions])


def best(one: Measure) -> float:
    if not one.lower_is_better:
        return 1.0
    return 0.0 if one.name == "BRI" else 1.0


@pytest.mark.parametrize("name", [*HIGHER, *LOWER])
@pytest.mark.parametrize("depth", [3, 20])
def test_a_perfect_system_scores_the_best_there_is(name: str, depth: int) -> None:
    questions, one = asked(1), measure(name)
    if name == "MAP@3":
        questions = [q for q in questions if len(q.relevant) <= 3]
    found = one.of(questions, run(questions, perfect(questions), depth=depth))
    assert found == pytest.approx(best(one))


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.sampled_from([*HIGHER, *LOWER]), st.sampled_from([3, 20]))
def test_a_constant_system_is_no_better_than_the_worst_order(
    seed: int, name: str, depth: int
) -> None:
    questions, one = asked(seed), measure(name)
    worst = 1 - perfect(questions)  # every right answer below every wrong one
    constant = one.of(questions, run(questions, np.zeros((len(questions), 20)), depth=depth))
    assert constant == pytest.approx(one.of(questions, run(questions, worst)))


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.sampled_from([*HIGHER, *LOWER]))
def test_names_do_not_matter_where_scores_differ(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    questions = asked(seed)
    scores = rng.permuted(np.tile(np.arange(20.0), (len(questions), 1)), axis=1)
    new = dict(zip(ITEMS, rng.permutation([f"other/{at}.jpg" for at in range(20)]), strict=True))
    renamed = [
        Question(
            one.id,
            relevant={new[item]: gain for item, gain in one.relevant.items()},
            dialogue=one.dialogue,
            round=one.round,
        )
        for one in questions
    ]
    lists = run(questions, scores, depth=5)
    others = {
        one: Ranking(
            tuple(new[item] for item in held.ids),
            held.scores,
            {new[item]: rank for item, rank in held.beyond.items()},
        )
        for one, held in lists.items()
    }
    assert measure(name).of(questions, lists) == measure(name).of(renamed, others)


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.sampled_from([*HIGHER, *LOWER]))
def test_a_wrong_item_more_in_the_gallery_never_helps(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    questions, one = asked(seed), measure(name)
    scores = rng.integers(0, 6, size=(len(questions), 20)).astype(float)
    ids = np.array([*ITEMS, "new"])
    more = {
        question.id: ranked(ids, np.append(row, rng.integers(0, 6)), depth=21, relevant=right)
        for question, row in zip(questions, scores, strict=True)
        if (right := question.relevant)
    }
    before, after = one.of(questions, run(questions, scores)), one.of(questions, more)
    assert after >= before - 1e-12 if one.lower_is_better else after <= before + 1e-12


@pytest.mark.parametrize("k", [1, 5, 10, 100])
def test_a_random_systems_recall_is_k_of_n(k: int) -> None:
    rng = np.random.default_rng(k)
    queries, items = 4_000, 1_000
    found = matrix_ranks(
        products(rng.normal(size=(queries, 16)), rng.normal(size=(items, 16))),
        rng.integers(0, items, size=(queries, 1)).tolist(),
    )
    chance = k / items
    sigma = sqrt(chance * (1 - chance) / queries)
    assert abs(recall_at(k, found) - chance) < 4 * sigma


def test_a_random_systems_map_is_the_share_of_right_items() -> None:
    """E[AP] of a random order of n items, r right: the mean over ranks of its known terms."""
    rng = np.random.default_rng(5)
    queries, items, right = 2_000, 500, 50
    held = np.arange(items) < right
    scores = (rng.normal(size=(100, items)) for _ in range(queries // 100))
    found = matrix_mean_average_precision(scores, lambda _: held)
    at = np.arange(1, items + 1)
    expected = np.mean((1 + (at - 1) * (right - 1) / (items - 1)) / at)
    assert found == pytest.approx(expected, rel=0.02)
