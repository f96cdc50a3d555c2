"""A server moves a collection while people search it, and its page shows how far that is."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import httpx
import pytest
from playwright.sync_api import expect

from tests.app.server.browser import chromium
from tests.app.server.conftest import _filled, server_home, shapes
from tests.app.server.jobs.test_job_queue import over, until
from tests.app.server.running import Server, running
from tests.retrievers.encoders.tiny_checkpoints import save

__all__ = ["_filled", "server_home", "shapes"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("clip", tmp_path_factory.mktemp("tiny") / "clip")


@pytest.fixture
def server(server_home: Callable[[], Path], shapes: Path, tiny: Path) -> Iterator[Server]:
    home = server_home()
    text = f"[tiny]\nencoder = 'transformers:{tiny}'\nabout = 'Tiny'\n"
    (home / "profiles.toml").write_text(text, encoding="utf-8")
    with running(home, "--folder", str(shapes.parent)) as started:
        yield started


def searching(server: Server, end: Event, encoders: set[str], failed: list[object]) -> None:
    """Search, and go on with one conversation, until the end."""
    with server.client() as client:
        client.post("/api/sessions", json={"collection": "Shapes", "name": "meanwhile"})
        while not end.is_set():
            found = client.post("/api/collections/Shapes/search", json={"text": "red", "k": 5})
            turn = client.post("/api/sessions/meanwhile/turns", json={"said": "red, no circle"})
            if found.status_code != 200 or len(found.json()["hits"]) != 5:
                failed.append(found.text)
            if turn.status_code != 200 or turn.json()["lost"]:
                failed.append(turn.text)
            encoders.add(client.get("/api/collections/Shapes").json()["encoder"])


def until_seen(encoder: str, encoders: set[str]) -> None:
    """Wait until somebody has searched with it."""
    end = monotonic() + 60
    while encoder not in encoders:
        assert monotonic() < end
        sleep(0.05)


def migrate(client: httpx.Client, **asked: object) -> dict[str, object]:
    begun = client.post("/api/collections/Shapes/migrate", json=asked)
    assert begun.status_code == 202, begun.text
    ended = until(client, int(begun.json()["number"]), over)
    assert (ended["kind"], ended["state"], ended["error"]) == ("migrate", "done", "")
    return dict(ended)


def test_a_collection_moves_and_returns_while_people_search(server: Server) -> None:
    end, encoders, failed = Event(), set[str](), list[object]()
    thread = Thread(target=searching, args=(server, end, encoders, failed))
    thread.start()
    try:
        with server.client() as client:
            old = client.get("/api/collections/Shapes").json()
            assert (old["previous"], old["migration"], old["migrating"]) == ("", None, False)
            ended = migrate(client, profile="tiny")
            assert ended["encoded"] == 16 and "searched with" in str(ended["told"])
            now = client.get("/api/collections/Shapes").json()
            assert now["encoder"].startswith("transformers:clip#")
            assert (now["previous"], now["pictures"]) == (old["encoder"], 16)
            until_seen(now["encoder"], encoders)
            asked = {"model": "Shapes", "input": ["red"]}
            vector = client.post("/v1/embeddings", json=asked).json()["data"][0]["embedding"]
            migrate(client, back=True)
            assert client.get("/api/collections/Shapes").json()["encoder"] == old["encoder"]
            other = client.post("/v1/embeddings", json=asked).json()["data"][0]["embedding"]
            assert len(vector) != len(other)
    finally:
        end.set()
        thread.join(60)
    assert failed == []
    assert len(encoders) == 2


def test_what_cannot_be_moved_is_said(server: Server) -> None:
    with server.client() as client:
        path = "/api/collections/Shapes/migrate"
        unknown = client.post(path, json={"profile": "nothing"})
        assert (unknown.status_code, unknown.json()["fields"][0]["field"]) == (404, "profile")
        assert client.post("/api/collections/None/migrate", json={}).status_code == 404
        for asked, line in (
            ({}, "name where 'Shapes' is to move"),
            ({"back": True}, "keeps no vectors of an encoder before"),
            ({"profile": "offline"}, "'Shapes' has the vectors of offline"),
        ):
            number = int(client.post(path, json=asked).json()["number"])
            ended = until(client, number, over)
            assert ended["state"] == "failed" and line in ended["error"]
        assert client.delete("/api/collections/Shapes/previous").status_code == 404
        assert client.post(path, json={"encoder": "transformers:/etc"}).json()["fields"]


def test_a_person_moves_a_collection_on_the_page(server: Server) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{server.url}/?collection=Shapes")
        page.get_by_text("Pictures", exact=True).first.click()
        expect(page.get_by_role("button", name="Return to")).to_have_count(0)
        page.get_by_label("Encoder", exact=True).select_option("tiny")
        page.get_by_role("button", name="Move Shapes to this encoder").click()
        expect(page.locator("#progress")).to_contain_text("searched with", timeout=60_000)
        page.get_by_role("link", name="Look at it").click()
        page.get_by_text("Pictures", exact=True).first.click()
        page.get_by_role("button", name="Return to offline").click()
        expect(page.locator("#progress")).to_contain_text("Shapes: done", timeout=60_000)
        browser.close()
    with server.client() as client:
        assert client.get("/api/collections/Shapes").json()["encoder"].startswith("offline")
        assert client.delete("/api/collections/Shapes/previous").status_code == 204
        assert client.get("/api/collections/Shapes").json()["previous"] == ""
