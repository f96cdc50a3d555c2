"""A server that is told to stop tells what runs in it, and waits for nothing that is half sent."""

import base64
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from time import monotonic, sleep

import httpx
import numpy as np
import pytest
from PIL import Image

from retrievers.collection.collection import Collection
from tests.app.mcp_server.test_mcp import environment
from tests.app.server.running import running

SOON = 12  # seconds; what half a request cost before is 30
HALF = {
    "of a JSON body": b"POST /api/v1/collections/Shapes/search HTTP/1.1\r\nHost: localhost\r\n"
    b'Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{"text": "ci',
    "of an upload": b"POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: image/png\r\nContent-Length: 90000\r\n\r\n\x89PNG",
    "of a chunk": b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n400\r\n{",
    "of the headers": b"GET /health HTTP/1.1\r\nHost: loc",
}


def test_a_reader_of_events_keeps_no_job_and_is_told_its_end(
    server_home: Callable[[], Path], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    folder = tmp_path / "Noise"
    folder.mkdir()
    for number in range(300):
        noise = rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((700, 700)).save(folder / f"{number}.jpg")
    with running(server_home(), "--folder", str(tmp_path)) as server, server.client() as client:
        asked = {"folder": str(folder), "profile": "offline"}
        assert client.post("/api/v1/collections/Noise/index", json=asked).status_code == 202
        with client.stream("GET", "/api/v1/jobs/1/events") as events:
            lines = events.iter_lines()
            next(line for line in lines if '"phase":"read"' in line or '"phase":"encode"' in line)
            server.process.send_signal(signal.SIGTERM)
            told = [line for line in lines if line.startswith("data:")]
        assert '"state":"stopped"' in told[-1]
        assert server.process.wait(SOON) in (0, -signal.SIGTERM)
        with_it = Collection.open(server.home / "collections" / "Noise")
        assert len(with_it) < 300
        with_it.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_half_a_request_keeps_no_server(server_home: Callable[[], Path], how: int) -> None:
    with running(server_home()) as server, server.client() as client:
        assert client.get("/health").status_code == 200
        port = int(server.url.rpartition(":")[2])
        halves = [socket.create_connection(("localhost", port)) for _ in HALF]
        for half, sent in zip(halves, HALF.values(), strict=True):
            half.sendall(sent)
        assert client.get("/health").status_code == 200  # they have arrived
        begin = monotonic()
        server.stop(how)
        assert monotonic() - begin < SOON
        for half in halves:
            half.close()


def tiny() -> str:
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, "GIF")
    return f"data:image/gif;base64,{base64.b64encode(file.getvalue()).decode()}"


def long_work() -> dict[str, dict[str, object]]:
    """Requests that take minutes, each of many pieces of work."""
    said = [{"role": "user", "content": f"not a dog {at}"} for at in range(1000)]
    texts = [f"word{at} " * 200 for at in range(2000)]
    pictures = [{"image": tiny()}] * 1000
    return {
        "/v1/chat/completions": {"model": "Shapes", "messages": said},
        "/v1/embeddings": {"model": "Shapes", "input": texts},
        "/v1/rerank": {"model": "Shapes", "query": "a", "documents": pictures},
    }


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_long_work_for_other_clients_ends_with_the_server(
    server_home: Callable[[], Path], how: int
) -> None:
    with running(server_home()) as server, ThreadPoolExecutor(3) as aside:
        with server.client() as client:
            client.post(
                "/v1/embeddings", json={"model": "Shapes", "input": ["a", {"image": tiny()}]}
            )

        def sent(path: str, body: dict[str, object]) -> int:
            return httpx.post(server.url + path, json=body, timeout=120).status_code

        answers = [aside.submit(sent, *one) for one in long_work().items()]
        sleep(3)
        assert not any(one.done() for one in answers)
        begin = monotonic()
        assert server.stop(how) in (0, -how, 130)
        assert monotonic() - begin < 30
        assert [one.result(10) for one in answers] == [503] * 3


def test_who_listens_to_an_mcp_server_keeps_it_neither(server_home: Callable[[], Path]) -> None:
    command = [sys.executable, "-m", "app.start", "mcp", "--http", "--port", "0"]
    own = environment(server_home())
    with subprocess.Popen(command, env=own, stderr=subprocess.PIPE) as process:
        assert process.stderr
        port = int(re.findall(r":(\d+)/mcp", process.stderr.readline().decode())[0])
        with socket.create_connection(("localhost", port)) as listening:
            hello = (
                '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":'
                '"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}'
            )
            take = "Accept: application/json, text/event-stream\r\nHost: localhost\r\n"
            listening.sendall(
                f"POST /mcp HTTP/1.1\r\n{take}Content-Type: application/json\r\n"
                f"Content-Length: {len(hello)}\r\n\r\n{hello}".encode()
            )
            answer = listening.recv(65536).decode()
            session = re.findall(r"(?i)mcp-session-id: (\S+)", answer)[0]
            with socket.create_connection(("localhost", port)) as stream:
                stream.sendall(
                    f"GET /mcp HTTP/1.1\r\n{take}Mcp-Session-Id: {session}\r\n\r\n".encode()
                )
                assert b"200" in stream.recv(65536)
                process.terminate()
                process.wait(SOON)
