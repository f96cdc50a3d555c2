"""Conditions and their plain names."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.understanding.filter_names import ORIENTATIONS, filters_named, named
from retrievers.query import Filters

DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
WORDS = st.lists(st.sampled_from(["trips", "*.png", "a b", "canon"]), min_size=1, unique=True)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "after": DAYS.map(date.isoformat),
        "before": DAYS.map(date.isoformat),
        "not_after": DAYS.map(date.isoformat),
        "not_before": DAYS.map(date.isoformat),
        "orientation": st.sampled_from(ORIENTATIONS),
        "not_camera": st.sampled_from(["canon", "my phone"]),
        "camera": st.just("nikon"),
        "paths": WORDS,
        "not_paths": WORDS,
        "places": WORDS,
        "not_places": WORDS,
        "tags": WORDS,
        "not_tags": WORDS,
        "weekdays": st.lists(st.integers(1, 7), min_size=1, unique=True),
        "not_weekdays": st.just([6, 7]),
        "hours": st.lists(st.tuples(st.integers(0, 24), st.just(5.5)).map(list), min_size=1),
        "not_hours": st.just([[22, 5]]),
        "month_day": st.just([["12-01", "02-28"], ["06-01", "08-31"]]),
        "not_month_day": st.just([["01-01", "01-02"]]),
        "min_pixels": st.integers(1, 10**9),
        "max_pixels": st.integers(1, 10**9),
        "rating": st.integers(1, 5) | st.tuples(st.none() | st.integers(1, 5), st.integers(1, 5)),
    },
)


@given(CONDITIONS)
def test_names_lead_to_conditions_and_back(asked: dict[str, Any]) -> None:
    plain = {name: list(one) if isinstance(one, tuple) else one for name, one in asked.items()}
    assert named(filters_named(plain)) == plain


@pytest.mark.parametrize(
    ("filters", "plain"),
    [
        (Filters(after=datetime(2020, 1, 1)), {"after": "2020-01-01"}),
        (Filters(before=datetime(2020, 1, 1, 18)), {"before": "2020-01-01T18:00:00"}),
        (Filters(min_rating=4), {"rating": 4}),
        (Filters(max_rating=2), {"rating": [None, 2]}),
        (Filters(lacks=("date",)), {"lacks": ["date"]}),
        (
            Filters(unless=(Filters(camera="canon"), Filters(camera="nikon"))),
            {"not_camera": ["canon", "nikon"]},
        ),
        (
            Filters(unless=(Filters(camera="canon", tags=("fun",)),)),
            {"unless": ["taken with canon; tagged fun"]},
        ),
        (
            Filters(one_of=((Filters(orientation="portrait"), Filters(orientation="square")),)),
            {"not_orientation": "landscape"},
        ),
        (
            Filters(one_of=((Filters(paths=("*.jpg",)), Filters(paths=("*.png",))),)),
            {"paths": ["*.jpg", "*.png"]},
        ),
        (
            Filters(one_of=((Filters(camera="canon"), Filters(tags=("fun",))),)),
            {"one_of": ["taken with canon or tagged fun"]},
        ),
    ],
)
def test_every_condition_is_told(filters: Filters, plain: dict[str, Any]) -> None:
    assert named(filters) == plain


def test_an_ending_is_a_kind_of_file_where_the_file_calls_it_so() -> None:
    kinds = {"types": ["png"], "not_types": ["gif"]}
    assert named(filters_named(kinds), as_types=True) == kinds
    assert named(filters_named(kinds)) == {"paths": ["*.png"], "not_paths": ["*.gif"]}


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        ({"colour": "red"}, "filters: there is no 'colour'; there are after, before,"),
        ({"after": "last year"}, "filters.after: Invalid isoformat string: 'last year'"),
        ({"after": 2019}, "filters.after: must be a text or a list of texts; got 2019"),
        (
            {"orientation": "tall"},
            "filters.orientation: must be one of portrait, landscape, square",
        ),
        ({"min_pixels": "big"}, "filters.min_pixels: must be a whole number; got 'big'"),
        ({"tags": [1]}, "filters.tags: must be a text or a list of texts; got [1]"),
        ({"rating": [1]}, "filters.rating: "),
        ({"weekdays": [8]}, "filters.weekdays: must hold numbers in 1..7; got [8]"),
        ({"weekdays": 6}, "filters.weekdays: "),
        ({"month_day": [["2020-01-01", "x"]]}, "filters.month_day: "),
    ],
)
def test_what_is_wrong_is_told_by_its_name(plain: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError) as told:
        filters_named(plain)
    assert str(told.value).startswith(reason)
