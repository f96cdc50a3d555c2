from datetime import date

import pytest

from agent.understanding.acts import Feedback, Filter, Lift, Negate, NewSearch, Refine
from agent.understanding.constraint_list import restated
from agent.understanding.constraints import apply, narrowed
from retrievers.query import Filters, Query

Y18, Y20, Y22 = date(2018, 1, 1), date(2020, 1, 1), date(2022, 1, 1)


@pytest.mark.parametrize(
    ("old", "adds", "left"),
    [
        (Filters(after=Y18), Filters(before=Y20), Filters(after=Y18, before=Y20)),
        (Filters(after=Y20), Filters(before=Y18), Filters(before=Y18)),
        (Filters(after=Y18), Filters(after=Y20, before=Y22), Filters(after=Y20, before=Y22)),
        (Filters(paths=("a",)), Filters(paths=("b",)), Filters(paths=("a", "b"))),
        (Filters(orientation="portrait"), Filters(orientation="square"),
         Filters(orientation="square")),
    ],
)  # fmt: skip
def test_conditions_join_unless_no_day_would_be_left(
    old: Filters, adds: Filters, left: Filters
) -> None:
    assert narrowed(old, adds) == left


def test_a_phrase_refused_later_is_wanted_no_more_and_the_other_way_round() -> None:
    query = Query(wanted=("a beach", "with boats"))
    refused = apply(Negate("boat"), query, ())
    assert (refused.wanted, refused.unwanted) == (("a beach",), ("boat",))
    again = apply(Refine("some boats"), refused, ())
    assert (again.wanted, again.unwanted) == (("a beach", "some boats"), ())


def test_a_phrase_that_says_more_stays_when_a_part_is_refused() -> None:
    query = apply(Negate("beach"), Query(wanted=("dogs on a beach",)), ())
    assert query == Query(wanted=("dogs on a beach",), unwanted=("beach",))


def test_instead_replaces_what_was_said_last() -> None:
    query = apply(Refine("with snow", instead=True), Query(wanted=("a house", "in the rain")), ())
    assert query.wanted == ("a house", "with snow")


def test_a_new_search_forgets_everything() -> None:
    query = Query(wanted=("cat",), like=("x",), filters=Filters(camera="Nikon"))
    assert apply(NewSearch("dog"), query, ()) == Query(wanted=("dog",))


def test_the_last_verdict_on_a_picture_holds() -> None:
    bad = apply(Feedback(unlike=(1,)), Query(), ("x", "y"))
    assert (bad.unlike, bad.excluded) == (("x",), frozenset({"x"}))
    good = apply(Feedback(like=(1,)), bad, ("x", "y"))
    assert (good.like, good.unlike, good.excluded) == (("x",), (), frozenset())


def test_conditions_are_lifted_by_kind() -> None:
    query = Query(filters=Filters(after=Y18, camera="Nikon", tags=("fun",)))
    assert apply(Lift("date"), query, ()).filters == Filters(camera="Nikon", tags=("fun",))
    assert apply(Lift("all"), query, ()).filters == Filters()


def test_a_query_is_said_in_one_line() -> None:
    query = apply(Filter(Filters(after=Y18, before=Y20, min_pixels=12_000_000)), Query(), ())
    query = apply(Negate("people"), apply(Refine("a dog"), query, ()), ())
    line = "a dog; not people; taken 2018-01-01 to 2019-12-31; at least 12 MP"
    assert restated(query) == line
    assert restated(Query()) == "anything"
