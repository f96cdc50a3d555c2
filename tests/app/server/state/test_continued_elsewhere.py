"""A conversation is one, whoever continued it and however often the server began anew."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.server.running import ROOT, Server, running


@pytest.fixture
def home(server_home: Callable[[], Path]) -> Path:
    return server_home()


def chat(home: Path, session: str, *said: str) -> None:
    """Go on with a session in a terminal's process."""
    own = {"DIALENS_HOME": str(home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "app.start", "chat", "--session", session]
    subprocess.run(command, input="\n".join(said).encode(), env={**os.environ, **own}, check=True)


def test_what_another_program_added_is_shown_at_every_door_at_once(home: Path) -> None:
    with running(home) as server, server.client() as api:
        name = api.post("/api/v1/sessions", json={"collection": "Shapes"}).json()["name"]
        api.post(f"/api/v1/sessions/{name}/turns", json={"said": "circle"})
        chat(home, name, "no red", "only portrait")
        session = api.get(f"/api/v1/sessions/{name}").json()
        assert [one["said"] for one in session["turns"]] == ["circle", "no red", "only portrait"]
        chat(home, name, "undo")
        assert "undo" in api.get(f"/api/v1/sessions/{name}/export").text
        chat(home, name, "a blue one")
        assert "a blue one" in api.get(f"/s/{name}").text
        chat(home, name, "start over")
        turn = api.post(f"/api/v1/sessions/{name}/turns", json={"said": "stripes"})
        assert (turn.status_code, turn.json()["number"]) == (200, 7)
        assert turn.json()["understood"] == "stripes"


class Client:
    """A front end that sends the whole conversation each time."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []

    def says(self, server: Server, said: str) -> dict[str, Any]:
        self.messages.append({"role": "user", "content": said})
        with server.client() as api:
            asked = {"model": "Shapes", "messages": self.messages}
            told = api.post("/v1/chat/completions", json=asked).json()
        self.messages.append({"role": "assistant", "content": "told"})
        return dict(told["dialens"])


def sessions(server: Server) -> int:
    return len(httpx.get(f"{server.url}/api/v1/sessions").json()["sessions"])


def test_a_clients_conversation_is_one_session_over_restarts(home: Path) -> None:
    ours, other = Client(), Client()
    with running(home) as server:
        for said in ("circle", "no red", "more like the first one"):
            ours.says(server, said)
        other.says(server, "circle")
        assert sessions(server) == 1
    for at, said in enumerate(("undo", "only portrait", "a blue one"), start=4):
        with running(home) as server:
            assert ours.says(server, said)["number"] == at
            assert sessions(server) == 1
    with running(home) as server:
        other.says(server, "stripes")
        assert other.says(server, "in green")["number"] == 3
        assert sessions(server) == 2


def test_a_session_that_took_a_deleted_ones_name_is_not_taken_for_it(home: Path) -> None:
    ours = Client()
    with running(home) as server, server.client() as api:
        ours.says(server, "circle")
        ours.says(server, "no red")
        (name,) = (one["name"] for one in api.get("/api/v1/sessions").json()["sessions"])
        api.delete(f"/api/v1/sessions/{name}")
        api.post("/api/v1/sessions", json={"collection": "Shapes", "name": name})
        for said in ("stripes", "square"):
            api.post(f"/api/v1/sessions/{name}/turns", json={"said": said})
        assert ours.says(server, "in blue")["understood"].startswith("circle + in blue; not red")
        kept = api.get(f"/api/v1/sessions/{name}").json()["turns"]
        assert [one["said"] for one in kept] == ["stripes", "square"]


def test_without_its_note_of_conversations_the_server_answers_as_before(home: Path) -> None:
    ours = Client()
    (home / "conversations.db").write_bytes(b"no database")
    with running(home) as server:
        ours.says(server, "circle")
        assert ours.says(server, "no red")["understood"] == "circle; not red"
