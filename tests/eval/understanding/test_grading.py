"""The rule, worked by hand: one utterance in context, what it can come to, and the verdict."""

import json
from typing import Any

import pytest

from eval.understanding.grading import grade
from eval.understanding.utterances import Utterance, utterances

YEAR = {"after": "2019-01-01", "before": "2020-01-01"}


def utterance(said: str, *ok: dict[str, Any], soft: dict[str, Any] | None = None) -> Utterance:
    state = {"wanted": ["a red car", "in winter"], "unwanted": ["people"], "filters": YEAR}
    line = {"said": said, "state": state, "shown": 9, "ok": ok, "soft": [soft] if soft else []}
    (found,) = utterances([json.dumps(line)], "lines")
    return found


def read(
    wanted: str = "a red car, in winter", unwanted: str = "people", *does: Any, **more: Any
) -> dict[str, Any]:
    state = {"filters": YEAR, "like": [], "unlike": []} | more
    phrases = {"wanted": wanted.split(", "), "unwanted": unwanted.split(", ") if unwanted else []}
    return {"state": {**phrases, **state}, "does": [list(one) for one in does]}


SNOW = utterance("with snow", {"wanted": ["a red car", "in winter", "(with) snow|snowing"]})
BLUE = utterance("i meant blue", {"wanted": ["blue car", "winter"]})
CALM = utterance("no dogs", {"unwanted": ["people", "dogs"]})
LIKE = utterance("3 is good, 4 isn't", {"like": [3], "unlike": [4]})
LATER = utterance(
    "in 2021", {"filters": {"after": "2021-01-01..2021-01-31", "before": "2022-01-01"}}
)
ANY = utterance("any year", {"filters": {}})
MORE = utterance("20 more", {"does": [["ShowMore", 20]]})
NOISE = utterance("lovely", {"does": [["Unclear"]]}, {}, soft={"does": [["Why"]]})
SAVE = utterance("save these", {"does": [["Save", None, []]]})


@pytest.mark.parametrize(
    ("said", "came_to", "level", "why"),
    [
        (SNOW, read("a red car, in winter, snow"), "right", ""),
        (SNOW, read("red cars, winter, with snowing"), "right", ""),
        (SNOW, read("a red car, in winter, please snow"), "partly", "looks for 'please'"),
        (SNOW, read(), "partly", "'snow' is not looked for"),
        (SNOW, read("snow"), "wrong", "'red' is not looked for"),
        (SNOW, read(unwanted="people, snow"), "wrong", "refuses 'snow', which is wanted"),
        (SNOW, read("a red car, in winter, snow", ""), "partly", "'people' is not refused"),
        (SNOW, read("a red car, in winter, snow", "people", ("Undo", 1)), "wrong", "Undo"),
        (BLUE, read("a blue car, in winter"), "right", ""),
        (BLUE, read("a red blue car, in winter"), "wrong", "still looks for 'red'"),
        (CALM, read(unwanted="people, dog"), "right", ""),
        (CALM, read("a red car, in winter, dogs"), "wrong", "looks for 'dog', which is refused"),
        (CALM, read(unwanted="people, tree"), "wrong", "refuses 'tree'"),
        (LIKE, read(like=[3], unlike=[4]), "right", ""),
        (LIKE, read(like=[3]), "partly", "unlike 4 is missing"),
        (LIKE, read(like=[3, 4]), "wrong", "likes 4, unasked"),
        (LATER, read(filters={"after": "2021-01-01", "before": "2022-01-01"}), "right", ""),
        (LATER, read(filters={"after": "2020-01-01", "before": "2021-01-01"}), "wrong", "not"),
        (LATER, read(), "partly", "after is '2019-01-01', not"),
        (LATER, read("a red car, in winter, 2021"), "partly", "looks for '2021'"),
        (ANY, read(filters={}), "right", ""),
        (ANY, read(), "partly", "was not asked for"),
        (ANY, read(filters={**YEAR, "camera": "canon"}), "wrong", "camera 'canon'"),
        (MORE, read("a red car, in winter", "people", ("ShowMore", 20)), "right", ""),
        (MORE, read("a red car, in winter", "people", ("ShowMore", None)), "wrong", "not"),
        (MORE, read(), "partly", "no ShowMore"),
        (NOISE, read("a red car, in winter", "people", ("Unclear", "what?")), "right", ""),
        (NOISE, read("a red car, in winter", "people", ("Answer", "12")), "right", ""),
        (NOISE, read(), "right", ""),
        (NOISE, read("a red car, in winter", "people", ("Why", 1)), "partly", "tolerated"),
        (NOISE, read("a red car, in winter, lovely"), "wrong", "looks for 'lovely'"),
        (SAVE, read("a red car, in winter", "people", ("Save", None, [])), "right", ""),
        (SAVE, read("a red car, in winter", "people", ("Save", "these", [])), "partly", "saved as"),
    ],
)
def test_what_an_utterance_came_to_is_graded(
    said: Utterance, came_to: dict[str, Any], level: str, why: str
) -> None:
    found = grade(said, came_to)
    assert found.level == level
    assert why in "; ".join([*found.harms, *found.losses])


def test_an_utterance_without_a_right_reading_is_not_graded() -> None:
    with pytest.raises(ValueError, match="has no right reading"):
        grade(utterance("hello"), read())
