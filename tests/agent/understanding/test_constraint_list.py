from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent.understanding.constraint_list import (
    Condition,
    Constraints,
    conditions_of,
    constraints_of,
    filters_of,
    query_of,
)
from agent.understanding.constraint_words import restated, words_of
from retrievers.query import Filters, Query
from tests.agent.understanding.constraint_strategies import FILTERS, LISTS

WORDS = st.text("abc ", min_size=1, max_size=5).filter(str.strip)
PHRASES = st.lists(WORDS, max_size=3).map(tuple)
IDS = st.lists(st.sampled_from("123"), max_size=3, unique=True).map(tuple)
OTHERS = st.lists(st.sampled_from("456"), max_size=3, unique=True).map(tuple)
EVERY = st.builds(
    Filters,
    paths=PHRASES,
    not_paths=PHRASES,
    after=st.none() | st.just(date(2018, 1, 1)),
    before=st.none() | st.just(date(2020, 1, 1)),
    weekdays=st.sampled_from([(), (6, 7)]),
    hours=st.sampled_from([(), ((22.0, 5.0), (6.5, 7))]),
    month_days=st.sampled_from([(), (((12, 1), (2, 28)),)]),
    orientation=st.none() | st.just("square"),
    min_pixels=st.none() | st.just(1_000_000),
    max_pixels=st.none() | st.just(2_000_000),
    camera=st.none() | st.just("Nikon"),
    tags=PHRASES,
    min_rating=st.none() | st.just(2),
    max_rating=st.none() | st.just(3),
    lacks=st.lists(st.sampled_from(["date", "tags"]), max_size=2, unique=True).map(tuple),
    unless=st.lists(FILTERS, max_size=2).map(tuple),
    one_of=st.lists(st.tuples(FILTERS, FILTERS), max_size=2).map(tuple),
)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    unlike = draw(OTHERS)
    return Query(
        wanted=draw(PHRASES),
        unwanted=draw(PHRASES),
        examples=tuple(draw(st.sampled_from([[], [Path("a.jpg")], [Path("a.jpg"), Path("b")]]))),
        like=draw(IDS),
        unlike=unlike,
        excluded=draw(st.frozensets(st.sampled_from("456789"))) | {*unlike},
        filters=draw(EVERY),
    )


@given(queries())
def test_a_query_is_the_same_after_it_was_a_list(query: Query) -> None:
    assert query_of(constraints_of(query)) == query


@given(LISTS)
def test_every_constraint_counts(constraints: Constraints) -> None:
    """Two conditions of one kind both hold, and not the later one alone."""
    filters = query_of(constraints).filters
    held = {one.filters for one in conditions_of(filters)}
    for one in constraints:
        if isinstance(one, Condition) and one.filters not in held:
            bounds = (filters.after, filters.before)
            grouped = any(group == (one.filters,) for group in filters.one_of)
            assert grouped or {one.filters.after, one.filters.before} - {None} <= {*bounds}


@given(LISTS)
def test_every_constraint_is_restated(constraints: Constraints) -> None:
    said = restated(constraints)
    assert all(words_of(one) in said for one in constraints)
    assert (said == "anything") == (not constraints) == query_of(constraints).is_empty


def test_conditions_of_one_kind_are_all_kept() -> None:
    of = [Condition(Filters(orientation="square")), Condition(Filters(orientation="portrait"))]
    assert filters_of(of) == Filters(
        orientation="square", one_of=((Filters(orientation="portrait"),),)
    )


def test_two_conditions_on_what_comes_again_both_hold() -> None:
    weekends, sundays = Filters(weekdays=(6, 7)), Filters(weekdays=(7,))
    both = filters_of([Condition(weekends), Condition(sundays)])
    assert both == Filters(weekdays=(6, 7), one_of=((sundays,),))
