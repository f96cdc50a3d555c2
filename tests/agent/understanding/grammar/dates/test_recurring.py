from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.understanding.acts import Act, Filter, NewSearch, Refine, Unclear
from agent.understanding.grammar.calendar.month_names import DAYS, MONTHS
from agent.understanding.grammar.conditions import whole_condition
from agent.understanding.grammar.dates.dates import date_in
from agent.understanding.grammar.dates.recurring.seasons import season_option
from agent.understanding.grammar.dates.recurring.times_of_day import hours, hours_option
from agent.understanding.grammar.dates.recurring.weekdays import weekdays_option
from agent.understanding.interpretation import Context
from agent.understanding.interpreters.tagging_interpreter import interpret
from retrievers.query import Filters

TODAY = date(2025, 10, 15)
WINTER = (((12, 1), (2, 28)),)
SUMMER = (((6, 1), (8, 31)),)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("on weekends", (6, 7)),
        ("weekends only", (6, 7)),
        ("only on weekends", (6, 7)),
        ("at the weekend", (6, 7)),
        ("on a sunday", (7,)),
        ("taken on a Tuesday", (2,)),
        ("every Friday", (5,)),
        ("saturdays and sundays", (6, 7)),
        ("on mondays, wednesdays or fridays", (1, 3, 5)),
        ("mondays to fridays", (1, 2, 3, 4, 5)),
        ("fridays to mondays", (1, 5, 6, 7)),
        ("on working days", (1, 2, 3, 4, 5)),
    ],
)
def test_days_of_the_week_are_read(said: str, days: tuple[int, ...]) -> None:
    assert whole_condition(said, TODAY) == Filters(weekdays=days)


@pytest.mark.parametrize(
    ("said", "window"),
    [
        ("mornings", (6, 12)),
        ("in the evening", (18, 21)),
        ("in the early mornings", (6, 9)),
        ("late evenings", (19.5, 21)),
        ("taken at night", (21, 6)),
        ("nights only", (21, 6)),
        ("only in the morning", (6, 12)),
        ("after 6 pm", (18, 24)),
        ("before 9:30am", (0, 9.5)),
        ("after 18:00", (18, 24)),
        ("after midnight", (0, 6)),
        ("between 6 and 9 in the morning", (6, 9)),
        ("between 11 and 1 pm", (11, 13)),
        ("6-9 pm", (18, 21)),
        ("from 10 at night to 4 in the morning", (22, 4)),
        ("at 6 pm", (17.5, 18.5)),
        ("around noon", (11, 13)),
    ],
)
def test_times_of_day_are_read(said: str, window: tuple[float, float]) -> None:
    assert whole_condition(said, TODAY) == Filters(hours=(window,))


@pytest.mark.parametrize(
    ("said", "window"),
    [
        ("taken in winter", WINTER),
        ("only in winter", WINTER),
        ("winter only", WINTER),
        ("every winter", WINTER),
        ("in the summers", SUMMER),
        ("taken in the summer", SUMMER),
        ("every december", (((12, 1), (12, 31)),)),
        ("december of any year", (((12, 1), (12, 31)),)),
        ("every 4th of July", (((7, 4), (7, 4)),)),
        ("every july 4th", (((7, 4), (7, 4)),)),
        ("every february", (((2, 1), (2, 28)),)),
        ("every christmas", (((12, 24), (12, 26)),)),
        ("taken on halloween", (((10, 31), (10, 31)),)),
    ],
)
def test_times_of_any_year_are_read(said: str, window: object) -> None:
    assert whole_condition(said, TODAY) == Filters(month_days=window)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "filters"),
    [
        ("on weekends in 2019",
         Filters(after=date(2019, 1, 1), before=date(2020, 1, 1), weekdays=(6, 7))),
        ("in 2019, only on weekends",
         Filters(after=date(2019, 1, 1), before=date(2020, 1, 1), weekdays=(6, 7))),
        ("yesterday evening",
         Filters(after=date(2025, 10, 14), before=date(2025, 10, 15), hours=((18, 21),))),
        ("sunday mornings", Filters(weekdays=(7,), hours=((6, 12),))),
        ("on friday nights in summer",
         Filters(weekdays=(5,), hours=((21, 6),), month_days=SUMMER)),
        ("sunday morning",
         Filters(after=date(2025, 10, 12), before=date(2025, 10, 13), hours=((6, 12),))),
        ("mornings in winter", Filters(hours=((6, 12),), month_days=WINTER)),
    ],
)  # fmt: skip
def test_times_that_come_again_stand_beside_others(said: str, filters: Filters) -> None:
    assert whole_condition(said, TODAY) == filters


@pytest.mark.parametrize(
    "said",
    ["at night", "only at night", "in winter", "winter", "in the night", "halloween",
     "a sunday hat", "between 6 and 9", "sunday roast", "a morning walk", "winter coat",
     "between 25:00 and 26:00",
     "every 31st of february", "falls", "springs"],
)  # fmt: skip
def test_sights_and_times_of_no_clock_are_no_condition(said: str) -> None:
    assert whole_condition(said, TODAY) is None


def acts(said: str, asked: bool = True) -> list[Act]:
    return list(interpret(said, Context(shown=9, asked=asked, today=TODAY)).acts)


@pytest.mark.parametrize(
    ("said", "text", "filters"),
    [
        ("dogs on weekends", "dogs", Filters(weekdays=(6, 7))),
        ("a street taken at night", "a street", Filters(hours=((21, 6),))),
        ("fog in the mornings", "fog", Filters(hours=((6, 12),))),
        ("the beach after 6 pm", "the beach", Filters(hours=((18, 24),))),
        ("the garden every june", "the garden", Filters(month_days=(((6, 1), (6, 30)),))),
        ("trees taken in winter", "trees", Filters(month_days=WINTER)),
        ("my street at night", "my street at night", None),
        ("a park in winter", "a park in winter", None),
        ("a busy morning market", "a busy morning market", None),
    ],
)
def test_in_a_description_what_can_be_a_sight_stays_one(
    said: str, text: str, filters: Filters | None
) -> None:
    wanted = [NewSearch(text), *([Filter(filters)] if filters else [])]
    assert acts(said, asked=False) == wanted


def test_such_times_are_refused() -> None:
    assert acts("not on weekends") == [Filter(Filters(unless=(Filters(weekdays=(6, 7)),)))]
    assert acts("only in winter") == [Filter(Filters(month_days=WINTER))]
    assert isinstance(acts("in winter")[0], Refine)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("on my birthday", "no day that is known here"),
        ("before our wedding anniversary", "no day that is known here"),
        ("every easter", "on other days each year"),
    ],
)
def test_days_that_nobody_can_know_are_said_to_be_unknown(said: str, told: str) -> None:
    (act,) = acts(said)
    assert isinstance(act, Unclear) and told in act.message


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(["{h}:{m:02}", "12h"]))
def test_a_time_means_the_same_on_either_clock(hour: int, minute: int, form: str) -> None:
    half = f"{(hour - 1) % 12 + 1}:{minute:02} {'pm' if hour >= 12 else 'am'}"
    said = form.format(h=hour, m=minute) if "{" in form else half
    assert hours(f"after {said}") == (hour + minute / 60, 24)


@given(st.sets(st.integers(1, 7), min_size=1), st.booleans())
def test_an_option_names_days_in_any_order(days: set[int], short: bool) -> None:
    names = [DAYS[day - 1][: 3 if short else None] for day in days]
    assert weekdays_option(",".join(names)) == tuple(sorted(days))
    plural = [f"{DAYS[day - 1]}s" for day in days]
    assert weekdays_option(" and ".join(plural)) == tuple(sorted(days))


@given(st.integers(1, 12), st.integers(1, 28))
def test_an_option_names_a_day_in_digits_or_words(month: int, day: int) -> None:
    for text in (
        f"{month:02}-{day:02}",
        f"{day} {MONTHS[month - 1]}",
        f"{MONTHS[month - 1]} {day}",
    ):
        assert season_option(text) == ((month, day), (month, day))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("6-12", (6, 12)),
        ("18:30 - 21", (18.5, 21)),
        ("22-5", (22, 5)),
        ("10pm-4am", (22, 4)),
        ("evenings", (18, 21)),
        ("night", (21, 6)),
        ("after 6 pm", (18, 24)),
    ],
)
def test_an_option_takes_times_of_day(text: str, read: tuple[float, float]) -> None:
    assert hours_option(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("winter", ((12, 1), (2, 28))),
        ("12-01/02-28", ((12, 1), (2, 28))),
        ("1 dec to 15 jan", ((12, 1), (1, 15))),
        ("november/february", ((11, 1), (2, 28))),
        ("Christmas", ((12, 24), (12, 26))),
    ],
)
def test_an_option_takes_seasons(text: str, read: object) -> None:
    assert season_option(text) == read


@pytest.mark.parametrize("text", ["", "soon", "7-7", "25-3", "6-12-18", "6:70-8", "monday"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a time of day looks like 6-12"):
        hours_option(text)


@pytest.mark.parametrize("text", ["", "soon", "13-01", "02-30", "1/2/3", "winter-", "easter"])
def test_what_is_no_season_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a season looks like winter"):
        season_option(text)


@pytest.mark.parametrize("text", ["", "soon", "sunny", "mon-tree", "8", "monkeys", "the", "mon-"])
def test_what_is_no_day_of_the_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="days of the week look like"):
        weekdays_option(text)


@given(st.lists(st.sampled_from(
    "on every taken in the only mornings sundays to and - 6 pm 9 am between winter after at "
    "christmas weekends night 2019 december of any year".split()), max_size=12))  # fmt: skip
def test_words_of_times_in_any_order_are_read_or_left(words: list[str]) -> None:
    said = " ".join(words)
    date_in(said)
    whole_condition(said, TODAY)
