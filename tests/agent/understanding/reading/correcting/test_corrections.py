"""What a correction is about: words, conditions, and what is taken back in the same breath."""

import json
from datetime import date
from typing import Any

import pytest

from agent.understanding.interpreters.tagging_interpreter import interpret
from agent.understanding.reading.correcting.cues import last_said, repairs, without_cues
from eval.understanding.outcome import outcome, plain
from eval.understanding.utterances import utterances

TODAY = date(2025, 10, 15)
JUNE_18 = {"after": "2018-06-01", "before": "2018-07-01"}
YEAR_15 = {"after": "2015-01-01", "before": "2016-01-01"}


def heard(
    said: str, wanted: list[str], unwanted: list[str], filters: dict[str, Any]
) -> tuple[list[str], list[str], dict[str, Any]]:
    """Return what holds after the words: wanted, refused, conditions."""
    line = {
        "said": said,
        "state": {"wanted": wanted, "unwanted": unwanted, "filters": filters},
        "shown": 10 if wanted else 0,
    }
    (one,) = utterances([json.dumps(line)], "here")
    state = plain(outcome(one, interpret, TODAY), one)["state"]
    return state["wanted"], state["unwanted"], state["filters"]


@pytest.mark.parametrize(
    ("said", "wanted", "after"),
    [
        ("not two, three", "two dogs", "three dogs"),
        ("girl not boy", "a boy on a swing", "a girl on a swing"),
        ("her sister i mean", "my aunt at the wedding", "her sister at the wedding"),
        ("pier -> jetty", "a dog on a pier", "a dog on a jetty"),
        ("instead of the dog a cat please", "a dog on a pier", "a cat on a pier"),
        ("a cat would be better", "a dog on a pier", "a cat on a pier"),
        ("autumn i mean. not spring", "a park in spring", "a park in autumn"),
        ("in colour i mean", "a street in black and white", "a street in colour"),
        ("i was thinking of teenagers", "kids in the park", "teenagers in the park"),
        ("no longer the park, the zoo", "kids in the park", "kids in the zoo"),
    ],
)
def test_words_are_put_in_the_place_of_those_they_correct(
    said: str, wanted: str, after: str
) -> None:
    assert heard(said, [wanted], [], {}) == ([after], [], {})


@pytest.mark.parametrize(
    ("said", "held", "after"),
    [
        ("no, july", JUNE_18, {"after": "2018-07-01", "before": "2018-08-01"}),
        ("one month earlier", JUNE_18, {"after": "2018-05-01", "before": "2018-06-01"}),
        ("a year later", YEAR_15, {"after": "2016-01-01", "before": "2017-01-01"}),
        ("narrow it to june", YEAR_15, {"after": "2015-06-01", "before": "2015-07-01"}),
        ("2016, not 2015", YEAR_15, {"after": "2016-01-01", "before": "2017-01-01"}),
        ("oops i meant since 2015", YEAR_15, {"after": "2015-01-01"}),
        ("before, not after", {"after": "2015-01-01"}, {"before": "2015-01-01"}),
        ("canon i mean, not nikon", {"camera": "Nikon"}, {"camera": "canon"}),
        ("not the canon, the nikon", {"camera": "Canon"}, {"camera": "nikon"}),
        ("wrong folder, it's in scans", {"paths": "*old*"}, {"paths": ["scans"]}),
        ("should have been png", {"paths": "*.gif"}, {"paths": ["*.png"]}),
        ("tag should be sold", {"tags": ["solid"]}, {"tags": ["sold"]}),
        ("four not five stars", {"rating": 5}, {"rating": 4}),
        ("doesn't have to be 2015", YEAR_15, {}),
    ],
)
def test_a_condition_is_corrected_in_its_place(
    said: str, held: dict[str, Any], after: dict[str, Any]
) -> None:
    assert heard(said, ["a boat"], [], held) == (["a boat"], [], after)


@pytest.mark.parametrize(
    ("said", "wanted", "filters"),
    [
        ("swans, no, geese", ["geese"], {}),
        ("uncle bob, wait no, uncle ben at the bbq", ["uncle ben at the bbq"], {}),
        ("2014 photos, correction, 2015", [], YEAR_15),
    ],
)
def test_of_what_is_taken_back_in_the_same_breath_the_last_holds(
    said: str, wanted: list[str], filters: dict[str, Any]
) -> None:
    assert heard(said, [], [], {}) == (wanted, [], filters)


@pytest.mark.parametrize(
    ("said", "held", "after"),
    [
        ("/change 2 to 2021", YEAR_15, {"after": "2021-01-01", "before": "2022-01-01"}),
        ("/change 2 to before 2010", YEAR_15, {"before": "2010-01-01"}),
        (
            "change constraint 2 to landscape",
            {"orientation": "portrait"},
            {"orientation": "landscape"},
        ),
        ("/change 2 to png", {"paths": ["*.gif"]}, {"paths": ["*.png"]}),
    ],
)
def test_a_condition_changed_by_its_number_is_one_of_its_kind(
    said: str, held: dict[str, Any], after: dict[str, Any]
) -> None:
    assert heard(said, ["a boat"], [], held) == (["a boat"], [], after)


def test_what_was_refused_is_wanted_after_all() -> None:
    assert heard("no i want boats", ["sea"], ["boats"], {}) == (["sea", "boats"], [], {})


def test_cues_are_no_part_of_what_is_said_instead() -> None:
    assert without_cues("should be Bradford") == "Bradford"
    assert without_cues("Lunch, I should have said") == "Lunch"
    assert without_cues("i mean") == "i mean"


def test_a_cue_between_two_things_takes_the_first_one_back() -> None:
    assert repairs("... or rather ")
    assert not repairs(" and ")
    assert not repairs(" no dogs but ")


def test_the_last_of_a_span_keeps_what_bounds_the_first_and_its_year() -> None:
    assert last_said("before 2012 i mean 2013") == "before 2013"
    assert last_said("june 2018, no wait, july") == "july 2018"
