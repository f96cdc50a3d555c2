import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.conversation.journal import Journal, SessionError, session_names
from agent.conversation.session import Session
from agent.stages.pipeline import Pipeline
from agent.turns.clarifying_question import Alternative, ClarifyingQuestion
from agent.understanding.acts import NewSearch, Refine
from retrievers.query import Query
from tests.agent.fakes import Broken, Gallery

CAPTIONS = (
    "cat", "dog", "dog beach", "dog beach night", "dog snow", "boat beach", "red boat", "blue boat",
    "cat person", "dog person beach", "car night", "red car", "snow night", "person",
)  # fmt: skip
NOON = datetime(2024, 5, 15, 12, 0)


def session(folder: Path, name: str = "trip", *, page: int = 3) -> Session:
    journal = Journal.create(folder, name, {"collection": "photos"})
    return Session(journal, Gallery(*CAPTIONS), page=page, now=lambda: NOON)


def names(found: Session) -> list[str]:
    return [hit.picture.path.stem for hit in found.current.hits]


def test_a_conversation_narrows_down(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    assert "dog" in names_after(conversation, "show me a dog")
    assert names_after(conversation, "on a beach, at night")[0] == "dog-beach-night"
    assert conversation.query == Query(wanted=("a dog", "on a beach, at night"))
    assert conversation.current.understood == "a dog + on a beach, at night"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("dog on 07/04/2019", "was read as 7 April 2019; for 4 July 2019 say 2019-07-04"),
        ("dog, 1/2/19 to 3/2/19", "to 3 February 2019; for 2 January 2019 to 2 March 2019 say"),
        ("dog on 31.2.2019", "'on 31.2.2019' is no day"),
        ("2019-13-40", "'2019-13-40' is no day"),
        ("dog before 7/14/2019", ""),
        ("dog between 4/7/2019 and 20/7/2019", ""),
        ("dog on July 4th, 2019", ""),
    ],
)
def test_a_day_that_is_none_or_can_be_two_is_said(tmp_path: Path, said: str, told: str) -> None:
    turn = session(tmp_path).ask(said)
    assert told in turn.reply and bool(told) == bool(turn.reply)
    assert "19" not in " ".join(turn.query.wanted)


def names_after(conversation: Session, said: str) -> list[str]:
    conversation.ask(said)
    return names(conversation)


def test_a_refused_picture_does_not_come_back_and_the_verdict_is_kept(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    first = conversation.ask("dog beach")
    turn = conversation.ask("like 1, not the second one")
    assert first.shown[1] not in turn.shown
    assert turn.query.like == first.shown[:1]
    assert turn.judgement is not None
    assert turn.judgement.query == first.query
    assert (turn.judgement.liked, turn.judgement.disliked) == (first.shown[:1], first.shown[1:2])
    assert turn.judgement.shown == first.shown


def test_liking_what_was_refused_takes_the_refusal_back(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    refused = conversation.ask("dog").shown[0]
    conversation.ask("not the first")
    conversation.undo()
    conversation.ask("not 1")
    assert refused in conversation.query.excluded
    conversation.act(Refine("boat"))
    assert refused not in conversation.current.shown


def test_more_pictures_follow_without_repeats_and_numbers_go_on(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    first, second = conversation.ask("dog"), conversation.more()
    assert [hit.rank for hit in second.hits] == [4, 5, 6]
    assert len(set(second.shown)) == 6
    assert second.shown[:3] == first.shown
    assert conversation.ask("not 5").query.unlike == (second.shown[4],)


def test_the_end_of_the_pictures_is_said(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.ask("dog")
    assert len(conversation.more(50).hits) == len(CAPTIONS) - 3
    before = conversation.current
    assert conversation.more().reply == "That is all."
    assert conversation.current == before


def test_an_undone_turn_stays_as_a_branch(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.ask("dog")
    conversation.ask("on a beach")
    conversation.ask("undo")
    conversation.ask("in the snow")
    assert conversation.query.wanted == ("dog", "in the snow")
    assert [turn.parent for turn in conversation.turns] == [0, 1, 1, 1]
    conversation.undo(to=2)
    assert conversation.query.wanted == ("dog", "on a beach")


def test_going_back_by_a_word_of_an_earlier_turn(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    for said in ("a dog", "new search: boats", "red ones"):
        conversation.ask(said)
    assert conversation.ask("back to the dogs").query.wanted == ("a dog",)
    assert conversation.ask("back to the giraffes").reply == "No earlier turn was about 'giraffes'."
    assert conversation.query.wanted == ("a dog",)


def test_there_is_a_start_to_go_back_to_and_nothing_before_it(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    assert conversation.ask("undo").reply == "There is nothing to go back to."
    assert conversation.ask("redo").reply == "There is nothing to redo."
    conversation.ask("dog")
    conversation.undo()
    assert conversation.query.is_empty
    assert conversation.ask("go back to turn 44").reply == "There is no turn 44."


SAID = st.sampled_from(
    ["dog", "on a beach", "no person", "like 1", "not the second one", "show more", "start over",
     "before 2019", "why?", "show me boats", "help", "with snow instead"]
)  # fmt: skip


@given(st.lists(SAID, min_size=1, max_size=6), st.integers(1, 6))
@settings(max_examples=40)
def test_undo_brings_back_exactly_what_was_and_redo_undoes_it(
    tmp_path_factory: pytest.TempPathFactory, said: list[str], steps: int
) -> None:
    conversation = session(tmp_path_factory.mktemp("talk"))
    states = [conversation.current]
    for words in said:
        conversation.ask(words)
        if conversation.current != states[-1]:
            states.append(conversation.current)
    steps = min(steps, len(states) - 1)
    for back in range(steps):
        conversation.undo()
        assert conversation.current == states[-2 - back]
    for forth in range(steps):
        conversation.ask("redo")
        assert conversation.current == states[len(states) - steps + forth]


@given(st.lists(st.one_of(SAID, st.sampled_from(["undo", "redo", "save", "go back two"]))))
@settings(max_examples=40)
def test_a_resumed_session_equals_the_live_one(
    tmp_path_factory: pytest.TempPathFactory, said: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("talk")
    live = session(folder)
    for words in said:
        live.ask(words)
    again = Session.resume("trip", live.retriever, folder=folder, page=3)
    assert again.turns == live.turns
    assert again.current == live.current
    again.now = live.now
    assert again.context() == live.context()


def test_a_search_that_fails_is_no_turn_and_the_talk_goes_on(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    working, conversation.retriever = conversation.retriever, Broken()
    with pytest.raises(OSError, match="the disk is gone"):
        conversation.ask("dog")
    conversation.retriever = working
    assert conversation.ask("on a beach").hits
    assert Session.resume("trip", working, folder=tmp_path).turns == conversation.turns
    assert [turn.said for turn in conversation.turns] == ["on a beach"]


def test_why_says_what_the_stages_said(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.ask("dog")
    assert conversation.ask("why is 1 there?").reply.startswith(
        "1 is dog.jpg: it looks like what was"
    )
    with pytest.raises(ValueError, match=r"^position must be in 1\.\.3; got 4$"):
        conversation.why(4)


def test_saved_pictures_are_a_list_of_paths_that_grows(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.ask("dog")
    conversation.ask("save 2 as ../best: dogs")
    conversation.ask("save the first two as ../best: dogs")
    (lists,) = (tmp_path / "trip").iterdir()
    assert lists.name == "best- dogs.txt"
    assert len(lists.read_text().splitlines()) == 2


def test_a_transcript_links_its_pictures_and_says_no_markup_of_theirs(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.act(NewSearch("dog"), said="dog <b>*bold*</b>")
    assert conversation.ask("export as markdown").reply == f"Exported to {tmp_path / 'trip.md'}"
    text = (tmp_path / "trip.md").read_text()
    link = os.path.relpath("/photos/dog.jpg", tmp_path)
    assert f"![dog.jpg]({link})" in text
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_a_form_nobody_writes_is_said_and_not_fatal(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.ask("dog")
    turn = conversation.ask("export as html")
    assert turn.reply == "There is no export as 'html'; there is markdown."


def test_a_line_torn_by_a_kill_is_dropped(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.ask("dog")
    whole = (tmp_path / "trip.jsonl").read_bytes()
    conversation.ask("on a beach")
    torn = (tmp_path / "trip.jsonl").read_bytes()
    for end in range(len(whole), len(torn) - 1, 97):
        (tmp_path / "trip.jsonl").write_bytes(torn[:end])
        again = Session.resume("trip", conversation.retriever, folder=tmp_path)
        assert [turn.said for turn in again.turns] == ["dog"]
        again.ask("in the snow")
        lines = (tmp_path / "trip.jsonl").read_text().splitlines()
        assert [json.loads(line).get("said") for line in lines] == [None, "dog", "in the snow"]


KILLED = """
import os, signal, sys
from pathlib import Path
from agent.conversation.session import Session
from tests.agent.fakes import Gallery
talk = Session.start("killed", Gallery("cat", "dog"), folder=Path(sys.argv[1]))
talk.ask("a cat")
talk.ask("and a dog")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_ask_returned_survives_a_kill(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    again = Session.resume("killed", Gallery("cat", "dog"), folder=tmp_path)
    assert again.query.wanted == ("a cat", "a dog")


def test_two_programs_do_not_write_over_each_other(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    other = Session.resume("trip", conversation.retriever, folder=tmp_path)
    other.ask("dog")
    with pytest.raises(SessionError, match="another program continued it; resume it"):
        conversation.ask("cat")
    assert conversation.turns == ()


def test_names_that_are_no_file_names_are_refused(tmp_path: Path) -> None:
    for name in ("", "../up", "a/b", ".hidden", "x" * 81, "dot."):
        with pytest.raises(ValueError, match="a session's name is 1 to 80 letters"):
            Session.start(name, Gallery("cat"), folder=tmp_path)
    assert session_names(tmp_path) == []


def test_a_session_is_started_once_and_resumed_by_name(tmp_path: Path) -> None:
    session(tmp_path)
    with pytest.raises(SessionError, match="this session exists; resume it or take another name"):
        session(tmp_path)
    with pytest.raises(SessionError, match="no such session; start it first"):
        Session.resume("other", Gallery("cat"), folder=tmp_path)
    assert Journal.read(tmp_path, "trip").facts["collection"] == "photos"
    assert session_names(tmp_path) == ["trip"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a session file; move it away"),
        ("[]\n", "not a session file; move it away"),
        ('{"version": 9}\n', "version must be 1; got 9; use the dialens that wrote it"),
        ('{"version": 1}\nnonsense\n{}\n', r"line 2 is damaged \(.*\); delete it"),
        (
            '{"version": 1}\n{"number": "1"}\n',
            r"line 2 says what this dialens does not know \(expected int, got '1'\); a newer one",
        ),
        ('{"version": 1}\n{"mood": "glad"}\n', r"Turn has no field 'mood'\); a newer one wrote it"),
        (
            '{"version": 1}\n{"number": 1, "said": "", "acts": [{"act": "Sing"}]}\n',
            r"\('Sing'\); a newer one wrote it: use that",
        ),
    ],
)
def test_a_damaged_file_is_named_with_the_remedy(
    tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "bad.jsonl").write_text(content)
    with pytest.raises(SessionError, match=message):
        Session.resume("bad", Gallery("cat"), folder=tmp_path)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="limits a process's files")
@pytest.mark.parametrize("room", [1, 40, 400])
def test_a_turn_that_found_no_room_did_not_happen_and_the_next_goes_on(
    tmp_path: Path, room: int
) -> None:
    """The limit of a file's size is met as a full disk is: some of the line is written."""
    import resource
    import signal

    conversation = session(tmp_path)
    conversation.ask("dog")
    held = conversation.journal.path.read_bytes()
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(held) + room, old[1]))
        with pytest.raises(SessionError, match="can't be written: File too large"):
            conversation.ask("cat")
        with pytest.raises(SessionError, match="can't be written"):
            conversation.ask("cat again")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert [turn.said for turn in session_at(tmp_path).turns] == ["dog"]
    conversation.ask("boat")
    assert [turn.said for turn in session_at(tmp_path).turns] == ["dog", "boat"]


def session_at(folder: Path) -> Session:
    return Session.resume("trip", Gallery("cat"), folder=folder)


@pytest.mark.parametrize("name", ["trip (copy)", "trip – Kopie", ".trip~", "copie de (1) l'été"])
def test_a_file_that_somebody_copied_is_a_session_under_its_own_name(
    tmp_path: Path, name: str
) -> None:
    session(tmp_path).ask("dog")
    shutil.copy(tmp_path / "trip.jsonl", tmp_path / f"{name}.jsonl")
    journal = Journal.read(tmp_path, name)
    assert (journal.facts["name"], len(journal.turns)) == (name, 1)
    with pytest.raises(ValueError, match="a session's name is"):
        Journal.read(tmp_path, f"../{tmp_path.name}/{name}")
    with pytest.raises(ValueError, match="a session's name is"):
        Session.start(f"new {name}/", Gallery("cat"), folder=tmp_path)


def test_a_folder_and_a_file_that_may_not_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").mkdir()
    with pytest.raises(SessionError, match=r"odd\.jsonl: can't be read"):
        Journal.read(tmp_path, "odd")


def test_what_is_heard_can_be_corrected_before_it_is_searched(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    understood = conversation.hear("dog on a beach, no person")
    assert understood.searches
    assert conversation.turns == ()
    corrected = conversation.hear("/drop 2", after=understood)
    turn = conversation.take(conversation.hear("/change 1 to boat beach", after=corrected))
    assert turn.query == Query(wanted=("boat beach",))
    assert turn.said == "dog on a beach, no person; /drop 2; /change 1 to boat beach"
    assert names(conversation)[0] == "boat-beach"
    assert len(conversation.turns) == 1


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("drop constraint 2", Query(wanted=("dog",))),
        ("please remove the constraint 1", Query(unwanted=("person",))),
        ("/drop 1, 2", Query()),
        ("change constraint 1 to a cat", Query(wanted=("a cat",), unwanted=("person",))),
        ("/change 2 night", Query(wanted=("dog",), unwanted=("night",))),
        ("forget the person", Query(wanted=("dog",))),
        ("/drop dog", Query(unwanted=("person",))),
        ("forget the dog", Query(unwanted=("person",))),
    ],
)
def test_constraints_are_corrected_by_their_numbers(tmp_path: Path, said: str, left: Query) -> None:
    conversation = session(tmp_path)
    conversation.ask("dog")
    conversation.ask("no person")
    assert conversation.ask(said).query == left
    conversation.undo()
    assert conversation.query == Query(wanted=("dog",), unwanted=("person",))
    assert (
        Session.resume("trip", conversation.retriever, folder=tmp_path).turns == conversation.turns
    )


def test_a_constraint_that_is_not_there_is_said(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    assert (
        conversation.ask("/drop 1").reply == "There is no constraint 1: nothing is asked for yet."
    )
    conversation.ask("dog")
    assert (
        conversation.ask("/change 3 to cat").reply
        == "There is no constraint 3: they go from 1 to 1."
    )
    assert conversation.query.wanted == ("dog",)


class AsksForTheLast:
    """Offers the last two pictures of the gallery."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.heard: list[list[str]] = []

    def ask(self, turns: Sequence[str], query: Query) -> ClarifyingQuestion | None:
        self.heard.append(list(turns))
        offered = (Alternative("", picture) for picture in self.gallery.pictures[-2:])
        return ClarifyingQuestion("Which of these is closest?", tuple(offered))


def asked_back(folder: Path) -> Session:
    conversation = session(folder)
    assert isinstance(conversation.retriever, Gallery)
    conversation.asker = AsksForTheLast(conversation.retriever)
    return conversation


def test_a_question_is_answered_by_a_letter_and_the_answer_can_be_undone(tmp_path: Path) -> None:
    conversation = asked_back(tmp_path)
    question = conversation.ask("dog").question
    assert question is not None
    turn = conversation.ask("option b")
    assert turn.query.like == (question.alternatives[1].picture.id,)
    assert turn.query.wanted == ("dog",)
    assert turn.judgement is None
    conversation.undo()
    assert conversation.query == Query(wanted=("dog",))
    assert conversation.ask("a").query.like == (question.alternatives[0].picture.id,)
    assert (
        Session.resume("trip", conversation.retriever, folder=tmp_path).turns == conversation.turns
    )


def test_a_question_is_answered_in_words_or_passed_over(tmp_path: Path) -> None:
    conversation = asked_back(tmp_path)
    conversation.ask("dog")
    assert conversation.ask("none of these").query == Query(wanted=("dog",))
    assert conversation.ask("z").reply == "There is no answer 'z': they go from a to b."
    assert conversation.ask("at night").query.wanted == ("dog", "at night")
    assert isinstance(conversation.asker, AsksForTheLast)
    understood = conversation.asker.heard[-1]
    assert understood[:2] == ["dog", "Which of these is closest?"]
    assert understood[-1] == "at night"
    assert "none of these" not in understood


def test_a_letter_means_nothing_when_nothing_was_asked(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.ask("dog")
    assert conversation.ask("b").query.wanted == ("dog",)  # it asks what is meant


def test_a_broken_asker_is_named_and_the_pictures_stay(tmp_path: Path) -> None:
    conversation = session(tmp_path)
    conversation.asker = BrokenAsker()
    turn = conversation.ask("dog")
    assert turn.hits
    assert turn.lost == ("question: the model is gone",)


def test_nothing_is_asked_back_when_the_budget_is_spent(tmp_path: Path) -> None:
    conversation = asked_back(tmp_path)
    conversation.retriever = Pipeline(conversation.retriever, budget=0)
    assert conversation.ask("dog").hits
    assert conversation.current.question is None


class BrokenAsker:
    def ask(self, turns: Sequence[str], query: Query) -> ClarifyingQuestion | None:
        raise RuntimeError("the model is gone")


@settings(max_examples=30)
@given(st.lists(st.text(st.sampled_from("dog \ud83d\ude00\udcff\udce9")), min_size=1, max_size=4))
def test_no_turn_is_lost_to_half_a_character(
    tmp_path_factory: pytest.TempPathFactory, said: list[str]
) -> None:
    conversation = session(tmp_path_factory.mktemp("halves"))
    for words in said:
        conversation.ask(words).said.encode()
        conversation.act(Refine(words), said=words).said.encode()
    kept = Journal.read(conversation.journal.path.parent, "trip").turns
    assert [turn.said for turn in kept] == [turn.said for turn in conversation.turns]
    "".join(phrase for turn in kept for phrase in turn.query.wanted).encode()
