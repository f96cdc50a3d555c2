import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eval.metrics.named_metrics import measure
from eval.significance import bootstrap_interval, compare, randomisation_p

gains = st.lists(st.floats(-1, 1).map(lambda gain: round(gain, 3)), min_size=1, max_size=40)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=9))
def test_p_equals_scipys_over_all_signs(values: list[int]) -> None:
    expected = stats.permutation_test(  # of whole numbers, whose sums tie exactly
        (np.array(values),), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    assert randomisation_p([one / 1000 for one in values]) == pytest.approx(expected.pvalue)


def test_drawn_signs_come_close_to_scipys() -> None:
    values = np.random.default_rng(7).normal(0.2, 1, 60)
    expected = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=20_000, rng=1
    )
    assert randomisation_p(values) == pytest.approx(expected.pvalue, abs=0.015)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_interval_comes_close_to_scipys(confidence: float) -> None:
    values = np.random.default_rng(3).exponential(1, 80)
    expected = stats.bootstrap(
        (values,), np.mean, confidence_level=confidence, method="percentile", rng=1
    ).confidence_interval
    found = bootstrap_interval(values, confidence=confidence)
    assert found == pytest.approx((expected.low, expected.high), abs=0.02)


def test_by_hand() -> None:
    """Three gains of one: two of the eight choices of signs are as far from nought."""
    found = compare([1, 1, 1, 0.5], [0, 0, 0, 0.5])
    assert (found.mean, found.p, found.better, found.worse) == (0.75, 0.25, 3, 0)


@given(gains)
def test_a_system_against_itself_gains_nothing(values: list[float]) -> None:
    found = compare(values, values)
    assert (found.mean, found.low, found.high, found.p) == (0, 0, 0, 1)


@given(gains)
def test_the_other_way_round_is_the_mirror_image(values: list[float]) -> None:
    one, other = compare(values, np.zeros(len(values))), compare(np.zeros(len(values)), values)
    assert one.mean == pytest.approx(-other.mean)
    assert one.p == other.p
    assert (one.better, one.worse) == (other.worse, other.better)
    assert min(values) - 1e-9 <= one.low <= one.high <= max(values) + 1e-9
    assert 0 < one.p <= 1


def test_a_false_alarm_is_as_rare_as_it_says() -> None:
    """Of 300 pairs of equal systems about one in twenty has p of at most 0.05."""
    chance = np.random.default_rng(0)
    alarms = [randomisation_p(chance.normal(size=30), draws=999) <= 0.05 for _ in range(300)]
    assert 0.02 < np.mean(alarms) < 0.09


def test_a_run_gives_the_same_figures_again() -> None:
    values = np.random.default_rng(5).normal(size=50)
    assert compare(values, values[::-1]) == compare(values, values[::-1])


@pytest.mark.parametrize(
    ("ours", "theirs", "options", "message"),
    [
        ([], [], {}, "of one or more; got (0,)"),
        ([1], [1, 2], {}, "a score per question; got (1,) and (2,)"),
        ([float("nan")], [0], {}, "must be finite; got"),
        ([1], [0], {"confidence": 1}, "confidence must be between 0 and 1; got 1"),
        ([1], [0], {"draws": 0}, "draws must be at least 1; got 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    ours: list[float], theirs: list[float], options: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError) as error:
        compare(ours, theirs, **options)  # type: ignore[arg-type]
    assert message in str(error.value)


def test_where_lower_is_better_a_higher_score_is_worse() -> None:
    found = compare([5, 1, 9], [3, 2, 9], lower_is_better=True)
    assert (found.better, found.worse) == (1, 1)
    assert found.mean == pytest.approx(1 / 3)


def test_the_interval_and_p_of_a_median_are_those_of_its_difference() -> None:
    chance = np.random.default_rng(3)
    ours, theirs = chance.integers(1, 60, 45), chance.integers(1, 90, 45)

    def gap(one: np.ndarray, other: np.ndarray, axis: int) -> np.ndarray:
        between: np.ndarray = np.median(one, axis=axis) - np.median(other, axis=axis)
        return between

    interval = stats.bootstrap(
        (ours, theirs), gap, paired=True, vectorized=True, method="percentile", rng=1
    ).confidence_interval
    swapped = stats.permutation_test(
        (ours, theirs), gap, permutation_type="samples", n_resamples=20_000, rng=1
    )
    found = compare(ours, theirs, figure=lambda values: np.median(values, axis=-1))
    assert found.mean == np.median(ours) - np.median(theirs)
    assert (found.low, found.high) == pytest.approx(tuple(interval), abs=2)
    assert found.p == pytest.approx(swapped.pvalue, abs=0.02)


def test_questions_are_drawn_within_their_groups() -> None:
    groups = ["many"] * 98 + ["few"] * 2
    alike = np.array([1.0] * 98 + [0.0] * 2)  # each group moves as one: nothing is left to chance
    by_group = measure("R@1").figure(groups)
    found = compare(alike, np.zeros(100), figure=by_group, groups=groups)
    assert (found.mean, found.low, found.high) == (0.5, 0.5, 0.5)
