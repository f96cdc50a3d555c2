"""Sessions by the thousand are listed without being read, and those without a turn are not kept."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter, sleep

import httpx
import pytest

from agent.conversation.session import Session
from agent.conversation.session_list import glance
from app.library import conversations
from app.output.printable import printable
from tests.agent.fakes import Gallery
from tests.app.server.api.test_doors_of_the_api import pages
from tests.app.server.running import Server, running

MANY, TURNS = 2000, 10


def fill(home: Path, count: int = MANY) -> None:
    """Lay sessions of ten turns into a home: one file under many names."""
    here = home / "sessions"
    session = Session.start("first", Gallery(*"abcdefghijkl"), folder=here, collection="Shapes")
    for number in range(TURNS):
        session.ask(f"a dog number {number}")
    for number in range(count - 1):
        os.link(here / "first.jsonl", here / f"trip {number}.jsonl")


@pytest.fixture(scope="module")
def crowded(server_home: Callable[[], Path]) -> Iterator[Server]:
    home = server_home()
    fill(home)
    with running(home) as server:
        yield server


def test_the_page_reads_what_it_shows_and_no_file_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path))
    fill(tmp_path, 200)
    glance.cache_clear()
    assert len(conversations.summaries(most=50)) == 50
    assert glance.cache_info().misses == 50
    assert len(conversations.summaries()) == 200
    assert len(conversations.summaries()) == 200
    assert glance.cache_info().misses == 200
    os.utime(tmp_path / "sessions" / "first.jsonl")  # which changes all of them, as they are one
    conversations.summaries(most=7)
    assert glance.cache_info().misses == 207


def test_a_glance_says_what_the_whole_session_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path))
    folder = conversations.folder()
    session = Session.start("long", Gallery("a", "b"), folder=folder, collection="Shapes")
    path = session.journal.path
    for number, words in enumerate(["a dog", "x" * 70_000, "undo", "not the first one", "ü 東京"]):
        session.ask(words)
        for torn in ("", '{"number": 99, "said": "to'):
            with path.open("a") as file:
                file.write(torn)
            os.utime(path, ns=(0, number))
            last = conversations.read("long").turns[-1]
            told = conversations.summary("long")
            assert (told["turns"], told["at"]) == (last.number, last.at.isoformat())
            assert told["last"] in (last.understood, last.said, printable(last.said))
        session = Session.resume("long", session.retriever, folder=folder)


def test_a_damaged_session_is_listed_with_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path))
    here = conversations.folder()
    here.mkdir()
    (here / "none.jsonl").touch()
    (here / "odd.jsonl").write_text('{"version": 1, "collection": "c"}\nnonsense\n')
    (here / "blank.jsonl").write_text('{"version": 1, "collection": "c"}\n')
    told = {one["name"]: one for one in conversations.summaries()}
    assert "not a session file" in told["none"]["last"]
    assert "the last line is damaged" in told["odd"]["last"]
    assert (told["blank"]["turns"], told["blank"]["collection"]) == (0, "c")


@pytest.mark.parametrize("limit", [7, 500])
def test_thousands_of_sessions_are_listed_page_by_page_each_once(
    crowded: Server, limit: int
) -> None:
    with crowded.client() as client:
        listed = list(islice(pages(client, "/api/v1/sessions", limit=limit), 6))
        names = [one["name"] for page in listed for one in page["sessions"]]
        assert len(names) == len(set(names)) == min(6 * limit, MANY)
        assert {page["total"] for page in listed} == {MANY}
        first = client.get("/api/v1/sessions").json()["sessions"]
        assert names[:40] == [one["name"] for one in first[:40]]


LISTING = """
import sys, urllib.request
while True:
    for path in ("/api/sessions", "/"):
        urllib.request.urlopen(sys.argv[1] + path).read()
"""


def test_health_is_told_at_once_while_thousands_of_sessions_are_listed(crowded: Server) -> None:
    waited = []
    people = [subprocess.Popen([sys.executable, "-c", LISTING, crowded.url]) for _ in range(2)]
    try:
        with crowded.client() as client:
            assert client.get("/api/sessions").json()["total"] == MANY
            for _ in range(60):
                begin = perf_counter()
                assert client.get("/health").status_code == 200
                waited.append(perf_counter() - begin)
                sleep(0.01)
    finally:
        for one in people:
            one.kill()
            one.wait()
    assert sorted(waited)[30] < 0.05


def kept(server: Server) -> set[str]:
    return {path.stem for path in (server.home / "sessions").glob("*.jsonl")}


def test_a_session_comes_to_the_disk_with_its_first_turn(api: httpx.Client, served: Server) -> None:
    before = kept(served)
    for _ in range(3):
        made = api.post("/api/sessions", json={"collection": "Shapes"}).json()["name"]
        named = api.post("/api/sessions", json={"collection": "Shapes", "name": f"{made} too"})
        assert api.get(f"/api/sessions/{made}").json()["turns"] == []
        assert api.get(f"/s/{made}", headers={"accept": "text/html"}).status_code == 200
        api.get("/")
    again = api.post("/api/sessions", json={"collection": "Shapes", "name": made})
    assert again.status_code == 409
    assert kept(served) == before
    assert made not in {one["name"] for one in api.get("/api/sessions").json()["sessions"]}
    api.post(f"/api/sessions/{made}/turns", json={"said": "circle"})
    assert kept(served) == {*before, made}
    lines = (served.home / "sessions" / f"{made}.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["collection"] == "Shapes" and len(lines) == 2
    other = named.json()["name"]
    assert api.delete(f"/api/sessions/{other}").status_code == 204
    assert api.get(f"/api/sessions/{other}").status_code == 404


def test_a_session_that_was_begun_and_named_anew_is_there(api: httpx.Client) -> None:
    made = api.post("/api/sessions", json={"collection": "Shapes"}).json()["name"]
    assert api.patch(f"/api/sessions/{made}", json={"name": "to be said"}).status_code == 200
    turn = api.post("/api/sessions/to be said/turns", json={"said": "circle"})
    assert turn.status_code == 200
    assert api.get(f"/api/sessions/{made}").status_code == 404
