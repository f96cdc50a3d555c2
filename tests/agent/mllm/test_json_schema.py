import json
from typing import Any

import pytest

from agent.mllm.json_schema import choices, faults, read_reply

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "marks": {"type": "array", "items": {"enum": ["yes", "no"]}, "maxItems": 2},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "value", [{"name": "Ann"}, {"name": "Ann", "age": 0}, {"name": "A", "marks": ["yes", "no"]}]
)
def test_what_meets_the_schema_is_returned_as_written(value: object) -> None:
    text = json.dumps(value)
    assert read_reply(f"\n {text} ", PERSON) == text
    assert read_reply(f"Here it is:\n```json\n{text}\n```\nDone.", PERSON) == text


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([], r"\$ must be object; got \[\]"),
        ({}, r"\$ lacks 'name'"),
        ({"name": ""}, r"\$\.name is outside minLength and maxLength: ''"),
        ({"name": "A", "age": 151}, r"\$\.age is outside minimum and maximum: 151"),
        ({"name": "A", "age": True}, r"\$\.age must be integer; got True"),
        ({"name": "A", "marks": ["yes", "maybe"]}, r"\$\.marks\[1\] must be one of"),
        ({"name": "A", "marks": ["no"] * 3}, r"\$\.marks is outside minItems and maxItems"),
        ({"name": "A", "more": 1}, r"\$ has 'more' besides"),
    ],
)
def test_what_does_not_is_refused_with_its_place(value: object, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_reply(json.dumps(value), PERSON)


def test_a_reply_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        read_reply("I think it is a dog.", PERSON)


def test_constants_patterns_and_unions_of_types_are_checked() -> None:
    assert not list(faults(None, {"type": ["string", "null"]}))
    assert list(faults("b", {"const": "a"})) == ["$ must be 'a'; got 'b'"]
    assert list(faults("b1", {"pattern": "^[a-z]+$"})) == ["$ must match '^[a-z]+$'; got 'b1'"]


def test_a_schema_with_an_unknown_keyword_is_refused_rather_than_half_checked() -> None:
    with pytest.raises(ValueError, match=r"schema keywords \['anyOf'\] are not known; there are"):
        list(faults(1, {"anyOf": [{"type": "string"}]}))


def test_only_a_bare_enumeration_gives_choices() -> None:
    assert choices({"enum": ["yes", 1, None]}) == ['"yes"', "1", "null"]
    assert choices({"type": "string", "enum": ["é"], "title": "answer"}) == ['"é"']
    assert choices({"type": "string"}) is None
    assert choices({"type": "string", "enum": ["a"], "pattern": "a"}) is None
