"""The HTTP API does what its document says, against a running server."""

import json
from io import BytesIO
from itertools import count
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.app.server.running import Server

NAMES = (f"session {number}" for number in count(1))


def begin(api: httpx.Client) -> str:
    made = api.post("/api/sessions", json={"collection": "Shapes", "name": next(NAMES)})
    assert made.status_code == 201, made.text
    return str(made.json()["name"])


def take(api: httpx.Client, name: str, **asked: Any) -> dict[str, Any]:
    answer = api.post(f"/api/sessions/{name}/turns", json=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def found(turn: dict[str, Any]) -> list[str]:
    return [hit["picture"]["name"] for hit in turn["hits"]]


def ids(turn: dict[str, Any]) -> list[str]:
    return [hit["picture"]["id"] for hit in turn["hits"]]


def test_collections_are_listed_without_where_they_lie(api: httpx.Client, served: Server) -> None:
    (one,) = [o for o in api.get("/api/collections").json()["collections"] if o["name"] == "Shapes"]
    assert (one["pictures"], one["folders"]) == (16, ["Shapes"])
    assert str(served.home) not in api.get("/api/collections").text


def test_a_search_gives_hits_with_their_why_and_no_path_of_the_machine(
    api: httpx.Client, served: Server
) -> None:
    answer = api.post("/api/collections/Shapes/search", json={"text": "red circle", "k": 3})
    hits = answer.json()["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert hits[0]["picture"]["name"] == "red_circle.jpg"
    assert hits[0]["picture"]["folder"] == "circle"
    assert hits[0]["why"]["words"] == ["red", "circle"]
    assert str(served.home) not in answer.text
    assert "gps" not in answer.text


def test_a_search_by_conditions_keeps_to_them(api: httpx.Client) -> None:
    asked = {"text": "red", "filters": {"after": "2019-06-01", "before": "2019-06-02"}, "k": 50}
    hits = api.post("/api/collections/Shapes/search", json=asked).json()["hits"]
    assert {hit["picture"]["folder"] for hit in hits} == {"plain"}


def test_turns_narrow_a_search_and_undo_and_branch(api: httpx.Client) -> None:
    name = begin(api)
    first = take(api, name, said="circle")
    second = take(api, name, said="no red")
    assert [chip["words"] for chip in second["chips"]] == ["circle", "not red"]
    assert take(api, name, undo=True)["head"] == first["number"]
    third = take(api, name, said="blue")
    assert third["parent"] == first["number"]
    assert take(api, name, back_to=second["number"])["head"] == second["number"]
    whole = api.get(f"/api/sessions/{name}").json()
    assert whole["current"] == second["number"]
    assert [turn["number"] for turn in whole["turns"]] == [1, 2, 3, 4, 5]


def test_pictures_are_judged_by_id_and_a_disliked_one_is_gone(api: httpx.Client) -> None:
    name = begin(api)
    shown = ids(take(api, name, said="circle"))
    after = take(api, name, unlike=[shown[0]], like=[shown[1]])
    assert shown[0] not in ids(after)
    assert {chip["kind"] for chip in after["chips"]} == {"wanted", "like", "unlike"}


def test_more_like_one_forgets_the_words(api: httpx.Client) -> None:
    name = begin(api)
    shown = ids(take(api, name, said="circle"))
    after = take(api, name, more_like=shown[0])
    assert [chip["kind"] for chip in after["chips"]] == ["like"]
    assert ids(after)[0] == shown[0]


def test_a_chip_is_changed_and_dropped_by_its_number(api: httpx.Client) -> None:
    name = begin(api)
    take(api, name, said="circle")
    take(api, name, said="red")
    changed = take(api, name, change={"number": 2, "text": "yellow"})
    assert [chip["words"] for chip in changed["chips"]] == ["circle", "yellow"]
    told = {"mark": "changed", "number": 2, "words": "yellow", "before": "red"}
    assert changed["edits"] == [told]
    dropped = take(api, name, drop=1)
    assert [chip["words"] for chip in dropped["chips"]] == ["yellow"]
    told = {"mark": "dropped", "number": 1, "words": "circle", "before": ""}
    assert dropped["edits"] == [told]
    undone = take(api, name, undo=True)
    assert [one["mark"] for one in undone["edits"]] == ["added"]


def test_a_picture_that_is_handed_in_is_an_example(api: httpx.Client) -> None:
    file = BytesIO()
    Image.new("RGB", (64, 64), (20, 40, 200)).save(file, "PNG")
    upload = api.post("/api/uploads", content=file.getvalue()).json()["id"]
    turn = take(api, begin(api), example=upload)
    assert found(turn)[0] == "blue_plain.jpg"
    kept = Image.open(BytesIO(api.get(f"/api/uploads/{upload}/image").content))
    assert (kept.format, kept.size) == ("WEBP", (64, 64))


def test_show_more_goes_on_where_the_page_ended(api: httpx.Client) -> None:
    name = begin(api)
    first, second = take(api, name, said="a shape"), take(api, name, more=True)
    assert (len(first["hits"]), len(second["hits"])) == (12, 4)
    assert not set(ids(first)) & set(ids(second))


def test_a_question_comes_with_pictures_that_answer_it(api: httpx.Client) -> None:
    name = begin(api)
    turn = take(api, name, said="a shape", stages="asks back")
    offered = turn["question"]["pictures"]
    assert len(offered) >= 2
    answered = take(api, name, answer=offered[0]["id"], stages="asks back")
    assert "like" in {chip["kind"] for chip in answered["chips"]}


def test_events_bring_orders_and_then_the_turn(api: httpx.Client) -> None:
    name = begin(api)
    answer = api.post(f"/api/sessions/{name}/events", json={"said": "circle"})
    kinds = [line[7:] for line in answer.text.splitlines() if line.startswith("event: ")]
    data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert kinds[-1] == "turn" and set(kinds[:-1]) == {"better"}
    assert ids(json.loads(data[0])) == ids(json.loads(data[-1]))


def test_what_is_refused_is_refused_before_the_first_event(api: httpx.Client) -> None:
    name = begin(api)
    answer = api.post(f"/api/sessions/{name}/events", json={"like": ["0123456789abcdef"]})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "picture 0123456789abcdef is not on the screen"


@pytest.mark.parametrize(
    ("form", "starts"),
    [("markdown", "# Conversation"), ("html", "<!doctype html>"), ("json", '{"name":')],
)
def test_a_conversation_is_exported(api: httpx.Client, form: str, starts: str) -> None:
    name = begin(api)
    take(api, name, said="circle")
    answer = api.get(f"/api/sessions/{name}/export", params={"form": form})
    assert answer.text.lower().startswith(starts.lower())
    assert "circle" in answer.text


def test_a_conversation_is_renamed_listed_and_deleted(api: httpx.Client) -> None:
    name = begin(api)
    take(api, name, said="circle")
    other = begin(api)
    assert api.patch(f"/api/sessions/{name}", json={"name": other}).status_code == 409
    assert api.patch(f"/api/sessions/{name}", json={"name": "shapes we like"}).status_code == 200
    listed = {one["name"]: one for one in api.get("/api/sessions").json()["sessions"]}
    assert listed["shapes we like"]["turns"] == 1
    assert name not in listed
    assert take(api, "shapes we like", said="red")["number"] == 2
    assert api.delete("/api/sessions/shapes we like").status_code == 204
    assert api.get("/api/sessions/shapes we like").status_code == 404


def test_a_new_collection_is_made_in_the_background(api: httpx.Client, shapes: Any) -> None:
    asked = {"folder": str(shapes / "circle")}
    job = api.post("/api/collections/circles/index", json=asked).json()
    end = monotonic() + 60
    while (now := api.get(f"/api/jobs/{job['number']}").json())["state"] in ("waiting", "running"):
        assert monotonic() < end
        sleep(0.1)
    assert (now["state"], now["encoded"]) == ("done", 4)
    told = api.get(f"/api/jobs/{job['number']}/events").text
    assert told.count("event: job") == 1 and '"done"' in told
    again = api.post("/api/collections/circles/index", json={}).json()
    assert api.get(f"/api/jobs/{again['number']}").json()["error"] == ""


def test_health_and_figures_are_there_for_who_watches(api: httpx.Client) -> None:
    assert api.get("/health").json()["status"] == "ok"
    take(api, begin(api), said="circle")
    figures = api.get("/metrics").text
    assert 'dialens_stage_seconds_count{stage="search"}' in figures
    assert 'route="/api/v1/sessions/{session}/turns",status="200"' in figures


def test_each_request_has_an_id_that_the_log_has_too(api: httpx.Client, served: Server) -> None:
    answer = api.get("/health", headers={"x-request-id": "my-request-0001"})
    assert answer.headers["x-request-id"] == "my-request-0001"
    odd = api.get("/health", headers={"x-request-id": "a b<script>"}).headers["x-request-id"]
    assert odd.isalnum()
    lines = [json.loads(line) for line in served.log.read_text().splitlines() if line[0] == "{"]
    assert [line["status"] for line in lines if line.get("request_id") == "my-request-0001"] == [
        200
    ]
