from datetime import date

import pytest

from app.dates import first_day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019", date(2019, 1, 1)),
        ("2019-06", date(2019, 6, 1)),
        ("2019-6-3", date(2019, 6, 3)),
        (" 2020-02-29 ", date(2020, 2, 29)),
    ],
)
def test_a_year_a_month_or_a_day_starts_on_its_first_day(text: str, day: date) -> None:
    assert first_day(text) == day


@pytest.mark.parametrize("text", ["", "19", "June 2019", "2019/06", "2019-06-01T10:00", "٢٠١٩-٠٦x"])
def test_anything_else_is_refused_with_the_three_forms(text: str) -> None:
    with pytest.raises(ValueError, match="must look like 2019, 2019-06 or 2019-06-01; got "):
        first_day(text)


@pytest.mark.parametrize("text", ["2019-13", "2019-02-29", "0000"])
def test_a_day_that_never_was_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"there is no day '{text}'"):
        first_day(text)
