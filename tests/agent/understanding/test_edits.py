from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversation.serialise import deserialise, serialise
from agent.understanding.acts_as_edits import after, edits_of
from agent.understanding.constraint_list import Constraint, Constraints, Refused, Wanted, query_of
from agent.understanding.constraint_words import words_of
from agent.understanding.edits import (
    Add,
    Change,
    Drop,
    Edits,
    ReplaceAll,
    differences,
    edited,
)
from tests.agent.understanding.constraint_strategies import LISTS, SHOWN, acts, edits

DOG, CAR, NO_PEOPLE = Wanted("a dog"), Wanted("a car"), Refused("people")


def some_edits(constraints: Constraints, data: st.DataObject) -> Edits:
    made: list[Any] = []
    for _ in range(data.draw(st.integers(0, 4))):
        made.append(data.draw(edits(len(edited(constraints, made)))))
    return tuple(made)


@given(LISTS, st.data())
def test_what_edits_change_is_the_difference_of_the_lists(
    before: Constraints, data: st.DataObject
) -> None:
    made = some_edits(before, data)
    now = edited(before, made)
    told: Counter[Constraint] = Counter(before)
    for one in differences(before, made):
        if one.mark == "dropped":
            assert before[one.number - 1] == one.constraint
        else:
            assert now[one.number - 1] == one.constraint
        gone = one.constraint if one.mark == "dropped" else one.before
        told.subtract([gone] if gone else [])
        told.update([one.constraint] * (one.mark != "dropped"))
    assert +told == Counter(now)


@given(LISTS, st.data())
def test_dropping_a_line_removes_just_what_it_said(
    before: Constraints, data: st.DataObject
) -> None:
    if not before:
        return
    number = data.draw(st.integers(1, len(before)))
    now = edited(before, [Drop(number)])
    assert now == before[: number - 1] + before[number:]
    assert [one.constraint for one in differences(before, [Drop(number)])] == [before[number - 1]]


@given(LISTS, st.data())
def test_any_acts_leave_a_query_that_holds_together(
    before: Constraints, data: st.DataObject
) -> None:
    now = before
    for _ in range(3):
        act: Any = data.draw(acts(len(now)))
        made = edits_of(act, now, SHOWN)
        assert edited(now, made) == after([act], now, SHOWN)
        now = edited(now, made)
    query = query_of(now)
    assert not {*query.like} & {*query.unlike} and {*query.unlike} <= query.excluded
    assert all(query.wanted) and all(query.unwanted) and len({*query.like}) == len(query.like)
    assert all(words_of(one) for one in now)


@given(LISTS, st.data())
def test_edits_are_written_and_read_again(before: Constraints, data: st.DataObject) -> None:
    made = some_edits(before, data)
    assert deserialise(Edits, serialise(made)) == made
    assert deserialise(Constraints, serialise(before)) == before


def test_differences_say_what_stood_before() -> None:
    made = (Change(1, CAR), Add(NO_PEOPLE), Drop(2))
    told = differences((DOG, Wanted("at night")), made)
    assert [(one.mark, one.number, one.constraint, one.before) for one in told] == [
        ("changed", 1, CAR, DOG),
        ("added", 2, NO_PEOPLE, None),
        ("dropped", 2, Wanted("at night"), None),
    ]


def test_what_is_kept_when_all_is_replaced_is_no_difference() -> None:
    (told,) = differences((DOG, CAR), [ReplaceAll((CAR,))])
    assert (told.mark, told.constraint) == ("dropped", DOG)


@pytest.mark.parametrize("edit", [Drop(2), Change(0, DOG)])
def test_a_number_that_no_constraint_has_is_refused(edit: Drop | Change) -> None:
    with pytest.raises(ValueError, match=r"constraint must be in 1\.\.1; got "):
        edited((DOG,), [edit])
