"""Places in a conversation: from the positions in made files to conditions and answers."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from time import process_time

import pytest
from PIL import Image

from agent.conversation.collection_facts import facts_of
from agent.conversation.session import Session
from agent.turns.turn import Turn
from agent.understanding.constraint_list import Wanted, query_of
from agent.understanding.interpreters.tagging_interpreter import interpret
from agent.understanding.reading.known_places import with_places
from retrievers.query import Filters
from retrievers.search.searcher import Searcher
from tests.encoders import ColourEncoder
from tests.retrievers.folders import empty, run

Spot = tuple[float, float]
TAKEN = {
    "red": (38.7139, -9.1394),  # Lisbon
    "green": (41.1408, -8.6110),  # Porto
    "blue": (52.5163, 13.3777),  # Berlin
    "yellow": (39.7990, -89.6440),  # Springfield, Illinois
    "purple": (37.2090, -93.2923),  # Springfield, Missouri
    "grey": None,
}
SHADES = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "purple": (128, 0, 128),
    "grey": (128, 128, 128),
}


def sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes, seconds = divmod(round(abs(degrees) * 3600, 2), 60)
    return float(minutes // 60), float(minutes % 60), seconds


def painted(folder: Path, spots: dict[str, Spot | None]) -> None:
    folder.mkdir()
    for colour, spot in spots.items():
        exif = Image.Exif()
        if spot:
            north, east = spot
            exif.get_ifd(0x8825).update(
                {
                    1: "S" if north < 0 else "N",
                    2: sexagesimal(north),
                    3: "W" if east < 0 else "E",
                    4: sexagesimal(east),
                }
            )
        Image.new("RGB", (64, 48), SHADES[colour]).save(folder / f"{colour}.jpg", exif=exif)


def begun(folder: Path, spots: dict[str, Spot | None]) -> Iterator[Session]:
    painted(folder / "album", spots)
    collection = empty(folder / "collection")
    run(collection, folder / "album")
    session = Session.start(
        "talk",
        Searcher(collection, ColourEncoder()),
        folder=folder / "sessions",
        collection="the album",
        page=9,
    )
    session.facts = facts_of(collection)
    session.interpreter = interpret
    session.now = lambda: datetime(2024, 5, 15, 12, 0)
    yield session
    collection.close()


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Session]:
    yield from begun(tmp_path, TAKEN)


def colours(turn: Turn) -> set[str]:
    return {hit.picture.path.stem for hit in turn.hits}


def asked(turn: Turn) -> Filters:
    return query_of(turn.constraints).filters


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("the ones from Lisbon", {"red"}),
        ("in Portugal", {"red", "green"}),
        ("photos we took in Portugal", {"red", "green"}),
        ("aus Lissabon", {"red"}),
        ("near Berlin", {"blue"}),
        ("taken in Springfield, Missouri", {"purple"}),
        ("in Germany or Portugal", {"red", "green", "blue"}),
        ("not in Germany", {"red", "green", "yellow", "purple", "grey"}),
        ("without the ones from Portugal", {"blue", "yellow", "purple", "grey"}),
        ("taken in Rome", set[str]()),
        ("taken in Paris, Texas", set[str]()),
    ],
)
def test_a_place_where_pictures_were_taken_is_a_condition(
    talk: Session, said: str, found: set[str]
) -> None:
    turn = talk.ask(said)
    assert colours(turn) == found
    assert not any(isinstance(one, Wanted) for one in turn.constraints)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("a beach in Portugal", ("a beach",)),
        ("dogs in Lisbon", ("dogs",)),
        ("a lighthouse in Portugal at night", ("a lighthouse, at night",)),
    ],
)
def test_what_is_described_stays_beside_the_place(
    talk: Session, said: str, wanted: tuple[str, ...]
) -> None:
    turn = talk.ask(said)
    assert asked(turn).places
    assert query_of(turn.constraints).wanted == wanted


@pytest.mark.parametrize(
    "said",
    ["Paris at night", "a street in Rome", "a woman in red", "the cat in the box", "in the sea"],
)
def test_what_no_picture_was_taken_at_is_looked_for_in_pictures(talk: Session, said: str) -> None:
    turn = talk.ask(said)
    assert asked(turn) == Filters()
    assert len(turn.hits) == len(TAKEN)


def test_without_positions_a_place_is_looked_for_in_pictures(tmp_path: Path) -> None:
    for talk in begun(tmp_path, dict.fromkeys(["red", "green"])):
        turn = talk.ask("photos taken in Lisbon")
        assert asked(turn) == Filters()
        assert query_of(turn.constraints).wanted == ("Lisbon",)


def test_another_place_is_instead_and_also_is_beside(talk: Session) -> None:
    assert colours(talk.ask("the ones from Lisbon")) == {"red"}
    assert colours(talk.ask("no, Porto")) == {"green"}
    assert colours(talk.ask("also in Berlin")) == {"green", "blue"}
    assert talk.ask("anywhere").constraints == ()


def test_of_two_places_of_one_name_it_is_asked_which(talk: Session) -> None:
    turn = talk.ask("pictures from Springfield")
    assert turn.reply.startswith("Pictures were taken at 2 places called Springfield.")
    assert [one.words for one in turn.readings] == [
        "taken in Springfield, Illinois, United States",
        "taken in Springfield, Missouri, United States",
    ]
    assert colours(talk.ask("2")) == {"purple"}


def test_a_question_where_names_the_town_and_a_count_takes_the_place(talk: Session) -> None:
    talk.ask("the ones from Lisbon")
    told = talk.ask("where was the first one taken?").reply
    assert told.startswith(
        "1 is red.jpg: taken in Lisbon, Portugal, 2 km from its centre (38.7139 N"
    )
    assert "1 picture meets the conditions (taken in Lisbon)" in talk.ask("how many?").reply


def test_how_many_in_a_place_counts_those_taken_there(talk: Session) -> None:
    told = talk.ask("how many did we take in Portugal?").reply
    assert "2 pictures meet the conditions (taken in Portugal)" in told


@pytest.mark.parametrize("said", ["in " * 600, "from Lisbon or " * 120, "in San Francisco " * 100])
def test_many_words_that_may_name_places_are_read_in_a_blink(talk: Session, said: str) -> None:
    context = talk.context()
    begin = process_time()
    with_places(said, [], context)
    assert process_time() - begin < 0.1
