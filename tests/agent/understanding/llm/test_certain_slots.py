"""A model's acts beside what the built-in reading is certain of."""

from datetime import date

import pytest

from agent.understanding.acts import (
    Act,
    Feedback,
    Filter,
    Lift,
    Negate,
    Refine,
    Save,
    Show,
    ShowMore,
    Unclear,
    Undo,
    Widen,
)
from agent.understanding.llm.certain_slots import agreed
from retrievers.query import Filters

YEAR = Filters(after=date(2019, 1, 1), before=date(2020, 1, 1))
OTHER = Filters(after=date(2018, 1, 1), before=date(2019, 1, 1))
CANON = Filters(camera="canon")


@pytest.mark.parametrize(
    ("acts", "builtin", "after"),
    [
        ([Filter(OTHER)], [Filter(YEAR)], [Filter(YEAR)]),
        ([Lift("date")], [Filter(YEAR)], [Filter(YEAR)]),
        ([Widen(YEAR)], [Filter(YEAR)], [Filter(YEAR)]),
        ([Filter(Filters(unless=(YEAR,)))], [Filter(YEAR)], [Filter(YEAR)]),
        ([Feedback(unlike=(3,))], [Feedback(like=(3,))], [Feedback(like=(3,))]),
        ([ShowMore(12)], [Show(20)], [Show(20)]),
        ([Undo(1)], [Undo(2)], [Undo(2)]),
        ([Save("dogs")], [Save("dogs at the lake")], [Save("dogs at the lake")]),
    ],
)
def test_what_contradicts_a_slot_gives_way_to_it(
    acts: list[Act], builtin: list[Act], after: list[Act]
) -> None:
    assert agreed(acts, builtin) == after


def test_what_the_built_in_reading_does_not_speak_of_stays() -> None:
    acts: list[Act] = [Refine("with snow"), Filter(CANON), Feedback(like=(2,))]
    assert agreed(acts, [Filter(YEAR), Negate("snow")]) == acts


def test_of_two_conditions_the_one_that_agrees_stays() -> None:
    both = Filters(after=OTHER.after, before=OTHER.before, camera="canon")
    assert agreed([Filter(both)], [Filter(YEAR)]) == [Filter(YEAR), Filter(CANON)]


def test_an_unclear_reading_is_certain_of_nothing() -> None:
    assert agreed([Filter(OTHER)], [Unclear("which?"), Filter(YEAR)]) == [Filter(OTHER)]
