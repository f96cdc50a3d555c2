from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.understanding.acts import Act, Feedback, Filter, Unclear
from agent.understanding.grammar.calendar.month_names import MONTHS
from agent.understanding.grammar.calendar.spans import Period, share
from agent.understanding.grammar.dates.dates import dates
from agent.understanding.grammar.dates.periods import period
from agent.understanding.interpretation import Context
from agent.understanding.interpreters.tagging_interpreter import interpret
from retrievers.query import Filters


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


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("Q3 2021", "2021-07-01", "2021-09-30"),
        ("2020 q1", "2020-01-01", "2020-03-31"),
        ("the last quarter of 2020", "2020-10-01", "2020-12-31"),
        ("first half of 2020", "2020-01-01", "2020-06-30"),
        ("H2 2019", "2019-07-01", "2019-12-31"),
        ("mid-July 2020", "2020-07-11", "2020-07-20"),
        ("late February 2021", "2021-02-19", "2021-02-28"),
        ("early 2021", "2021-01-01", "2021-04-30"),
        ("end of summer 2019", "2019-08-01", "2019-08-31"),
        ("the second week of june 2021", "2021-06-08", "2021-06-14"),
        ("last three months of 2020", "2020-10-01", "2020-12-31"),
        ("the first 10 days of May 2020", "2020-05-01", "2020-05-10"),
        ("early last year", "2023-01-01", "2023-04-30"),
    ],
)
def test_a_part_of_a_time_is_that_part(words: str, first: str, last: str) -> None:
    found = period(words, date(2024, 5, 15))
    assert found is not None
    assert (found.start.isoformat(), (found.end - timedelta(days=1)).isoformat()) == (first, last)


@given(st.integers(1900, 2090), st.sampled_from([1, 2, 3, 4, 12]))
def test_the_parts_of_a_year_follow_one_another_and_fill_it(year: int, parts: int) -> None:
    whole = Period(date(year, 1, 1), date(year + 1, 1, 1))
    found = [share(whole, at, parts) for at in range(1, parts + 1)]
    borders = [one.start for one in found if one] + [whole.end]
    assert [one.end for one in found if one] == borders[1:] and borders[0] == whole.start


@pytest.mark.parametrize(
    ("words", "after", "before"),
    [
        ("before the end of 2020", None, date(2020, 12, 31)),
        ("until the end of march 2020", None, date(2020, 4, 1)),
        ("no later than march 2020", None, date(2020, 4, 1)),
        ("not after 2019", None, date(2020, 1, 1)),
        ("after the start of may 2020", date(2020, 5, 2), None),
        ("since early 2020", date(2020, 1, 1), None),
        ("between q1 2020 and q3 2020", date(2020, 1, 1), date(2020, 10, 1)),
    ],
)
def test_a_bound_lies_where_it_was_said(
    words: str, after: date | None, before: date | None
) -> None:
    assert dates(words, date(2024, 5, 15)) == Filters(after=after, before=before)


def _acts(said: str) -> list[Act]:
    context = Context(shown=12, asked=True, today=date(2026, 11, 28))
    return list(interpret(said, context).acts)


@pytest.mark.parametrize(
    "said", ["photos 2018 - 2019", "pictures 2018-2019", "photos 2018–2019", "images 2018 to 2019"]
)
def test_years_after_a_word_for_pictures_are_no_numbers_on_the_screen(said: str) -> None:
    assert _acts(said) == [Filter(Filters(after=date(2018, 1, 1), before=date(2020, 1, 1)))]
    assert _acts("pictures 3-5") == [Feedback(like=(3, 4, 5))]


@pytest.mark.parametrize(
    ("said", "after", "other"),
    [
        ("in feb 19", date(2019, 2, 1), "2026-02-19"),
        ("in march 12", date(2012, 3, 1), "2026-03-12"),
        ("feb 19", date(2026, 2, 19), "2019-02"),
        ("photos from march 19", date(2026, 3, 19), "2019-03"),
    ],
)
def test_a_month_and_two_digits_may_be_a_day_or_a_year_and_the_other_is_offered(
    said: str, after: date, other: str
) -> None:
    doubt, taken = _acts(said)
    assert isinstance(taken, Filter) and taken.adds.after == after
    assert isinstance(doubt, Unclear) and doubt.message.endswith(f"say {other}.")


@pytest.mark.parametrize("said", ["on march 19", "the 19th of march", "march 9", "19 march"])
def test_a_day_that_is_plainly_one_is_not_doubted(said: str) -> None:
    assert [type(act) for act in _acts(said)] == [Filter]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("photos du 4 mars 2019", date(2019, 3, 4)),
        ("vom 4. März 2019", date(2019, 3, 4)),
        ("taken on 1er avril 2019", date(2019, 4, 1)),
        ("4 de julio de 2019", date(2019, 7, 4)),
        ("photos from 2019年3月1日", date(2019, 3, 1)),
        ("2019–03–01", date(2019, 3, 1)),
    ],
)
def test_a_day_is_read_in_other_languages_too(said: str, day: date) -> None:
    assert _acts(said) == [Filter(Filters(after=day, before=day + timedelta(days=1)))]
