from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.understanding.grammar.calendar.month_names import MONTHS
from agent.understanding.grammar.dates.dates import date_in, dates
from agent.understanding.grammar.dates.days import doubt, first_day, first_days, first_moment
from retrievers.pictures.metadata.plain_dates import in_digits
from retrievers.query import Filters

DAY = (
    *("2019. 7. 4.", "2019.7.4.", "2019. 7. 4", "2019. 07. 04.", "2019 07 04", "2019_07_04"),
    *("4. 7. 2019", "4. 7. 2019.", "4.7.2019."),
)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019", date(2019, 1, 1)),
        ("1750", date(1750, 1, 1)),
        ("2019-06", date(2019, 6, 1)),
        ("2019/06", date(2019, 6, 1)),
        ("6.2019", date(2019, 6, 1)),
        ("June 2019", date(2019, 6, 1)),
        ("2019-6-3", date(2019, 6, 3)),
        ("2019-06-01T10:00", date(2019, 6, 1)),
        ("2019-06-01T10:00:00.5-05:30", date(2019, 6, 1)),
        ("3.6.19", date(2019, 6, 3)),
        ("the 3rd of June 2019", date(2019, 6, 3)),
        (" 2020-02-29 ", date(2020, 2, 29)),
        *((text, date(2019, 7, 4)) for text in DAY),
        *((text, date(2019, 7, 1)) for text in ("2019. 7.", "2019.7.", "2019. 7")),
    ],
)
def test_a_year_a_month_or_a_day_starts_on_its_first_day(text: str, day: date) -> None:
    assert first_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "2019 13 04",
        "2019. 13. 4.",
        "2019 7 4 1",
        "",
        "19",
        "soon",
        "last tear",
        "2019/06/",
        "2019-06-01-02",
        "٢٠١٩-٠٦x",
    ],
)
def test_anything_else_is_refused_with_the_three_forms(text: str) -> None:
    with pytest.raises(ValueError, match="must look like 2019, 2019-06 or 2019-06-01; got "):
        first_day(text)


@pytest.mark.parametrize(
    "text", ["2019-13", "2019-02-29", "0000", "31.2.2019", "2019-13-40", "31 April 2020"]
)
def test_a_day_that_never_was_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"there is no day '{text}'"):
        first_day(text)


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_every_day_is_read_from_every_form_or_said_to_be_unclear(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    name = MONTHS[m - 1]
    for text in (
        *(day.strftime(form) for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y:%m:%d")),
        *(f"{day.isoformat()}{time}" for time in ("T10:00", " 23:59:59", "T00:00:00.123+02:00")),
        *(day.strftime(form) for form in ("%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%Y:%m:%d 24:00:00")),
        *(f"{d}.{m}.{y}", f"{y}-{m}-{d}", f"{y}/{m}/{d} 7:30 pm", f"{d}.{m}.{y % 100:02}"),
        *(f"{d} {name} {y}", f"{name.title()} {d}, {y}", f"the {d}th of {name[:3]}. {y}"),
        *(f"{d}-{name[:3]}-{y % 100:02}", f"{d}. {name} {y}"),
    ):
        assert (first_day(text), doubt(text)) == (day, "")
    for text in (f"{d:02}/{m:02}/{y}", f"{d}-{m}-{y}", f"{d}/{m}/{y % 100:02}"):
        assert first_day(text) == day
        assert bool(doubt(text)) == (d <= 12 and d != m)
    turned = f"{m}/{d}/{y}"
    assert first_day(turned) == day or day.isoformat() in doubt(turned)


@given(st.text("0123456789-/.:T +Z", max_size=24))
def test_digits_and_signs_are_a_day_or_one_line(text: str) -> None:
    try:
        assert isinstance(first_day(text), date)
    except ValueError as error:
        assert "\n" not in str(error)
        assert "date" in str(error)


def test_both_days_are_offered_to_who_can_take_neither() -> None:
    assert first_days("13/04/2019") == [date(2019, 4, 13)]
    assert first_days("07/04/2019") == [date(2019, 4, 7), date(2019, 7, 4)]
    assert first_days("soon") == []


def test_the_last_day_of_the_calendar_is_a_day() -> None:
    assert first_day("9999-12-31") == date(9999, 12, 31)


EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-07-04 16:00", datetime(2019, 7, 4, 16)),
        ("2019-07-04T16:00:05.25", datetime(2019, 7, 4, 16, 0, 5, 250000)),
        ("4.7.2019 3pm", datetime(2019, 7, 4, 15)),
        ("4 July 2019 at 12.30 a.m.", datetime(2019, 7, 4, 0, 30)),
        ("July 4, 2019, 9:05 PM", datetime(2019, 7, 4, 21, 5)),
        ("20190704T16:00Z", datetime(2019, 7, 4, 16, tzinfo=UTC)),
        ("2019-07-04 16:00 +02:00", datetime(2019, 7, 4, 16, tzinfo=EAST)),
        ("2019-07-04 24:00", datetime(2019, 7, 5)),
        ("2019-06", date(2019, 6, 1)),
        ("4 July 19", date(2019, 7, 4)),
    ],
)
def test_a_time_of_day_counts(text: str, moment: date) -> None:
    assert first_moment(text) == moment


def test_a_time_that_never_was_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no time '25:00'"):
        first_moment("2019-07-04 25:00")


@pytest.mark.parametrize(
    ("text", "ago"), [("yesterday", 1), ("today", 0), ("the last week", 7), ("3 days ago", 3)]
)
def test_a_day_is_also_said_from_today(text: str, ago: int) -> None:
    assert first_day(text) == date.today() - timedelta(days=ago)
    assert first_day("last year") == date(date.today().year - 1, 1, 1)


def test_days_to_come_are_read_where_pictures_are_before_them() -> None:
    today = date.today()
    assert first_day("tomorrow") == today + timedelta(days=1)
    assert first_day("the day after tomorrow") == today + timedelta(days=2)
    assert first_day("next week") == today + timedelta(days=7 - today.weekday())
    assert first_day("next year") == date(today.year + 1, 1, 1)


@pytest.mark.parametrize(
    ("said", "after", "before"),
    [
        ("taken on 2019. 7. 4.", date(2019, 7, 4), date(2019, 7, 5)),
        ("from 2019. 7. 4. to 2019. 7. 9.", date(2019, 7, 4), date(2019, 7, 10)),
        ("on 2019 07 04", date(2019, 7, 4), date(2019, 7, 5)),
        ("before tomorrow", None, date(2020, 2, 11)),
        ("before the day after tomorrow", None, date(2020, 2, 12)),
        ("until next month", None, date(2020, 4, 1)),
    ],
)
def test_the_same_forms_are_dates_in_a_sentence(
    said: str, after: date | None, before: date
) -> None:
    (found,) = [" ".join(in_digits(f"dogs {said}", english=False).split())]
    match = date_in(found)
    assert match and dates(match[0], date(2020, 2, 10)) == Filters(after=after, before=before)


@pytest.mark.parametrize(
    "said", ["a poster of tomorrow", "the day after tomorrow", "next to a car"]
)
def test_days_to_come_are_sights_elsewhere(said: str) -> None:
    assert date_in(said) is None
