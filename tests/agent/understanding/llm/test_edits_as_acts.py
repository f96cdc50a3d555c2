"""What becomes of a model's edits: acts in the person's words, or nothing."""

from datetime import date

import pytest

from agent.understanding.acts import (
    Act,
    Ask,
    Change,
    Drop,
    Feedback,
    Filter,
    Negate,
    NewSearch,
    Order,
    Refine,
    Save,
    Show,
    ShowMore,
    StartOver,
    Unclear,
    Undo,
    Why,
    Widen,
)
from agent.understanding.interpretation import Context
from agent.understanding.llm.edit_schema import Edit
from agent.understanding.llm.edits_as_acts import Reader
from retrievers.query import Filters

PORTRAIT, SQUARE = Filters(orientation="portrait"), Filters(orientation="square")
CONDITIONS = {"portrait": PORTRAIT, "square": SQUARE}


def acts(said: str, *edits: Edit, constraints: tuple[str, ...] = ("a red car",)) -> list[Act]:
    context = Context(
        shown=9, asked=bool(constraints), today=date(2025, 10, 15), constraints=constraints
    )
    refused = {text: Filters(unless=(one,)) for text, one in CONDITIONS.items()}
    return Reader(said, context, condition=CONDITIONS.get, refusal=refused.get).acts(edits)


@pytest.mark.parametrize(
    ("said", "edit", "act"),
    [
        ("find boats", Edit("search", text="boats"), NewSearch("boats")),
        ("with snow", Edit("add", text="with snow"), Refine("with snow")),
        ("no snow", Edit("refuse", text="snow"), Negate("snow")),
        ("a blue one", Edit("change", 1, "a blue car"), Change(1, "a blue car")),
        ("portrait", Edit("change", 1, "portrait"), Filter(PORTRAIT)),
        ("forget the car", Edit("drop", 1), Drop((1,))),
        ("portrait", Edit("condition", text="portrait"), Filter(PORTRAIT)),
        ("not square", Edit("exclude", text="square"), Filter(Filters(unless=(SQUARE,)))),
        ("also square", Edit("allow", text="square"), Widen(SQUARE)),
        ("3 is good", Edit("like", pictures=(3,)), Feedback(like=(3,))),
        ("not 3", Edit("dislike", pictures=(3, 3)), Feedback(unlike=(3,))),
        ("more", Edit("more"), ShowMore()),
        ("20 more", Edit("more", 20), ShowMore(20)),
        ("give me 20", Edit("show", 20), Show(20)),
        ("go back two", Edit("undo", 2), Undo(2)),
        ("from scratch", Edit("start over"), StartOver()),
        ("why 2", Edit("why", pictures=(2,)), Why(2)),
        ("when was 2", Edit("question", text="when", pictures=(2,)), Ask("when", (2,))),
        ("newest first", Edit("order", text="newest"), Order("newest")),
        ("save as car", Edit("save", text="car", pictures=(1,)), Save("car", (1,))),
    ],
)
def test_an_edit_becomes_the_act_that_it_names(said: str, edit: Edit, act: Act) -> None:
    assert acts(said, edit) == [act]


@pytest.mark.parametrize(
    "edit",
    [
        Edit("search", text="a boat at dusk"),  # nobody spoke of a boat
        Edit("refuse", text="boats"),
        Edit("search"),
        Edit("change", 1, "a red car"),  # says nothing of what was said
        Edit("add", text="a red car"),
        Edit("change", 2, "snow"),  # there is no line 2
        Edit("drop", 0),
        Edit("like"),
        Edit("like", pictures=(10,)),  # 9 are shown
        Edit("why", pictures=(0,)),
        Edit("save", text="summer", pictures=(1,)),
        Edit("show", 0),
        Edit("more", -3),
        Edit("undo", 1000),
        Edit("order", text="by size"),
    ],
)
def test_an_edit_of_what_nobody_said_or_of_what_there_is_not_is_left_out(edit: Edit) -> None:
    assert acts("something with snow", edit) == []


@pytest.mark.parametrize("do", ["condition", "exclude", "allow"])
def test_a_condition_that_the_grammar_cannot_read_is_asked_about(do: str) -> None:
    (act,) = acts("something with snow", Edit(do, text="snow"))
    assert isinstance(act, Unclear)
    assert act.message.startswith("'snow' can't be read as a date,")


def test_words_of_the_list_may_be_said_again_and_small_words_added() -> None:
    assert acts("make it blue", Edit("change", 1, "the blue car")) == [Change(1, "the blue car")]


def test_lines_are_changed_and_dropped_before_any_is_added() -> None:
    edits = [Edit("add", text="snow"), Edit("drop", 1), Edit("drop", 2), Edit("change", 3, "ice")]
    found = acts("snow and ice", *edits, constraints=("a", "b", "c"))
    assert found == [Change(3, "ice"), Drop((1, 2)), Refine("snow")]


def test_a_picture_called_right_and_wrong_at_once_is_neither() -> None:
    edits = [Edit("like", pictures=(1, 2)), Edit("dislike", pictures=(2, 3))]
    assert acts("1 and 2, not 2 and 3", *edits) == [Feedback((1,), (3,))]


def test_the_first_words_of_a_conversation_are_a_search() -> None:
    assert acts("snow", Edit("add", text="snow"), constraints=()) == [NewSearch("snow")]
