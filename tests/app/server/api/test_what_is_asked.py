"""What the doors of the server make of requests that name nothing, or ask for the head only."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.app.server.running import Server, running

NOBODY = "0000000000000000"


def test_turns_that_look_for_nothing_leave_no_session(server_home: Callable[[], Path]) -> None:
    with running(server_home()) as server, server.client() as client:
        for first in ({"said": "   "}, {"undo": True}, {"said": "help"}, {"more": True}, {}):
            name = client.post("/api/v1/sessions", json={"collection": "Shapes"}).json()["name"]
            answer = client.post(f"/api/v1/sessions/{name}/turns", json=first)
            assert answer.status_code == 200, answer.text
        for said in ("", "help", "undo"):
            asked = {"model": "Shapes", "messages": [{"role": "user", "content": said}] * 2}
            assert client.post("/v1/chat/completions", json=asked).status_code == 200
        assert not list(server.home.glob("sessions/*"))
        assert client.post(f"/api/v1/sessions/{name}/turns", json={"said": "red"}).json()["hits"]
        (kept,) = server.home.glob("sessions/*")
        assert len(kept.read_text().splitlines()) == 3  # what was said before it, too


@pytest.mark.parametrize("field", ["like", "unlike", "examples"])
def test_a_picture_that_is_not_there_is_named(api: httpx.Client, field: str) -> None:
    asked = {"text": "red", field: [NOBODY]}
    answer = api.post("/api/v1/collections/Shapes/search", json=asked)
    assert answer.status_code == 404 and NOBODY in answer.json()["detail"]


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ({"after": "2020", "before": "2019"}, "both on 2020-01-01 or later and before 2019-01-01"),
        ({"after": "2019-06-01", "before": "2019-06-01"}, "no picture is taken both on"),
        ({"tags": ["nosuchtag"]}, "no picture of the collection is tagged 'nosuchtag'"),
        ({"tags": ["Places/Norway"]}, "is tagged 'Places/Norway'"),
        ({"camera": "leica"}, "no picture of the collection is by a camera 'leica'"),
        ({"min_pixels": 9, "max_pixels": 8}, "at least 9 pixels and at most 8"),
        ({"min_rating": 4, "max_rating": 2}, "at least 4 stars and at most 2"),
        ({"after": "2019", "before": "2020", "camera": "model"}, ""),
    ],
)
def test_conditions_that_nothing_can_meet_are_said_at_once_at_every_door(
    served: Server, api: httpx.Client, conditions: dict[str, object], told: str
) -> None:
    asked = {"text": "red", "filters": conditions}
    once = api.post("/api/v1/collections/Shapes/search", json=asked).json()["doubt"]
    made = api.post("/api/v1/sessions", json={"collection": "Shapes"}).json()["name"]
    said = {"said": "red", "filters": conditions}
    turn = api.post(f"/api/v1/sessions/{made}/turns", json=said).json()["doubt"]
    assert once == turn and told in once and bool(told) == bool(once)


def test_an_answer_that_is_no_picture_is_named(api: httpx.Client) -> None:
    name = api.post("/api/v1/sessions", json={"collection": "Shapes"}).json()["name"]
    answer = api.post(f"/api/v1/sessions/{name}/turns", json={"said": "red", "answer": NOBODY})
    assert answer.status_code == 404 and NOBODY in answer.json()["detail"]


def test_the_head_of_whatever_can_be_had_is_had_without_its_body(api: httpx.Client) -> None:
    asked = {"text": "red circle", "k": 1}
    found = api.post("/api/v1/collections/Shapes/search", json=asked).json()["hits"][0]["picture"]
    at = f"/api/v1/collections/Shapes/pictures/{found['id']}"
    for path in ("/", "/docs", "/health", f"{at}/file", f"{at}/image", at, "/v1/models"):
        whole, head = api.get(path), api.head(path)
        assert (head.status_code, head.content) == (200, b""), path
        for header in ("content-type", "content-length", "content-disposition"):
            assert head.headers.get(header) == whole.headers.get(header), path
    assert api.head(f"/api/v1/collections/Shapes/pictures/{NOBODY}/file").status_code == 404
    assert api.head("/v1/rerank").status_code == 405


@pytest.mark.parametrize("name", [".hidden", "a\0b", "-rf", " a", "a:b", "..."])
def test_a_name_that_no_collection_can_have_is_refused_at_once(
    served: Server, api: httpx.Client, shapes: Path, name: str
) -> None:
    for asked in ({"folder": str(shapes), "profile": "offline"}, {}):
        answer = api.post(f"/api/v1/collections/{quote(name, safe='')}/index", json=asked)
        assert answer.status_code == 422, answer.text
        assert answer.json()["fields"][0]["field"] == "collection"


def test_times_that_come_again_are_conditions_of_a_search_and_of_a_list(api: httpx.Client) -> None:
    asked = {"weekdays": [6, 7], "hours": ["9:30-11"], "month_days": ["summer"]}
    found = api.post("/api/v1/collections/Shapes/search", json={"filters": asked}).json()["hits"]
    names = {hit["picture"]["name"] for hit in found}
    assert names == {f"{one}_plain.jpg" for one in ("red", "green", "blue", "yellow")}
    listed = api.get("/api/v1/collections/Shapes/pictures", params=asked).json()  # type: ignore[arg-type]
    assert {one["name"] for one in listed["pictures"]} == names
    other = {"weekdays": [1], "hours": ["22-5"], "month_days": ["winter"]}
    for name, value in other.items():
        body = {"filters": asked | {name: value}}
        assert api.post("/api/v1/collections/Shapes/search", json=body).json()["hits"] == []


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ({"weekdays": [8]}, "filters.weekdays"),
        ({"hours": ["soon"]}, "a time of day looks like 6-12"),
        ({"month_days": ["13-01"]}, "a season looks like winter"),
    ],
)
def test_times_that_are_none_are_refused(
    api: httpx.Client, conditions: dict[str, object], told: str
) -> None:
    answer = api.post("/api/v1/collections/Shapes/search", json={"filters": conditions})
    assert answer.status_code == 422 and told in answer.json()["detail"]


@pytest.mark.parametrize("text", ["", "a circle"])
def test_a_search_is_listed_by_date_page_by_page(api: httpx.Client, text: str) -> None:
    asked = {"text": text, "order": "Oldest", "k": 5}
    pages = []
    while True:
        answer = api.post("/api/v1/collections/Shapes/search", json=asked).json()
        pages += answer["hits"]
        if not answer["next"]:
            break
        asked["cursor"] = answer["next"]
    taken = [hit["picture"]["taken"] for hit in pages]
    dated = [one for one in taken if one]
    assert len({hit["picture"]["id"] for hit in pages}) == len(pages) == 16
    assert dated == sorted(dated) and taken[len(dated) :] == [None] * (16 - len(dated))
    refused = api.post("/api/v1/collections/Shapes/search", json={"text": "a", "order": "up"})
    assert refused.status_code == 422 and "order" in refused.json()["detail"]
