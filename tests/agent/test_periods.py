from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.grammar.dates import dates
from agent.grammar.periods import MONTHS, Period, period


@given(st.dates(date(1800, 1, 1), date(2099, 12, 31)))
def test_a_day_means_the_same_in_every_spelling(day: date) -> None:
    month = MONTHS[day.month - 1].title()
    for words in (
        day.isoformat(),
        f"{day.day}.{day.month}.{day.year}",
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"the {day.day}th of {month[:3]} {day.year}",
    ):
        found = period(words, date(2024, 5, 15))
        assert found is not None
        assert found.start == day
        assert (found.end - found.start).days == 1


@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.sampled_from(
    ["last summer", "last winter", "last week", "last month", "last year", "yesterday", "last may",
     "last christmas", "last monday", "two weeks ago", "last weekend"]))  # fmt: skip
def test_what_is_last_is_over(today: date, words: str) -> None:
    found = period(words, today)
    assert found is not None
    assert found.start < found.end <= today


@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.integers(1, 40))
def test_the_last_months_reach_back_from_today(today: date, n: int) -> None:
    found = period(f"the last {n} months", today)
    assert found is not None
    assert abs((today - found.start).days - n * 30.44) < 4


@pytest.mark.parametrize("words", ["2021-02-29", "31 April 2020", "45.1.2020", "", "soon"])
def test_what_is_no_day_is_no_period(words: str) -> None:
    assert period(words, date(2024, 5, 15)) is None


def test_a_winter_belongs_to_the_year_it_begins_in() -> None:
    assert period("winter 2021", date(2024, 5, 15)) == Period(date(2021, 12, 1), date(2022, 3, 1))


def test_a_range_that_runs_backwards_is_no_condition() -> None:
    assert dates("between 2020 and 2018", date(2024, 5, 15)) is None
