"""What people say in spans, in nine languages: the tables in `said`, and spans of any letters."""

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.understanding import slots
from agent.understanding.interpretation import Context
from retrievers.query import Filters

TODAY = date(2025, 10, 15)
PAGE = Context(shown=9, asked=True, today=TODAY, columns=3)
TABLES = sorted(Path(__file__).with_name("said").glob("*.txt"))
CONDITIONS = ("date", "shape", "type", "rating", "size", "camera", "tag", "folder", "widen")
SECONDS = 0.005


def cases() -> list[tuple[str, str, str, str]]:
    """Return the language, the kind of the span, its words and what they say."""
    lines = [(file.stem, line) for file in TABLES for line in file.read_text("utf-8").splitlines()]
    found = []
    for language, line in lines:
        kind, rest = line.split(": ", 1)
        words, said = rest.rsplit(" =", 1)
        found.append((language, kind, words, said.strip()))
    return found


def read(kind: str, words: str) -> str:
    match kind:
        case "pictures":
            return " ".join(map(str, slots.pictures(words, PAGE)))
        case "count":
            return str(slots.count(words) or "")
        case "steps":
            return str(slots.steps(words))
        case "form":
            return slots.form(words) or ""
        case "order":
            return slots.ordering(words) or ""
        case _:
            found = slots.condition(kind, words, PAGE)
            return told(found) if found else ""


def told(found: Filters) -> str:
    if found.one_of:
        return " | ".join(map(told, found.one_of[0]))
    pixels, stars = (found.min_pixels, found.max_pixels), (found.min_rating, found.max_rating)
    runs = [((found.after, found.before), ""), (pixels, " pixels"), (stars, " stars")]
    parts = [f"{_end(a)}..{_end(b)}{of}" for (a, b), of in runs if (a, b) != (None, None)]
    named = filter(None, (found.orientation, *found.paths, *found.tags, found.camera))
    return " ".join([*parts, *named, *(f"no {fact}" for fact in found.lacks)])


def _end(bound: object) -> str:
    return "" if bound is None else str(bound)


@pytest.mark.parametrize(("language", "kind", "words", "said"), cases())
def test_a_span_is_read_as_it_is_meant(language: str, kind: str, words: str, said: str) -> None:
    assert read(kind, words) == said


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("the left one", (5,)),
        ("the one on the right", (8,)),
        ("das ganz rechts", (8,)),
        ("the third one", (7,)),
        ("number 3", (3,)),
        ("top left", (5,)),
        ("the middle one", ()),
        ("the top row", ()),
        ("top right", ()),
        ("these four", (5, 6, 7, 8)),
    ],
)
def test_without_rows_left_is_the_first_of_the_page(words: str, shown: tuple[int, ...]) -> None:
    page = Context(shown=8, first=5, asked=True, today=TODAY)
    assert slots.pictures(words, page) == shown


@pytest.mark.parametrize("words", ["this one", "both", "diese hier", "la"])
def test_one_or_two_are_meant_where_there_are_no_more(words: str) -> None:
    pages = {n: Context(shown=n, asked=True, today=TODAY) for n in (1, 2)}
    meant: dict[str, dict[int, tuple[int, ...]]] = {
        "this one": {1: (1,)},
        "both": {2: (1, 2)},
        "diese hier": {1: (1,), 2: (1, 2)},
    }
    for n, page in pages.items():
        assert slots.pictures(words, page) == meant.get(words, {}).get(n, ())


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        ("im Ordner Urlaub", ("Urlaub",)),
        ("the italy_2019 folder", ("Italy 2019",)),
        ("black and white", ("black and white",)),
        ("work/clients", ("*Work/Clients/*",)),
        ("旅行フォルダの中", ("旅行",)),
        ("to sort", ("to sort",)),
        ("the folder called “in”", ("in",)),
    ],
)
def test_a_folder_is_named_as_it_is_on_disk(words: str, paths: tuple[str, ...]) -> None:
    folders = ("Italy 2019", "black and white", "Work/Clients")
    known = Context(shown=3, asked=True, today=TODAY, folders=lambda: folders)
    found = slots.condition("folder", words, known)
    assert found == Filters(paths=paths)


@pytest.mark.parametrize(
    ("kind", "words", "name"),
    [
        ("camera", "mit meiner Canon", "Canon"),
        ("camera", "キヤノン", "Canon"),
        ("camera", "iphone se", "iphone se"),
        ("camera", "a7iii", "a7iii"),
        ("camera", "canon or nikon", "canon | nikon"),
        ("tag", "mit dem schlagwort urlaub", "urlaub"),
        ("tag", "urlaub oder arbeit", "urlaub | arbeit"),
        ("tag", "e. coli", "e. coli"),
        ("tag", "#work and #urgent", "work urgent"),
        ("widen", "tall buildings", ""),
        ("widen", "4 people", ""),
        ("widen", "also square ones", "square"),
    ],
)
def test_small_words_are_no_part_of_a_name(kind: str, words: str, name: str) -> None:
    assert read(kind, words) == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("as holiday best", "holiday best"),
        ("für mama", "für mama"),
        ("unter dem Namen Urlaub", "Urlaub"),
        ("「候補1」", "候補1"),
        ("list", "list"),
    ],
)
def test_what_is_saved_is_called_by_its_name(words: str, name: str) -> None:
    assert slots.name(words) == name


@pytest.mark.parametrize(
    ("words", "digits"), [("vom 07/04/2018", "7 April 2018"), ("am 3. August 2022", "")]
)
def test_a_doubt_about_digits_is_told_in_any_language(words: str, digits: str) -> None:
    doubt = slots.doubt(words, TODAY)
    assert digits in doubt and bool(doubt) == bool(digits)


SAID = "the third last 2019 before vor il y a deux 去年 夏 から の 3 番 and , - से पहले to in ago ★"
WORDS = st.lists(st.sampled_from(SAID.split()), max_size=60).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), WORDS))
def test_nothing_that_is_said_breaks_or_keeps_a_reader_busy(words: str) -> None:
    words = words[:200]
    for reader in (
        lambda: slots.pictures(words, PAGE),
        lambda: (slots.count(words), slots.steps(words)),
        lambda: (slots.form(words), slots.ordering(words), slots.name(words)),
        *(lambda kind=kind: slots.condition(kind, words, PAGE) for kind in CONDITIONS),
    ):
        assert min(seconds(reader) for _ in range(5)) < SECONDS


def seconds(reader: object) -> float:
    began = time.process_time()
    assert callable(reader)
    reader()
    return time.process_time() - began
