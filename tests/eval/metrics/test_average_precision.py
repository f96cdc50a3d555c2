import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.benchmark import Question
from eval.metrics.average_precision import average_precision, mean_average_precision, ndcg
from eval.metrics.named_metrics import measure
from eval.ranking import Ranking, ranked
from tests.eval.metrics.cases import Case, cases

WORKED = Question("q", relevant={"a": 1.0, "b": 1.0, "c": 1.0})
FOUND = {"q": Ranking(("a", "x", "b", "y", "c"), (5.0, 4.0, 3.0, 2.0, 1.0))}


def test_average_precision_worked_by_hand() -> None:
    found = (1 / 1 + 2 / 3 + 3 / 5) / 3
    assert mean_average_precision().of([WORKED], FOUND) == pytest.approx(found)


@pytest.mark.parametrize(
    ("name", "divisor"),
    [("MAP@2", 3), ("mAP@2", 2), ("MAP@2 of found", 1)],
)
def test_the_three_divisors_worked_by_hand(name: str, divisor: int) -> None:
    assert measure(name).name == name
    assert measure(name).of([WORKED], FOUND) == pytest.approx(1 / divisor)


def test_circos_average_precision_worked_by_hand() -> None:
    question = Question("circo", relevant=dict.fromkeys("abcdefg", 1.0))  # more than K = 5
    ranking = Ranking(tuple("axbcy"), (5.0, 4.0, 3.0, 2.0, 1.0))
    expected = (1 / 1 + 2 / 3 + 3 / 4) / min(5, 7)
    of = mean_average_precision(5, of="reachable").of([question], {"circo": ranking})
    assert of == pytest.approx(expected)


def test_graded_gain_worked_by_hand() -> None:
    question = Question("q", relevant={"good": 3.0, "fair": 1.0})
    ranking = Ranking(("fair", "x", "good"), (3.0, 2.0, 1.0))
    expected = (1 / 1 + 3 / 2) / (3 / 1 + 1 / np.log2(3))
    assert ndcg(3).of([question], {"q": ranking}) == pytest.approx(expected)


@settings(max_examples=10 * settings().max_examples)
@given(cases(), st.integers(1, 8))
def test_reachable_average_precision_is_its_definition(case: Case, k: int) -> None:
    """AP@K = 1 / min(K, |G|) * sum over k of P(k) rel(k), as CIRCO's paper writes it."""
    right = [case.gains[at] > 0 for at in case.worst]
    total = sum(sum(right[:at]) / at * right[at - 1] for at in range(1, min(k, len(right)) + 1))
    expected = total / min(k, len(case.relevant))
    assert case.value(mean_average_precision(k, of="reachable")) == pytest.approx(expected)


@settings(max_examples=3 * settings().max_examples)
@given(cases(least=1, complete=True), st.integers(1, 12), st.integers(1, 8))
def test_a_list_that_is_cut_has_the_figures_of_the_whole(case: Case, depth: int, k: int) -> None:
    ids = np.array([f"i{at}" for at in range(len(case.scores))])
    scores = np.array(case.scores, dtype=float)
    cut = {"q": ranked(ids, scores, depth=depth, relevant=case.relevant)}
    for one in (mean_average_precision(), mean_average_precision(k, of="found")):
        assert one.of([case.question], cut) == pytest.approx(case.value(one))
    if set(case.gains) <= {0, 1}:
        assert ndcg(k).of([case.question], cut) == pytest.approx(case.value(ndcg(k)))


@given(cases(), st.integers(1, 8), st.sampled_from(["MAP", "mAP@4", "nDCG@4", "R@4", "MRR"]))
def test_a_wrong_item_more_never_helps(case: Case, score: int, name: str) -> None:
    more = Case((*case.scores, score), (*case.gains, 0), case.lost)
    assert more.value(measure(name)) <= case.value(measure(name)) + 1e-12


@pytest.mark.parametrize("factory", [mean_average_precision, ndcg])
def test_k_is_checked_before_anything_runs(factory) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="k must be at least 1; got 0"):
        factory(0)


def test_average_precision_needs_a_right_answer() -> None:
    with pytest.raises(ValueError, match="average precision without a right answer is undefined"):
        average_precision([], 0)
