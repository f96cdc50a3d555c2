"""The state of a conversation: a list of constraints, which turns edit and journals keep."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.conversation.journal import Journal
from agent.conversation.session import Session
from agent.turns.undo_history import before, changed
from agent.understanding.acts import (
    Act,
    Filter,
    Forget,
    Keep,
    Negate,
    NewSearch,
    Reading,
    Refine,
    Unclear,
    Widen,
)
from agent.understanding.constraint_list import Condition, Example, Liked, Refused, Wanted
from agent.understanding.constraint_words import restated, words_of
from agent.understanding.edits import edited
from retrievers.hit import Hit
from retrievers.query import Filters, Query
from tests.agent.fakes import Gallery
from tests.agent.understanding.constraint_strategies import acts

OLD = Path(__file__).parent / "old_journals"
NOON = datetime(2024, 5, 15, 12, 0)
PORTRAIT = Filters(orientation="portrait")


class Unseeing(Gallery):
    """Finds by words and pictures of its own; what lies outside says nothing to it."""

    def search(self, query: Query, k: int) -> list[Hit]:
        asked = Query(query.wanted, query.unwanted, excluded=query.excluded)
        return super().search(asked, k)


def session(folder: Path) -> Session:
    gallery = Unseeing("cat", "dog", "dog beach", "red car")
    journal = Journal.create(folder, "trip", {"collection": "photos"})
    return Session(journal, gallery, page=4, now=lambda: NOON)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_undo_restores_the_list_exactly_and_every_turn_tells_its_edits(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    conversation = session(tmp_path_factory.mktemp("talk"))
    conversation.act(NewSearch("a dog"))
    states = [conversation.current.constraints]
    for _ in range(3):
        count = len(states[-1])
        made: Any = data.draw(acts(count))
        shown = len(conversation.current.shown)
        if all(n <= shown for n in [*getattr(made, "like", ()), *getattr(made, "unlike", ())]):
            conversation.act(made)
            if conversation.turns[-1].head == len(conversation.turns):
                states.append(conversation.current.constraints)
    for state in reversed(states[:-1]):
        conversation.undo()
        assert conversation.current.constraints == state
    turns = conversation.turns
    for turn in turns:
        assert edited(before(turn, turns).constraints, turn.edits) == turn.constraints
    read = Journal.read(conversation.journal.path.parent, "trip")
    assert read.turns == list(turns)


def test_a_turn_tells_what_it_changed(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.act(Refine("a red car"), Negate("people"))
    turn = conversation.act(NewSearch("a dog"))
    told = [
        (one.mark, one.number, words_of(one.constraint))
        for one in changed(turn, conversation.turns)
    ]
    assert told == [
        ("added", 1, "a dog"),
        ("dropped", 1, "a red car"),
        ("dropped", 2, "not people"),
    ]
    undone = conversation.undo()
    marks = [one.mark for one in changed(undone, conversation.turns)]
    assert marks == ["added", "added", "dropped"]


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (Forget("a cow"), "Nothing that is asked for is called 'a cow'."),
        (Keep(("a cow", "a pig")), "Nothing that is asked for is called 'a cow' or 'a pig'."),
        (Widen(PORTRAIT), "There is no such condition to widen by 'portrait'."),
    ],
)
def test_what_finds_nothing_to_do_says_so_and_leaves_the_search(
    tmp_path: Path, act: Act, told: str
) -> None:
    conversation = session(tmp_path)
    first = conversation.ask("a dog")
    turn = conversation.act(act)
    assert (turn.reply, turn.hits, turn.edits) == (told, (), ())
    assert conversation.current == first


READINGS = (
    Reading("only portraits", (Filter(PORTRAIT),)),
    Reading("a portrait of someone", (Refine("a portrait"),)),
)


def offered(folder: Path) -> Session:
    conversation = session(folder)
    conversation.act(NewSearch("a dog"))
    conversation.act(Negate("cats"), Unclear("That can mean two things.", READINGS))
    return conversation


def test_what_can_mean_several_things_does_nothing_but_offer_them(tmp_path: Path) -> None:
    turn = offered(tmp_path).turns[-1]
    assert turn.reply == "That can mean two things.\n1 only portraits\n2 a portrait of someone"
    assert (turn.readings, turn.head, turn.edits) == (READINGS, 1, ())
    assert turn.constraints == (Wanted("a dog"),)


@pytest.mark.parametrize("said", ["1", "#1", "Only portraits"])
def test_a_reading_is_taken_by_its_number_or_its_words(tmp_path: Path, said: str) -> None:
    conversation = offered(tmp_path)
    turn = conversation.ask(said)
    assert turn.acts == READINGS[0].acts
    assert conversation.current.constraints == (Wanted("a dog"), Condition(PORTRAIT))
    resumed = Session.resume("trip", conversation.retriever, folder=tmp_path)
    assert resumed.turns == conversation.turns


def test_a_program_takes_a_reading_by_its_number(tmp_path: Path) -> None:
    conversation = offered(tmp_path)
    with pytest.raises(ValueError, match=r"reading must be in 1\.\.2; got 3"):
        conversation.read_as(3)
    assert conversation.read_as(2).said == "a portrait of someone"
    assert conversation.current.understood == "a dog + a portrait"
    with pytest.raises(ValueError, match=r"reading must be in 1\.\.0; got 1"):
        conversation.read_as(1)


def test_a_correction_before_the_search_takes_a_reading_too(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    first = conversation.hear("a dog")
    corrected = conversation.hear("2", after=first, offered=READINGS)
    assert corrected.constraints == (Wanted("a dog"), Wanted("a portrait"))
    assert conversation.hear("2", after=first).constraints != corrected.constraints


def test_what_is_said_instead_of_a_reading_is_read_as_ever(tmp_path: Path) -> None:
    conversation = offered(tmp_path)
    conversation.ask("on a beach")
    assert conversation.current.understood == "a dog + on a beach"
    conversation.ask("1")  # offered no more
    assert conversation.current.understood != "a dog + on a beach; portrait"


def test_a_journal_of_an_earlier_version_opens_and_goes_on(tmp_path: Path) -> None:
    """It was written by the version before constraints, with every act that it had."""
    shutil.copy(OLD / "every_act.jsonl", tmp_path)
    gallery = Unseeing("dog", "dog night", "cat")
    resumed = Session.resume("every_act", gallery, folder=tmp_path)
    assert len(resumed.turns) == 41
    assert all(turn.edits == () for turn in resumed.turns)
    stated = [turn.understood == restated(turn.constraints) for turn in resumed.turns]
    assert all(stated)
    assert resumed.turns[8].constraints == (
        Wanted("a dog"),
        Wanted("on a beach"),
        Refused("people"),
        Liked(("2000000000000000",)),
        *resumed.turns[8].constraints[4:],
    )
    assert Example(Path("pictures/sofa.jpg")) in resumed.turns[36].constraints
    turn = resumed.ask("at night")
    assert turn.constraints == (*resumed.turns[31].constraints, Wanted("at night"))
    resumed.undo(to=8)
    assert resumed.query == resumed.turns[7].query
    assert Session.resume("every_act", gallery, folder=tmp_path).turns == resumed.turns
