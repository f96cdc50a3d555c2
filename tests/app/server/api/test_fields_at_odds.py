"""A turn whose fields are at odds is refused, and both are named; what goes together is taken."""

from typing import Any

import httpx
import pytest

ID, OTHER = "0" * 16, "1" * 16


@pytest.fixture
def session(api: httpx.Client) -> str:
    name = api.post("/api/v1/sessions", json={"collection": "Shapes"}).json()["name"]
    return f"/api/v1/sessions/{name}"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"said": "x", "undo": True}, {"said", "undo"}),
        ({"redo": True, "undo": True}, {"redo", "undo"}),
        ({"back_to": 0, "more": True}, {"back_to", "more"}),
        ({"undo": True, "filters": {"after": "2019"}}, {"undo", "filters"}),
        ({"redo": True, "example": ID}, {"redo", "example"}),
        ({"more_like": ID, "drop": 1}, {"more_like", "drop"}),
        ({"like": [ID], "unlike": [OTHER, ID]}, {"like", "unlike"}),
        ({"drop": 1, "change": {"number": 1, "text": "blue"}}, {"drop", "change"}),
    ],
)
def test_two_fields_of_which_one_would_be_dropped_are_refused_and_named(
    api: httpx.Client, session: str, fields: dict[str, Any], named: set[str]
) -> None:
    for door in ("turns", "events"):
        answer = api.post(f"{session}/{door}", json=fields)
        assert answer.status_code == 422
        assert {one["field"] for one in answer.json()["fields"]} == named
        assert all(name in answer.json()["detail"] for name in named)
    assert api.get(session).json()["turns"] == []


def test_a_search_that_likes_and_dislikes_one_picture_is_refused(api: httpx.Client) -> None:
    asked = {"like": [ID], "unlike": [ID]}
    answer = api.post("/api/v1/collections/Shapes/search", json=asked)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["fields"]} == {"like", "unlike"}


def test_words_beside_a_picture_that_is_begun_from_are_kept(
    api: httpx.Client, session: str
) -> None:
    first = api.post(f"{session}/turns", json={"said": "green stripes"}).json()
    like = first["hits"][0]["picture"]["id"]
    turn = api.post(f"{session}/turns", json={"more_like": like, "said": "in blue"}).json()
    assert turn["understood"] == "in blue; like 1 picture"


def test_numbers_mean_what_they_meant_before_the_turn(api: httpx.Client, session: str) -> None:
    api.post(f"{session}/turns", json={"said": "circle"})
    api.post(f"{session}/turns", json={"said": "blue"})
    both = {"drop": 1, "change": {"number": 2, "text": "red"}, "stages": "plain"}
    assert api.post(f"{session}/turns", json=both).json()["understood"] == "red"
