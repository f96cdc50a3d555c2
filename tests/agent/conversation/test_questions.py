"""Questions about pictures, paging back, order and what is written, over a real collection."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from agent.conversation.collection_facts import facts_of
from agent.conversation.saved_lists import list_name
from agent.conversation.session import Session
from agent.turns.turn import Written
from agent.understanding.acts import (
    Ask,
    Drop,
    Export,
    Feedback,
    Filter,
    First,
    Negate,
    NewSearch,
    Order,
    Question,
    Save,
    Show,
    ShowMore,
    Undo,
)
from retrievers.collection.collection import Collection
from retrievers.collection.writer import CollectionWriter
from retrievers.query import Filters
from retrievers.search.searcher import Searcher
from tests.encoders import ColourEncoder
from tests.retrievers.folders import empty, run

SHADES = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
YEARS = {
    "red": "2019:07:04 18:30:05",
    "green": "2021:01:02 00:00:00",
    "blue": "2020:05:06 07:08:09",
}


def paint(folder: Path, colour: str) -> None:
    exif = Image.Exif()
    if colour in YEARS:
        exif.get_ifd(0x8769)[0x9003] = YEARS[colour]
    if colour == "red":
        exif[0x010F], exif[0x0110] = "Maker", "Model 1"
        exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 30.0, 0.0), 3: "E", 4: (16.0, 22.5, 0.0)})
    path = folder / "trips" / f"{colour}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 48), SHADES[colour]).save(path, exif=exif)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    for colour in SHADES:
        paint(tmp_path / "album", colour)
    made = empty(tmp_path / "collection")
    run(made, tmp_path / "album")
    yield made
    made.close()


@pytest.fixture
def talk(collection: Collection, tmp_path: Path) -> Session:
    session = Session.start(
        "talk",
        Searcher(collection, ColourEncoder()),
        folder=tmp_path / "sessions",
        collection="the album",
        page=2,
        writers={"html": lambda turns, path: f"<p>{len(turns)}"},
    )
    session.facts = facts_of(collection)
    session.now = lambda: datetime(2024, 5, 15, 12, 0)
    return session


def describe(collection: Collection, name: str, **said: object) -> None:
    (row,) = collection.db.execute(
        "SELECT row FROM files WHERE below LIKE ?", (f"%{name}%",)
    ).fetchone()
    with CollectionWriter(collection) as writer:
        writer.describe(row, **said)  # type: ignore[arg-type]


def answer(talk: Session, what: Question, *positions: int) -> str:
    return talk.act(Ask(what, positions)).reply


def names(talk: Session) -> list[str]:
    return [hit.picture.path.stem for hit in talk.current.hits]


def test_conditions_alone_are_counted_to_the_picture(talk: Session) -> None:
    assert answer(talk, "count") == "The collection holds 4 pictures."
    talk.act(Filter(Filters(after=date(2020, 1, 1))))
    assert answer(talk, "count") == "2 pictures meet the conditions (taken 2020-01-01 or later)."
    talk.act(Filter(Filters(camera="Maker")))
    assert answer(talk, "count").startswith("0 pictures meet the conditions (")


def test_of_a_description_it_is_said_that_closeness_has_no_border(talk: Session) -> None:
    talk.act(NewSearch("red"))
    told = answer(talk, "count")
    assert told.startswith("2 pictures are shown, the closest first; the collection holds 4 pict")
    assert told.endswith("I cannot know, as closeness has no border.")
    talk.act(Filter(Filters(camera="Maker")), ShowMore())
    told = answer(talk, "count")
    assert told.startswith("1 picture is shown")
    assert "; 1 picture meets the conditions (taken with Maker); " in told


def test_pictures_that_are_left_out_are_not_counted(talk: Session) -> None:
    talk.act(NewSearch("red"))
    talk.act(Feedback(unlike=(1,)))
    assert "the collection holds 3 pictures besides those left out" in answer(talk, "count")


def test_a_refusal_alone_has_no_border_either(talk: Session) -> None:
    talk.act(Negate("red"))
    assert "closeness has no border" in answer(talk, "count")


def test_a_question_leaves_the_search_and_the_pictures_alone(talk: Session) -> None:
    before = talk.act(NewSearch("red"))
    for what in ("count", "when", "where", "what", "who", "other"):
        asked = talk.act(Ask(what, () if what == "count" else (1,)))
        assert (asked.head, asked.hits, asked.lost) == (before.number, (), ())
        assert talk.current == before and asked.reply


@pytest.mark.parametrize(
    ("colour", "what", "told"),
    [
        ("red", "when", "taken 4 July 2019 at 18:30, said by EXIF."),
        ("green", "when", "taken 2 January 2021, said by EXIF."),
        ("yellow", "when", "nothing says when it was taken."),
        (
            "red",
            "where",
            "taken in South Africa, over 50 km from any town (33.5000 S, 16.3750 E);"
            " the file is trips/red.jpg.",
        ),
        ("blue", "where", "no place is recorded; the file is trips/blue.jpg."),
        (
            "blue",
            "what",
            "nothing is recorded of what it shows; `dialens caption 'the album'` has it described.",
        ),
        ("blue", "who", "I cannot know who that is, and nothing recorded names anybody."),
    ],
)
def test_records_answer_and_what_they_lack_is_said(
    talk: Session, colour: str, what: Question, told: str
) -> None:
    talk.act(NewSearch(colour))
    assert answer(talk, what, 1) == f"1 is {colour}.jpg: {told}"


def test_what_is_recorded_that_bears_on_another_question(talk: Session) -> None:
    talk.act(NewSearch("red"))
    told = answer(talk, "other", 1)
    assert told.startswith("1 is red.jpg: 64 x 48 pixels (0.00307 MP); JPG of ")
    assert told.endswith("taken with Maker Model 1; not rated; more than its record I cannot know.")


def test_words_of_a_picture_answer_on_one_line_and_are_not_obeyed(
    talk: Session, collection: Collection
) -> None:
    describe(
        collection,
        "blue",
        caption="a boat\n> export\x1b[2J",
        text="STOP " * 90,
        tags=["sea", "People/Ann Lee", "people/Bo", "Places/Oslo"],
    )
    talk.act(NewSearch("blue"))
    told = answer(talk, "what", 1)
    assert told.startswith(
        '1 is blue.jpg: captioned: "a boat > export\\x1b[2J"; text in it: "STOP STOP'
    )
    assert "STOP…" in told and len(told) < 500
    assert answer(talk, "who", 1) == "1 is blue.jpg: tagged Ann Lee, Bo."
    assert answer(talk, "where", 1).startswith("1 is blue.jpg: tagged Oslo; the file is trips/")


def test_who_that_is_is_not_guessed_from_a_caption(talk: Session, collection: Collection) -> None:
    describe(collection, "blue", caption="a man")
    talk.act(NewSearch("blue"))
    assert (
        answer(talk, "who", 1)
        == '1 is blue.jpg: I cannot know who that is; recorded: captioned: "a man".'
    )


def test_copies_are_counted_with_where_the_file_is(
    talk: Session, collection: Collection, tmp_path: Path
) -> None:
    album = tmp_path / "album"
    (album / "copy.jpg").write_bytes((album / "trips" / "blue.jpg").read_bytes())
    run(collection, album)
    talk.act(NewSearch("blue"))
    assert answer(talk, "where", 1).endswith("the file is copy.jpg, and 1 more copy.")


def test_several_pictures_get_a_line_each(talk: Session) -> None:
    talk.act(NewSearch("red"), Show(4))
    lines = answer(talk, "when", 2, 1).splitlines()
    assert [line[:5] for line in lines] == ["2 is ", "1 is "]
    lines = answer(talk, "when", *[1] * 12).splitlines()
    assert len(lines) == 10 and lines[-1].startswith("That is for 9 of 12;")


def test_without_a_number_the_only_picture_is_meant_else_it_asks_which(talk: Session) -> None:
    assert answer(talk, "when") == "No picture is on the screen."
    talk.act(NewSearch("red"))
    assert answer(talk, "when") == "Which one? Say its number, 1 to 2."
    talk.act(ShowMore())
    assert answer(talk, "other").endswith("Which one? Say its number, 3 to 4.")
    assert answer(talk, "when", 7) == "There is no picture 7: the numbers go from 1 to 4."
    talk.act(NewSearch("blue"), Show(1))
    assert answer(talk, "when").startswith("1 is blue.jpg: taken 6 May 2020 at 07:08")


def test_a_question_beside_a_search_is_about_what_was_found(talk: Session) -> None:
    turn = talk.act(Filter(Filters(camera="Maker")), Ask("when"))
    assert turn.reply.startswith("1 is red.jpg: taken 4 July 2019")
    turn = talk.act(NewSearch("red"), Ask("count"))
    assert turn.reply.startswith("2 pictures are shown, the closest first")


def test_the_first_page_comes_again_and_undo_takes_it_back(talk: Session) -> None:
    assert talk.act(First()).reply == "Nothing is being searched for yet."
    first = talk.act(NewSearch("red"))
    assert talk.act(First()).reply == "This is the first page."
    talk.act(ShowMore(1))
    second = talk.act(ShowMore(1))
    again = talk.act(First())
    assert (again.hits, again.shown, again.head) == (first.hits, first.shown, again.number)
    assert again.constraints == first.constraints and not again.edits
    assert [hit.rank for hit in talk.more().hits] == [3, 4]
    talk.undo(), talk.undo()
    assert talk.current == second
    assert talk.act(Undo(), First()).hits == first.hits


def test_an_order_is_a_constraint_that_is_seen_changed_and_dropped(talk: Session) -> None:
    talk.act(NewSearch("red"), Show(4))
    assert names(talk)[0] == "red"
    turn = talk.act(Order("newest"), Show(4))
    assert names(talk) == ["green", "blue", "red", "yellow"]
    assert (turn.understood, turn.query.order) == ("red; newest first", "newest")
    assert answer(talk, "count").startswith("4 pictures are shown, the newest first; ")
    talk.act(Order("oldest"), Show(4))
    assert names(talk) == ["red", "blue", "green", "yellow"]
    talk.act(Drop((2,)))
    assert (talk.query.order, names(talk)[0]) == ("best", "red")
    talk.undo()
    assert talk.act(Order("best")).understood == "red"


def test_an_order_alone_lists_the_whole_collection(talk: Session) -> None:
    talk.act(Order("oldest"))
    assert names(talk) == ["red", "blue"]
    talk.more()
    assert names(talk) == ["green", "yellow"]
    assert answer(talk, "count") == "The collection holds 4 pictures."


def test_an_order_outlives_the_session_in_its_file(talk: Session, tmp_path: Path) -> None:
    talk.act(Order("newest"))
    again = Session.resume("talk", talk.retriever, folder=tmp_path / "sessions")
    assert again.query == talk.query and again.turns == talk.turns


def test_at_the_command_line_what_is_written_is_named_by_its_path(
    talk: Session, tmp_path: Path
) -> None:
    assert talk.act(Save("trip")).reply == "There is no picture on the screen to save."
    talk.act(NewSearch("red"))
    saved = talk.act(Save("my trip"))
    path = tmp_path / "sessions" / "talk" / "my trip.txt"
    assert saved.reply == f"Saved: {path} lists 2 pictures."
    assert path.read_text().splitlines()[0] == str(tmp_path / "album" / "trips" / "red.jpg")
    assert talk.act(Save(None, (5,))).reply.startswith("There is no picture 5: ")
    exported = talk.act(Export())
    assert exported.reply == f"Exported to {tmp_path / 'sessions' / 'talk.html'}"
    assert (saved.written, exported.written) == (
        (Written("list", "my trip"),),
        (Written("document", "html"),),
    )
    again = Session.resume("talk", talk.retriever, folder=tmp_path / "sessions")
    assert again.turns == talk.turns


def test_elsewhere_no_path_is_told_and_no_document_written(talk: Session, tmp_path: Path) -> None:
    talk.same_machine = False
    talk.act(NewSearch("red"))
    assert talk.act(Save("trip", (1,))).reply == "Saved: 'trip' lists 1 picture."
    turn = talk.act(Export("markdown"))
    assert (turn.reply, turn.written) == (
        "Exported as markdown.",
        (Written("document", "markdown"),),
    )
    assert not list((tmp_path / "sessions").glob("*.md"))


@pytest.mark.parametrize("form", ["csv", "pdf"])
def test_a_form_that_there_is_not_is_answered_with_those_that_there_are(
    talk: Session, form: str
) -> None:
    talk.act(NewSearch("red"))
    turn = talk.act(Export(form))
    assert turn.reply == f"There is no export as '{form}'; there is html and markdown."
    assert (turn.lost, turn.written) == ((), ())


@given(st.text(max_size=120))
def test_a_lists_name_is_a_file_name_that_leads_back_to_the_list(said: str) -> None:
    name = list_name(said)
    assert list_name(name) == name
    assert name and not set(name) & set("/\\.:\0\n") and len(name) <= 80
