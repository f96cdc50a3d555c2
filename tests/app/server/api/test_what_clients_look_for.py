"""Codes, fields and addresses that a client of another's making looks for."""

import re
from pathlib import Path

import httpx
import pytest
from PIL import Image


@pytest.fixture
def session(api: httpx.Client) -> str:
    name = str(api.post("/api/sessions", json={"collection": "Shapes"}).json()["name"])
    assert api.post(f"/api/sessions/{name}/turns", json={"said": "circle"}).status_code == 200
    return name


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/"])
def test_models_are_listed_with_a_slash_at_the_end_too(api: httpx.Client, path: str) -> None:
    assert "Shapes" in [one["id"] for one in api.get(path).json()["data"]]


def test_an_unknown_model_has_the_code_of_one(api: httpx.Client) -> None:
    asked = {"model": "none", "messages": [{"role": "user", "content": "circle"}]}
    for answer in (api.post("/v1/chat/completions", json=asked), api.get("/v1/models/none")):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "model_not_found"
    assert api.get("/v1/nothing").json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("field", "asked"),
    [("drop", {"drop": 99}), ("change.number", {"change": {"number": 9, "text": "a dog"}})],
)
def test_a_constraint_that_is_not_there_is_named_by_its_field(
    api: httpx.Client, session: str, field: str, asked: dict[str, object]
) -> None:
    told = api.post(f"/api/sessions/{session}/turns", json=asked)
    assert told.status_code == 409
    assert [one["field"] for one in told.json()["fields"]] == [field]
    assert told.json()["detail"].startswith(f"{field} must be in 1..1; got ")


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_an_exported_document_links_to_pictures_that_its_reader_can_open(
    api: httpx.Client, session: str, form: str
) -> None:
    text = api.get(f"/api/sessions/{session}/export", params={"form": form}).text
    assert "../" not in text and "/home" not in text
    linked = re.findall(r"\]\((http[^)]+)\)|href=\"(http[^\"]+)\"", text)
    assert len(linked) == 12
    for one in linked[:2]:
        image = api.get("".join(one))
        assert (image.status_code, image.headers["content-type"]) == (200, "image/webp")


def test_a_session_may_be_given_the_name_that_it_has(api: httpx.Client, session: str) -> None:
    renamed = api.patch(f"/api/sessions/{session}", json={"name": session})
    assert (renamed.status_code, renamed.json()["name"]) == (200, session)
    other = api.post("/api/sessions", json={"collection": "Shapes"}).json()["name"]
    assert api.patch(f"/api/sessions/{other}", json={"name": session}).status_code == 409


def test_a_picture_that_was_handed_in_is_called_the_users_in_every_document(
    api: httpx.Client, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), "blue").save(tmp_path / "mine.png")
    upload = api.post("/api/uploads", content=(tmp_path / "mine.png").read_bytes()).json()["id"]
    name = api.post("/api/sessions", json={"collection": "Shapes"}).json()["name"]
    turn = api.post(f"/api/sessions/{name}/turns", json={"example": upload}).json()
    assert (turn["chips"][0]["words"], turn["chips"][0]["upload"]) == ("like your picture", upload)
    for form in ("markdown", "html"):
        text = api.get(f"/api/sessions/{name}/export", params={"form": form}).text
        assert "like your picture" in text
        assert upload not in text
