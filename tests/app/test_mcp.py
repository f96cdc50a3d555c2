"""An unmodified MCP client holds a picture search, over both transports."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.app.server.conftest import _filled, server_home, shapes
from tests.app.server.running import ROOT

__all__ = ["_filled", "server_home", "shapes"]
COMMAND = ["-m", "app.cli", "mcp"]


def environment(home: Path, **more: str) -> dict[str, str]:
    own = {"DIALENS_HOME": str(home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return {**os.environ, **own, **more}


@asynccontextmanager
async def over_stdio(home: Path) -> AsyncIterator[Client]:
    server = StdioServerParameters(command=sys.executable, args=COMMAND, env=environment(home))
    async with Client(stdio_client(server)) as client:
        yield client


@asynccontextmanager
async def over_http(home: Path) -> AsyncIterator[Client]:
    with started(home) as process:
        async with Client(address(process)) as client:
            yield client


@contextmanager
def started(home: Path, *options: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, *COMMAND, "--http", "--port", "0", *options]
    own = environment(home, **more)
    with subprocess.Popen(command, env=own, stderr=subprocess.PIPE) as process:
        yield process
        process.terminate()


def address(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr
    said = process.stderr.readline().decode()
    found = re.search(r"http://\S+?/mcp", said)
    assert found, said
    url = found[0].replace("localhost", "127.0.0.1")
    for _ in range(200):
        try:
            httpx.get(url.removesuffix("/mcp"), timeout=5)
            break
        except httpx.TransportError:
            sleep(0.05)
    return url


@pytest.mark.parametrize("transport", [over_stdio, over_http])
def test_a_client_holds_a_search_of_three_turns(
    transport: Callable[[Path], Any], server_home: Callable[[], Path]
) -> None:
    home = server_home()

    async def talk() -> None:
        async with transport(home) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            assert tools == {"collections", "search", "refine", "more_like", "show"}
            first = await called(client, "search", text="circle", k=5)
            assert len(first["pictures"]) == 5
            assert first["pictures"][0]["folder"] == "circle"
            second = await called(client, "refine", session=first["session"], said="no red")
            assert second["asked"] == ["circle", "not red"]
            third = await called(client, "more_like", session=first["session"], number=2)
            assert third["asked"] == ["circle", "not red", "like 1 picture"]
            shown = await client.call_tool("show", {"session": first["session"], "number": 1})
            image, facts = shown.content
            assert (image.type, image.mime_type) == ("image", "image/webp")
            assert third["pictures"][0]["name"] in facts.text
            assert str(home) not in f"{first}{facts.text}"

    anyio.run(talk)
    assert len(list((home / "sessions").glob("*.jsonl"))) == 1


async def called(client: Client, name: str, **arguments: object) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    assert result.structured_content
    return dict(result.structured_content)


def test_what_cannot_be_done_is_said_in_one_line(server_home: Callable[[], Path]) -> None:
    async def talk() -> None:
        async with over_stdio(server_home()) as client:
            wrong = await client.call_tool("refine", {"session": "none", "said": "red"})
            assert wrong.is_error and "no session 'none'" in wrong.content[0].text
            first = await called(client, "search", text="circle", k=3)
            asked = {"session": first["session"], "number": 99}
            wrong = await client.call_tool("show", asked)
            assert wrong.is_error and "number must be in 1..3; got 99" in wrong.content[0].text

    anyio.run(talk)


def test_two_users_over_http_do_not_reach_each_others_sessions(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    (home / "tokens").write_text("anne token-of-anne-000001\nbert token-of-bert-000002\n")

    @asynccontextmanager
    async def client_of(url: str, token: str) -> AsyncIterator[Client]:
        headers = {"authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            yield client

    async def talk(url: str) -> None:
        async with client_of(url, "token-of-anne-000001") as anne:
            hers = (await called(anne, "search", text="circle"))["session"]
        async with client_of(url, "token-of-bert-000002") as bert:
            wrong = await bert.call_tool("refine", {"session": hers, "said": "red"})
            assert wrong.is_error and "no session" in wrong.content[0].text

    with started(home, "--token-file", str(home / "tokens")) as process:
        anyio.run(talk, address(process))


def test_over_http_a_token_is_demanded_and_other_hosts_are_refused(
    server_home: Callable[[], Path],
) -> None:
    with started(server_home(), DIALENS_TOKEN="a-token-of-the-owner-01") as process:
        url = address(process)
        assert httpx.post(url, json={}).status_code == 401
        assert httpx.post(url, json={}, headers={"host": "evil.example"}).status_code == 400
        key = {"authorization": "Bearer a-token-of-the-owner-01"}
        assert httpx.post(url, json={}, headers=key).status_code in (400, 406)
