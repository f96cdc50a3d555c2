"""Days of the week, times of day and seasons, against a calendar turned day by day."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import cycle, dropwhile
from random import Random
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrievers.collection.collection import Collection
from retrievers.collection.filters.row_filters import meeting
from retrievers.collection.record.batch import Batch, FileRecord, PictureRecord
from retrievers.collection.writer import CollectionWriter
from retrievers.pictures.metadata.facts import Dated, Facts
from retrievers.query import Filters, Hours, MonthDay, MonthDays

T = TypeVar("T")
CHANCE = Random(7)
YEAR = [date(2000, 1, 1) + timedelta(days=n) for n in range(366)]
QUARTERS = [n / 4 for n in range(24 * 4)]


def random_date(number: int) -> Dated | None:
    """Some know no time, some no day, some no month, some nothing."""
    taken = datetime(1850, 1, 1) + timedelta(minutes=CHANCE.randrange(92_000_000))
    if number % 4 == 3:  # near the end of February
        taken = datetime(2000 + number % 9, 2, 26) + timedelta(minutes=CHANCE.randrange(8_000))
    match number % 10:
        case 0:
            return None
        case 1:
            return Dated(datetime(taken.year, 1, 1), "exif", stretch="year")
        case 2 | 3:
            return Dated(datetime(taken.year, taken.month, 1), "exif", stretch="month")
        case 4 | 5:
            return Dated(datetime(taken.year, taken.month, taken.day), "exif")
    return Dated(taken, "exif")


DATES = [random_date(number) for number in range(600)]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    folder = tmp_path_factory.mktemp("dated")
    collection = Collection.create(folder / "c", encoder="e", dim=1)
    batch = Batch()
    for number, one in enumerate(DATES):
        digest, path = f"{number:064x}"[::-1], folder / f"{number}.png"
        batch.pictures.append(PictureRecord(sha256=digest, width=1, height=1, bytes=1))
        batch.vectors.append(np.ones(1, np.float32))
        said = Facts(dates=(one,) if one else ())
        batch.files.append(FileRecord(path, folder, path.name, digest, 1, 1, said))
    with CollectionWriter(collection) as writer:
        writer.set_root(folder, include=[], exclude=[])
        writer.commit(batch)
    yield collection
    collection.close()


def agrees(collection: Collection, filters: Filters, rule: list[bool]) -> None:
    mask = meeting(collection, filters)
    assert mask is not None and mask.tolist() == rule


@given(st.lists(st.integers(1, 7), min_size=1, max_size=7).map(tuple))
def test_a_weekday_is_that_of_the_calendar(collection: Collection, days: tuple[int, ...]) -> None:
    agrees(
        collection,
        Filters(weekdays=days),
        [bool(one and not one.stretch and one.taken.date().isoweekday() in days) for one in DATES],
    )


@given(
    st.lists(
        st.tuples(st.sampled_from(QUARTERS), st.sampled_from([*QUARTERS, 24.0])).filter(
            lambda one: one[0] != one[1] % 24
        ),
        min_size=1,
        max_size=2,
    ).map(tuple)
)
def test_a_time_of_day_lies_between_two_and_goes_on_past_midnight(
    collection: Collection, windows: tuple[Hours, ...]
) -> None:
    quarters = {at for window in windows for at in walked(QUARTERS, window[0], window[1] % 24)}

    def rule(one: Dated | None) -> bool:
        known = one and (one.taken.hour, one.taken.minute) != (0, 0)
        return bool(one and known and one.taken.hour + one.taken.minute // 15 / 4 in quarters)

    agrees(collection, Filters(hours=windows), list(map(rule, DATES)))


DAYS = st.sampled_from(YEAR).map(lambda day: (day.month, day.day))
WINDOWS = st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=2).map(tuple)


@given(WINDOWS)
def test_a_season_comes_every_year_and_goes_on_past_its_end(
    collection: Collection, windows: tuple[MonthDays, ...]
) -> None:
    within: set[MonthDay] = set()
    every = [(day.month, day.day) for day in YEAR]
    for first, last in windows:
        end = (2, 29) if last == (2, 28) else last
        within |= {*walked(every, first, end), end}

    def rule(one: Dated | None) -> bool:
        if one is None or one.stretch == "year":
            return False
        if one.stretch == "month":
            return {day for day in every if day[0] == one.taken.month} <= within
        return (one.taken.month, one.taken.day) in within

    agrees(collection, Filters(month_days=windows), list(map(rule, DATES)))


def walked(round_: list[T], first: T, end: T) -> Iterator[T]:
    """Go round from one up to, not including, another."""
    for at in dropwhile(lambda one: one != first, cycle(round_)):
        if at == end:
            return
        yield at


def test_conditions_hold_together_and_are_refused_together(collection: Collection) -> None:
    sundays, winters = Filters(weekdays=(7,)), Filters(month_days=(((12, 1), (2, 28)),))
    sunday, winter = meeting(collection, sundays), meeting(collection, winters)
    assert sunday is not None and winter is not None and sunday.any() and winter.any()
    both = meeting(collection, Filters(weekdays=(7,), month_days=winters.month_days))
    none = meeting(collection, Filters(unless=(sundays,)))
    either = meeting(collection, Filters(one_of=((sundays, winters),)))
    assert both is not None and (both == (sunday & winter)).all()
    assert none is not None and (none == ~sunday).all()
    assert either is not None and (either == (sunday | winter)).all()
