"""What tells who somebody is, and what they said, is for its owner's eyes on the disk, too."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.app.server.running import ROOT, running

TOKEN = "token-of-anne-000001"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@pytest.fixture
def open_handed() -> Iterator[None]:
    """The laxest umask, which what is started inherits."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path, pattern: str) -> dict[str, int]:
    return {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.rglob(pattern)}


@pytest.mark.usefixtures("open_handed")
def test_conversations_and_secrets_are_their_owners_alone(server_home: Callable[[], Path]) -> None:
    home = server_home()
    with running(home) as server, server.client() as client:
        client.post("/api/v1/sessions", json={"collection": "Shapes", "name": "trip"})
        client.post("/api/v1/sessions/trip/turns", json={"said": "a red circle"})
        asked = {"model": "Shapes", "messages": [{"role": "user", "content": "a circle"}]}
        link = client.post("/v1/chat/completions", json=asked).text.split("](")[1].split(")")[0]
    assert modes(home / "sessions", "*.jsonl") == {"trip.jsonl": 0o600}
    assert modes(home, "links.key") == {"links.key": 0o600}
    with running(home) as server:  # the link holds over a restart
        path = httpx.URL(link).raw_path.decode()
        cross = {"sec-fetch-site": "cross-site"}
        assert httpx.get(f"{server.url}{path}", headers=cross).status_code == 200


@pytest.mark.parametrize("held", [b"\xff\xfe\x80", b"", b"x" * 5000])
def test_a_damaged_key_of_links_costs_no_answer(
    server_home: Callable[[], Path], held: bytes
) -> None:
    home = server_home()
    (home / "links.key").write_bytes(held)
    with running(home) as server, server.client() as client:
        asked = {"model": "Shapes", "messages": [{"role": "user", "content": "a circle"}]}
        said = client.post("/v1/chat/completions", json=asked)
        assert said.status_code == 200
        link = said.json()["choices"][0]["message"]["content"].split("](")[1].split(")")[0]
        path = httpx.URL(link).raw_path.decode()
        assert httpx.get(f"{server.url}{path}").status_code == 200


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602, 0o660])
def test_a_token_file_that_others_may_read_is_refused_with_the_remedy(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "my tokens"
    path.write_text(f"anne {TOKEN}\n")
    path.chmod(mode)
    command = [sys.executable, "-m", "app.start", "serve", "--token-file", str(path), "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DIALENS_HOME": str(tmp_path)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert f"mode {mode:o}" in line and f"chmod 600 '{path}'" in line
    assert TOKEN not in line
