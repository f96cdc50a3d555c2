"""Dates as people say them; each is all that was said."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.understanding.grammar.calendar.feasts import FIXED, of_year
from agent.understanding.grammar.conditions import whole_condition
from retrievers.query import Filters

TODAY = date(2025, 10, 15)  # a Wednesday


@pytest.mark.parametrize(
    ("said", "after", "before"),
    [
        ("two summers ago", "2024-06-01", "2024-09-01"),
        ("a couple of winters ago", "2023-12-01", "2024-03-01"),
        ("three christmases ago", "2022-12-24", "2022-12-27"),
        ("the last 6 months", "2025-04-15", None),
        ("early 2000s", "2000-01-01", "2003-05-01"),
        ("late nineties", "1996-09-01", "2000-01-01"),
        ("mid 80s", "1983-05-01", "1986-09-01"),
        ("sometime in the nineties", "1990-01-01", "2000-01-01"),
        ("the noughties", "2000-01-01", "2010-01-01"),
        ("easter 2022", "2022-04-15", "2022-04-19"),
        ("around easter 2022", "2022-04-08", "2022-04-26"),
        ("it was around easter 2022", "2022-04-08", "2022-04-26"),
        ("whitsun 2019", "2019-06-09", "2019-06-11"),
        ("pentecost 2019", "2019-06-09", "2019-06-11"),
        ("good friday 2019", "2019-04-19", "2019-04-20"),
        ("thanksgiving 2018", "2018-11-22", "2018-11-26"),
        ("black friday 2018", "2018-11-23", "2018-11-24"),
        ("diwali 2021", "2021-11-02", "2021-11-07"),
        ("eid 2022", "2022-05-02", "2022-05-06"),
        ("chinese new year 2020", "2020-01-24", "2020-02-01"),
        ("christmas 2019", "2019-12-24", "2019-12-27"),
        ("new years eve 2019", "2019-12-31", "2020-01-01"),
        ("last christmas", "2024-12-24", "2024-12-27"),
        ("last easter", "2025-04-18", "2025-04-22"),
        ("last halloween", "2024-10-31", "2024-11-01"),
        ("last diwali", "2024-10-29", "2024-11-03"),
        ("since easter", "2025-04-18", None),
        ("over christmas", "2024-12-24", "2024-12-27"),
        ("between easter and christmas", "2024-03-29", "2024-12-27"),
        ("before covid", None, "2020-03-11"),
        ("pre-covid", None, "2020-03-11"),
        ("before the pandemic", None, "2020-03-11"),
        ("during covid", "2020-03-01", "2021-07-01"),
        ("during the lockdowns", "2020-03-01", "2021-07-01"),
        ("since covid", "2020-03-11", None),
        ("post-covid", "2021-07-01", None),
        ("since brexit", "2020-01-31", None),
        ("make that 2021", "2021-01-01", "2022-01-01"),
        ("actually make it 2021", "2021-01-01", "2022-01-01"),
        ("of the year 2018", "2018-01-01", "2019-01-01"),
        ("jan-mar 2020", "2020-01-01", "2020-04-01"),
        ("Jan - March 2020", "2020-01-01", "2020-04-01"),
        ("november to february", "2024-11-01", "2025-03-01"),
        ("summer of 69", "1969-06-01", "1969-09-01"),
        ("winter 2019/20", "2019-12-01", "2020-03-01"),
        ("2019 or later", "2019-01-01", None),
        ("2015 and newer", "2015-01-01", None),
        ("2015 onwards", "2015-01-01", None),
        ("2015+", "2015-01-01", None),
        ("from 2012 on", "2012-01-01", None),
        ("june 2019 to now", "2019-06-01", None),
        ("2010 or earlier", None, "2011-01-01"),
        ("2010 and before", None, "2011-01-01"),
        ("pre-2015", None, "2015-01-01"),
        ("post 2015", "2016-01-01", None),
        ("from the 90s till 2005", "1990-01-01", "2006-01-01"),
        ("a year ago", "2024-09-15", "2024-11-15"),
        ("before a year ago", None, "2024-10-15"),
        ("this time last year", "2024-10-01", "2024-10-30"),
        ("around this time two years ago", "2023-10-01", "2023-10-30"),
        ("two years back", "2023-01-01", "2024-01-01"),
        ("5 yrs ago", "2020-01-01", "2021-01-01"),
        ("the other day", "2025-10-01", None),
        ("recently", "2025-09-15", None),
        ("recent", "2025-09-15", None),
        ("in the last decade", "2015-10-15", None),
        ("any time in 2019", "2019-01-01", "2020-01-01"),
        ("throughout 2019", "2019-01-01", "2020-01-01"),
        ("2015-ish", "2015-01-01", "2016-01-01"),
        ("circa 1990", "1990-01-01", "1991-01-01"),
    ],
)
def test_a_date_is_read_as_people_say_it(said: str, after: str | None, before: str | None) -> None:
    first, last = (date.fromisoformat(one) if one else None for one in (after, before))
    assert whole_condition(said, TODAY) == Filters(after=first, before=last)


@pytest.mark.parametrize(
    "said",
    ["before the war", "when i was young", "in my teens", "easter", "christmas", "a march and up",
     "after dark", "a recent car", "covid", "post office", "pre school",
     "2015 miles", "100 summers", "before school"],
)  # fmt: skip
def test_what_names_no_time_that_is_known_is_none(said: str) -> None:
    assert whole_condition(said, TODAY) is None


@given(st.integers(1900, 2090), st.sampled_from(["easter sunday", "pentecost", "good friday"]))
def test_movable_feasts_fall_on_their_day_of_the_week(year: int, name: str) -> None:
    found = of_year(name, year)
    assert found.start.isoweekday() == (5 if name == "good friday" else 7)
    assert date(year, 3, 19) < found.start < date(year, 6, 15)


@given(st.dates(date(1990, 1, 1), date(2035, 12, 31)), st.integers(1, 9),
       st.sampled_from(["summer", "winter", "christmas", "easter", "halloween"]))  # fmt: skip
def test_each_step_back_is_a_year(today: date, n: int, name: str) -> None:
    plural = f"{name}es" if name == "christmas" else f"{name}s"
    last = whole_condition(f"last {name}", today)
    back = whole_condition(f"{n} {plural} ago", today)
    assert last is not None and last.after is not None and last.before is not None
    assert back is not None and back.after is not None
    assert last.before <= today
    assert back.after.year == last.after.year - n + 1


@given(st.sampled_from(sorted(FIXED)), st.integers(1950, 2020))
def test_every_feast_of_a_fixed_day_is_read(name: str, year: int) -> None:
    month, day, days = FIXED[name]
    first = date(year, month, day)
    assert whole_condition(f"{name} {year}", TODAY) == Filters(
        after=first, before=first + timedelta(days=days)
    )
