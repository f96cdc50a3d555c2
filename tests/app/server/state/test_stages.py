"""A second stage behind the server: orders come as they get better, and say why."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.app.server.browser import chromium
from tests.app.server.running import Server, running

CLOSER = 'reranker = "propositions"\nshortlist = 4\n'


@pytest.fixture(scope="module")
def looking(server_home: Callable[[], Path]) -> Iterator[Server]:
    """A server whose first stages look closer at four pictures, with the small offline LLM."""
    home = server_home()
    (home / "closer.toml").write_text(CLOSER)
    with running(home, "--stages", str(home / "closer.toml"), "-k", "6") as server:
        yield server


def test_each_better_order_is_told_before_the_turn_is_over(looking: Server) -> None:
    with looking.client() as client:
        assert client.get("/api/choices").json()["stages"] == ["closer", "plain", "asks back"]
        client.post("/api/sessions", json={"collection": "Shapes", "name": "closer"})
        answer = client.post("/api/sessions/closer/events", json={"said": "circle"})
        kinds = [line[7:] for line in answer.text.splitlines() if line.startswith("event: ")]
        data = [json.loads(line[6:]) for line in answer.text.splitlines() if line[:6] == "data: "]
        assert kinds.count("better") >= 2 and kinds[-1] == "turn"
        assert "rerank" not in data[0]["seconds"] and data[-1]["seconds"]["rerank"] > 0
        judged = [hit["why"]["held"] + hit["why"]["failed"] for hit in data[-1]["hits"]]
        assert any(judged)
        plain = client.post(
            "/api/sessions/closer/turns", json={"said": "red", "stages": "plain"}
        ).json()
        assert "rerank" not in plain["seconds"]


def test_the_page_shows_what_held_and_what_failed(looking: Server) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(looking.url, timeout=120_000)
        page.get_by_label("Say what you look for").fill("circle")
        page.keyboard.press("Enter")
        expect(page.locator("#status")).to_have_text("6 pictures.", timeout=180_000)
        page.locator(".card .open").first.click()
        large = page.get_by_role("dialog")
        expect(large.get_by_role("heading", name="What was checked")).to_be_visible()
        expect(large.locator(".held, .failed").first).to_be_visible()
