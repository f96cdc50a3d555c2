"""One collection that is damaged shuts no door to the others, and is told as what it is."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import httpx
import pytest

from tests.app.mcp_server.test_mcp import over_stdio, text_of
from tests.app.server.running import ROOT, Server, running

PERSON = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SHORT, UNREADABLE = "A short one", "An unreadable one"


@pytest.fixture(scope="module")
def home(server_home: Callable[[], Path]) -> Path:
    """Of three collections, the first two by name damaged, each in its way."""
    made = server_home()
    shelf = made / "collections"
    for name in (SHORT, UNREADABLE):
        shutil.copytree(shelf / "Shapes", shelf / name)
    os.truncate(shelf / SHORT / "vectors-0.f32", 1000)
    (shelf / UNREADABLE / "records.db").write_bytes(b"no database" * 1000)
    return made


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with running(home) as started:
        yield started


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as opened:
        yield opened


def test_the_page_opens_on_a_whole_collection_and_says_what_mends_the_others(
    client: httpx.Client,
) -> None:
    page = client.get("/", headers=PERSON)
    assert page.status_code == 200
    assert 'data-collection="Shapes"' in page.text
    assert page.text.count('class="card"') == 12
    for name in (SHORT, UNREADABLE):
        assert f"disabled>{name} (damaged)</option>" in page.text
        assert f"Collection {name}: " in page.text
    assert page.text.count("dialens doctor") == 2


@pytest.mark.parametrize("name", [SHORT, UNREADABLE])
def test_a_damaged_collection_that_is_asked_for_is_said_to_be(
    client: httpx.Client, name: str
) -> None:
    page = client.get("/", params={"collection": name}, headers=PERSON)
    assert (page.status_code, "dialens doctor" in page.text) == (200, True)
    assert 'data-collection=""' in page.text
    listed = {one["name"]: one for one in client.get("/api/collections").json()["collections"]}
    assert "dialens doctor" in listed[name]["error"]
    assert not listed["Shapes"]["error"]


def test_a_first_stage_that_fails_is_an_error_of_every_answer(client: httpx.Client) -> None:
    said = [{"role": "user", "content": "circle"}]
    asked = {"model": SHORT, "messages": said}
    session = client.post("/api/sessions", json={"collection": SHORT}).json()["name"]
    for path, body in (
        ("/v1/chat/completions", asked),
        ("/v1/chat/completions", {**asked, "stream": True}),
        (f"/api/collections/{SHORT}/search", {"text": "circle"}),
        (f"/api/sessions/{session}/turns", {"said": "circle"}),
        (f"/api/sessions/{session}/events", {"said": "circle"}),
        (f"/page/{session}/turns", {"said": "circle"}),
    ):
        answer = client.post(path, json=body)
        assert answer.status_code == 409, (path, answer.text)
        assert "dialens doctor" in answer.json()["detail"], path
    assert client.get(f"/api/sessions/{session}").json()["turns"] == []


@pytest.mark.parametrize("name", [SHORT, UNREADABLE])
def test_an_agents_search_in_a_damaged_collection_is_an_error(home: Path, name: str) -> None:
    async def talk() -> None:
        async with over_stdio(home) as client:
            found = await client.call_tool("search", {"text": "circle", "collection": name})
            assert found.is_error
            assert "dialens doctor" in text_of(found)
            listed = await client.call_tool("collections", {})
            assert str(listed.structured_content).count("dialens doctor") == 2

    anyio.run(talk)


def test_a_chat_from_a_pipe_ends_with_the_error(home: Path) -> None:
    chat = subprocess.run(
        [sys.executable, "-m", "app.start", "chat", "-c", SHORT],
        input="circle\nno red\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "DIALENS_HOME": str(home), "PYTHONPATH": str(ROOT)},
    )
    assert chat.returncode == 1
    assert "nothing meets" not in chat.stdout
    assert chat.stderr.startswith("dialens: ")
    assert "dialens doctor" in chat.stderr


@pytest.mark.parametrize("path", ["/s/gone", "/?collection=nope", "/nothing", "/api/v1/jobs/99"])
def test_a_link_that_leads_nowhere_is_said_on_a_page_with_a_way_home(
    client: httpx.Client, path: str
) -> None:
    told = client.get(path, headers=PERSON)
    assert told.status_code == 404
    assert told.headers["content-type"].startswith("text/html")
    assert '<a class="button" href="/">' in told.text
    told = client.get(path)
    assert (told.status_code, told.headers["content-type"]) == (404, "application/json")


def test_what_a_link_holds_is_shown_as_text(client: httpx.Client) -> None:
    told = client.get("/", params={"collection": "<script>x</script>"}, headers=PERSON)
    assert told.status_code == 404
    assert "<script>x" not in told.text


def test_a_page_without_collections_says_how_to_make_one(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as server, server.client() as client:
        assert "<code>dialens index FOLDER</code>" in client.get("/", headers=PERSON).text


@pytest.mark.parametrize("restarted", [False, True])
def test_a_conversation_outlives_its_collection(
    server_home: Callable[[], Path], restarted: bool
) -> None:
    home, path = server_home(), "/api/v1/sessions/trip"
    with running(home) as server, server.client() as client:
        client.post("/api/v1/sessions", json={"collection": "Shapes", "name": "trip"})
        client.post(f"{path}/turns", json={"said": "red circle"})
        if not restarted:
            assert client.delete("/api/v1/collections/Shapes").status_code == 204
            _reads_on(client, path)
    if restarted:
        shutil.rmtree(home / "collections" / "Shapes")
        with running(home) as server, server.client() as client:
            _reads_on(client, path)


def _reads_on(client: httpx.Client, path: str) -> None:
    assert [one["said"] for one in client.get(path).json()["turns"]] == ["red circle"]
    for form in ("markdown", "html", "json"):
        told = client.get(f"{path}/export", params={"form": form})
        assert told.status_code == 200 and "red circle" in told.text
    page = client.get("/s/trip", headers=PERSON)
    assert page.status_code == 200 and "Collection Shapes: it is gone" in page.text
    more = client.post(f"{path}/turns", json={"said": "blue"})
    assert more.status_code == 404 and "no collection 'Shapes'" in more.json()["detail"]
    assert client.patch(path, json={"name": "other"}).status_code == 200
    assert client.get("/api/v1/sessions/other").status_code == 200
