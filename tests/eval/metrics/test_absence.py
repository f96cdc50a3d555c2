import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.absence import ErrorRates, auc, error_rates

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


def test_error_rates_worked_by_hand() -> None:
    assert error_rates([0.9, 0.6, 0.2, 0.8], [0.1, 0.7], 0.5) == ErrorRates(0.5, 0.25)


def test_a_score_at_the_threshold_is_accepted() -> None:
    assert error_rates([0.5], [0.5], 0.5) == ErrorRates(1.0, 0.0)


def test_auc_worked_by_hand() -> None:
    assert auc([3, 1], [2, 0]) == 0.75
    assert auc([3, 1], [1]) == 0.75  # a win and half a tie


def test_auc_is_half_where_nothing_is_told_apart() -> None:
    assert auc([1, 1], [1, 1, 1]) == 0.5


@given(SCORES, SCORES)
def test_auc_is_the_mean_acceptance_of_present_queries_at_the_absent_ones_scores(
    present: list[int], absent: list[int]
) -> None:
    at = [error_rates(present, absent, score) for score in absent]
    above = [error_rates(present, absent, score + 0.5) for score in absent]
    mean = sum(2 - a.false_reject - b.false_reject for a, b in zip(at, above, strict=True))
    assert auc(present, absent) == pytest.approx(mean / 2 / len(absent))


@given(SCORES, SCORES, st.integers(-4, 4))
def test_a_higher_threshold_accepts_less_and_rejects_more(
    present: list[int], absent: list[int], threshold: int
) -> None:
    low = error_rates(present, absent, threshold)
    high = error_rates(present, absent, threshold + 1)
    assert high.false_accept <= low.false_accept
    assert high.false_reject >= low.false_reject


@pytest.mark.parametrize(
    ("present", "absent", "message"),
    [
        ([], [1.0], r"present must be numbers, at least one; got \[\]"),
        ([1.0], [float("nan")], r"absent must be numbers, at least one; got \[nan\]"),
    ],
)
def test_scores_that_tell_nothing_are_refused(
    present: list[float], absent: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        auc(present, absent)
