from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.understanding.constraint_list import changed, chosen_of, constraints, restated
from retrievers.query import Filters, Query

WORDS = st.text("abc ", min_size=1, max_size=5).filter(str.strip)
PHRASES = st.lists(WORDS, max_size=3).map(tuple)
IDS = st.lists(st.sampled_from("123456"), max_size=3, unique=True).map(tuple)
FILTERS = st.builds(
    Filters,
    paths=PHRASES,
    not_paths=PHRASES,
    after=st.none() | st.just(date(2018, 1, 1)),
    before=st.none() | st.just(date(2020, 1, 1)),
    orientation=st.none() | st.just("square"),
    min_pixels=st.none() | st.just(1_000_000),
    max_pixels=st.none() | st.just(2_000_000),
    camera=st.none() | st.just("Nikon"),
    tags=PHRASES,
)
QUERIES = st.builds(
    Query,
    wanted=PHRASES,
    unwanted=PHRASES,
    examples=st.lists(st.sampled_from([Path("a.jpg"), Path("b.jpg")]), max_size=2).map(tuple),
    like=IDS,
    unlike=IDS,
    excluded=st.frozensets(st.sampled_from("123456789")),
    filters=FILTERS,
)


@given(QUERIES, st.data())
def test_dropping_every_constraint_in_any_order_leaves_nothing(
    query: Query, data: st.DataObject
) -> None:
    while known := constraints(query):
        left = data.draw(st.sampled_from(known)).without
        assert len(constraints(left)) < len(known)
        query = left
    assert query.is_empty


@given(QUERIES)
def test_every_constraint_is_restated(query: Query) -> None:
    said = restated(query)
    assert all(one.words in said for one in constraints(query))
    assert (said == "anything") == query.is_empty


@given(QUERIES, WORDS, st.data())
def test_a_changed_constraint_leaves_the_others(
    query: Query, text: str, data: st.DataObject
) -> None:
    known = constraints(query)
    if not known:
        return
    number = data.draw(st.integers(1, len(known)))
    others = [one.words for at, one in enumerate(known, start=1) if at != number]
    left = [one.words for one in constraints(changed(query, number, text))]
    assert text in left or f"not {text}" in left
    for words in others:
        left.remove(words)
    assert len(left) == 1


def test_a_phrase_is_changed_in_its_place() -> None:
    query = Query(wanted=("a red car", "at night"), unwanted=("people", "dogs"))
    assert changed(query, 1, "a blue car").wanted == ("a blue car", "at night")
    assert changed(query, 4, "cats").unwanted == ("people", "cats")


def test_a_number_that_no_constraint_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"constraint must be in 1\.\.1; got 2"):
        chosen_of(Query(wanted=("a",)), 2)
