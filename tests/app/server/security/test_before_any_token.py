"""What strangers can do before they show a token: neither stop the server nor fill its disk."""

import http.client
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, perf_counter, sleep

import httpx
import pytest

from tests.app.server.running import ROOT, Server, running

TOKEN = "token-of-the-owner-01"
HOST = b"host: 127.0.0.1\r\n"


@pytest.fixture(scope="module")
def locked(server_home: Callable[[], Path]) -> Iterator[Server]:
    """A server that demands a token, for the tests of this file alone."""
    with running(server_home(), token=TOKEN) as server:
        yield server


def dialled(server: Server, sent: bytes) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.sendall(sent)
    return connection


def closed(connection: socket.socket) -> bool:
    """Whether the server hangs up."""
    try:
        while connection.recv(1000):
            pass
    except ConnectionResetError:
        pass
    return True


COOKIES = {
    "escapes": '="' + "\\1" * 27_000 + '"',
    "named escapes": 'dialens_session="' + "\\" * 54_000 + '"',
    "octals": '="' + "\\377" * 13_000 + '"',
    "pairs": "a=b;" * 13_000,
    "equals": "=" * 54_000,
    "spaces": "dialens_session" + " " * 50_000 + "=x",
    "reserved names": "path=a;" * 7_000,
}


@pytest.mark.parametrize("path", ["/", "/api/v1/jobs", "/health", "/logout"])
@pytest.mark.parametrize("what", COOKIES)
def test_no_cookie_holds_the_server_up(locked: Server, what: str, path: str) -> None:
    cookie = {"cookie": COOKIES[what], "authorization": f"Bearer {TOKEN}"}
    for headers in (cookie, {"cookie": COOKIES[what]}):
        begin = perf_counter()
        httpx.get(f"{locked.url}{path}", headers=headers, timeout=30)
        assert perf_counter() - begin < 1


def test_who_keeps_the_server_waiting_is_hung_up_on(locked: Server) -> None:
    with ExitStack() as held:
        begun = [
            held.enter_context(dialled(locked, sent))
            for sent in (
                b"",
                b"GET / HT",
                b"GET /health HTTP/1.1\r\n" + HOST + b"x-a: b\r\n",
                b"POST /login HTTP/1.1\r\n" + HOST + b"content-length: 900\r\n\r\ntoken=",
                b"POST /api/v1/jobs HTTP/1.1\r\n"
                + HOST
                + b"transfer-encoding: chunked\r\n\r\n5\r\n",
                b"GET /health HTTP/1.1\r\n" + HOST + b"\r\nGET /health HTTP/1.1\r\nx-b: c",
            )
        ]
        end = monotonic() + 9
        while monotonic() < end:  # a byte now and then does not help
            for one in begun[1:3]:
                one.sendall(b"a")
            sleep(0.5)
        assert all(map(closed, begun))
    assert monotonic() < end + 12
    assert httpx.get(f"{locked.url}/health").status_code == 200


def test_hundreds_of_half_sent_heads_leave_room_and_no_log(
    server_home: Callable[[], Path], tmp_path: Path
) -> None:
    home = server_home()
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128));"
        "sys.argv[0] = 'dialens'; runpy.run_module('app.start', run_name='__main__')"
    )
    log = tmp_path / "log"
    command = [sys.executable, "-c", limited, "serve", "--port", "0"]
    from tests.app.server import running as started

    environment = os.environ | {"DIALENS_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=home, env=environment, stderr=stderr)
    try:
        server = Server(started._url(process, log), home, process, log)
        with ExitStack() as held:
            for _ in range(300):
                held.enter_context(dialled(server, b"GET / HTTP/1.1\r\nx-a: "))
            for _ in range(20):
                begin = perf_counter()
                assert httpx.get(f"{server.url}/health", timeout=10).status_code == 200
                assert perf_counter() - begin < 1
            assert httpx.get(f"{server.url}/api/v1/collections", timeout=10).status_code == 200
        assert log.stat().st_size < 100_000
    finally:
        process.kill()
        process.wait(30)


def test_strangers_do_not_fill_the_log(locked: Server) -> None:
    before = locked.log.stat().st_size
    connection = http.client.HTTPConnection(locked.url.removeprefix("http://"), timeout=30)
    for _ in range(900):
        connection.request("GET", "/" + "a" * 20_000)
        connection.getresponse().read()
    connection.close()
    assert locked.log.stat().st_size - before < 400_000
    assert httpx.get(f"{locked.url}/health").status_code == 200


def test_guessing_tokens_is_slowed_for_the_address_that_guesses(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    with running(home, token=TOKEN) as server:
        with server.client() as signed_in:
            assert signed_in.post("/login", data={"token": TOKEN}).status_code == 303
            bearer = {"authorization": f"Bearer {TOKEN}"}
            with server.client(headers=bearer) as client:
                assert all(client.get("/api/v1/jobs").status_code == 200 for _ in range(30))
            seen = []
            for n in range(18):
                wrong = {"authorization": f"Bearer guess-number-{n:010}"}
                seen.append(httpx.get(f"{server.url}/api/v1/jobs", headers=wrong))
                person = {"accept": "text/html"}  # is led back to the form
                told = {"token": f"guess-{n:014}"}
                seen.append(httpx.post(f"{server.url}/login", data=told, headers=person))
            assert [one.status_code for one in seen] == [401, 303] * 15 + [429] * 6
            assert 0 < int(seen[-1].headers["retry-after"]) <= 60
            assert "too many wrong tokens" in seen[-1].json()["detail"]
            assert httpx.post(f"{server.url}/login", data={"token": TOKEN}).status_code == 429
            assert signed_in.get("/api/v1/jobs").status_code == 200
        lines = server.log.read_text()
        assert not re.search("guess-|token-of", lines)
