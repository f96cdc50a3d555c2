"""An unmodified MCP client holds a picture search, over both transports."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from time import sleep
from typing import Any

import anyio
import httpx
import httpx2
import PIL.Image
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import (
    BlobResourceContents,
    CallToolResult,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

from app.library.indexing import index
from app.mcp_server.server import application
from app.mcp_server.tools import make_server
from app.server.contract.conditions import Conditions
from app.server.contract.settings import Settings
from app.server.state.server_state import ServerState
from tests.app.server.conftest import _filled, server_home, shapes
from tests.app.server.running import ROOT

__all__ = ["_filled", "server_home", "shapes"]
COMMAND = ["-m", "app.start", "mcp"]


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
        try:
            yield process
        finally:
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


@pytest.mark.parametrize("transport", [over_stdio, over_http])
def test_what_is_saved_and_exported_is_a_resource(
    transport: Callable[[Path], Any], server_home: Callable[[], Path]
) -> None:
    home = server_home()

    async def talk() -> None:
        async with transport(home) as client:
            first = await called(client, "search", text="red circle")
            refined = {"session": first["session"], "said": "save the first two as my trip"}
            saved = await client.call_tool("refine", refined)
            link = saved.content[-1]
            assert isinstance(link, ResourceLink)
            (read,) = (await client.read_resource(str(link.uri))).contents
            assert isinstance(read, TextResourceContents)
            assert read.text.splitlines()[0] == "circle/red_circle.jpg"
            told = json.loads(text_of(saved))["reply"]
            assert (str(home) in told) == (transport is over_stdio)
            refined["said"] = "export as markdown"
            exported = (await client.call_tool("refine", refined)).content[-1]
            assert isinstance(exported, ResourceLink)
            (read,) = (await client.read_resource(str(exported.uri))).contents
            assert isinstance(read, TextResourceContents)
            assert "![red\\_circle.jpg](dialens://Shapes/" in read.text
            with pytest.raises(MCPError, match="has no list 'other'"):
                await client.read_resource(str(link.uri).replace("my%20trip", "other"))

    anyio.run(talk)


async def called(client: Client, name: str, **arguments: object) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    assert result.structured_content
    return dict(result.structured_content)


def text_of(result: CallToolResult, at: int = 0) -> str:
    content = result.content[at]
    assert isinstance(content, TextContent)
    return content.text


def test_a_search_comes_with_a_numbered_sheet_and_a_link_to_each_picture(
    server_home: Callable[[], Path],
) -> None:
    async def talk() -> None:
        async with over_stdio(server_home()) as client:
            found = await client.call_tool("search", {"text": "red circle", "k": 7})
            _, sheet, *links = found.content
            assert json.loads(text_of(found)) == found.structured_content
            assert isinstance(sheet, ImageContent)
            drawn = PIL.Image.open(BytesIO(base64.b64decode(sheet.data)))
            assert (sheet.mime_type, drawn.size) == ("image/webp", (5 * 240, 2 * 180))
            assert [link.type for link in links] == ["resource_link"] * 7
            first = links[0]
            assert isinstance(first, ResourceLink)
            assert (first.name, first.mime_type) == ("1: red_circle.jpg", "image/webp")
            (read,) = (await client.read_resource(str(first.uri))).contents
            assert isinstance(read, BlobResourceContents)
            assert PIL.Image.open(BytesIO(base64.b64decode(read.blob))).size == (240, 180)
            templates = (await client.list_resource_templates()).resource_templates
            assert [one.uri_template for one in templates] == [
                "dialens://{collection}/{picture}",
                "dialens://{session}/written/{what}/{name}",
            ]
            session = found.structured_content["session"]
            for tool, asked in (("refine", {"said": "no red"}), ("more_like", {"number": 1})):
                after = await client.call_tool(tool, {"session": session, **asked})
                kinds = [one.type for one in after.content]
                assert kinds == ["text", "image", *["resource_link"] * 7]
            for wrong in ("dialens://Shapes/0123456789abcdef", "dialens://None/0123456789abcdef"):
                with pytest.raises(MCPError, match=r"no (picture|collection)"):
                    await client.read_resource(wrong)

    anyio.run(talk)


def test_conditions_are_arguments_with_types_and_null_leaves_any_of_them_out(
    server_home: Callable[[], Path],
) -> None:
    async def talk() -> None:
        async with over_stdio(server_home()) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            known = tools["search"].input_schema["properties"]
            assert set(Conditions.model_fields) <= set(known)
            assert known["after"]["anyOf"][0] == {"format": "date", "type": "string"}
            assert "landscape" in known["orientation"]["anyOf"][0]["enum"]
            nothing = dict.fromkeys(set(known) - {"text"})
            found = await called(client, "search", text="circle", **nothing)
            assert found["asked"] == ["circle"] and len(found["pictures"]) == 9
            empty = dict.fromkeys(("collection", "camera", "orientation", "after"), "")
            assert (await called(client, "search", text="circle", **empty))["asked"] == ["circle"]
            asked = {"after": "1.6.2019", "before": "2019:06:02", "not_paths": ["*blue*"]}
            found = await called(client, "search", text=None, **asked)
            assert found["asked"] == ["not in *blue*", "taken 2019-06-01"]
            names = {one["name"] for one in found["pictures"]}
            assert names == {"red_plain.jpg", "green_plain.jpg", "yellow_plain.jpg"}
            again = {"weekdays": [6], "hours": ["mornings"], "month_days": ["06-01/06-30"]}
            found = await called(client, "search", **again)
            assert {one["name"] for one in found["pictures"]} == names | {"blue_plain.jpg"}
            found = await called(client, "search", text="red", camera="maker", min_pixels=1, k=2)
            assert found["asked"] == ["red", "at least 1e-06 MP", "taken with maker"]
            shown = {"session": found["session"], "number": 1, "side": None}
            assert not (await client.call_tool("show", shown)).is_error

    anyio.run(talk)


def test_the_server_says_what_it_is_and_that_its_tools_do_no_harm(
    server_home: Callable[[], Path],
) -> None:
    async def talk() -> None:
        async with over_stdio(server_home()) as client:
            assert client.server_info
            assert client.server_info.name == "dialens"
            assert client.server_info.version == version("dialens")
            for tool in (await client.list_tools()).tools:
                assert tool.annotations and tool.annotations.read_only_hint
                assert not tool.annotations.open_world_hint

    anyio.run(talk)


@pytest.mark.parametrize(
    ("tool", "asked", "words"),
    [
        ("search", {"text": "a", "k": 500}, "k must be less than or equal to 50; got 500"),
        ("search", {"text": "a", "k": [1, "b"], "after": "soon"}, "after must be a valid date"),
        ("search", {"paths": []}, "say what to look for: text, a condition, or both"),
        (
            "search",
            {"query": "a"},
            "query: does not exist; search takes text, collection, k, paths",
        ),
        ("search", {"text": "a", "tag": "b", "filters": {}}, "tag, filters: does not exist"),
        (
            "refine",
            {"session": "a", "said": "b", "k": 3},
            "k: does not exist; refine takes session",
        ),
        ("collections", {"all": True}, "all: does not exist; collections takes no arguments"),
        ("search", {"text": "a", "collection": "None"}, "no collection 'None'; there are Shapes"),
        ("search", {"text": "a", "orientation": "wide"}, "'portrait', 'landscape' or 'square'"),
        ("search", {"text": "a", "paths": ["/"]}, "paths[0] a glob must name something"),
        ("refine", {"session": "a"}, "said is missing; refine takes session, said"),
        ("refine", {"session": "a/b", "said": "red"}, "session"),
        ("refine", {"session": "a", "said": None}, "said is missing; refine takes session, said"),
        ("show", {"session": "a", "number": 0}, "number must be greater than or equal to 1; got 0"),
        ("no_such", {}, "no_such"),
    ],
)
def test_whatever_is_wrong_is_said_in_one_line(
    served_client: Callable[[str, dict[str, Any]], Any], tool: str, asked: Any, words: str
) -> None:
    wrong = served_client(tool, asked)
    assert wrong.is_error
    (said,) = wrong.content
    assert words in said.text and "\n" not in said.text and "Traceback" not in said.text


@pytest.fixture(scope="module")
def served_client(
    server_home: Callable[[], Path],
) -> Iterator[Callable[[str, dict[str, Any]], Any]]:
    """One server over HTTP for calls that need no session of their own."""
    with started(server_home()) as process:
        url = address(process)

        async def call(tool: str, asked: dict[str, Any]) -> Any:
            async with Client(url) as client:
                return await client.call_tool(tool, asked)

        yield lambda tool, asked: anyio.run(call, tool, asked)


def test_what_cannot_be_done_is_said_in_one_line(server_home: Callable[[], Path]) -> None:
    async def talk() -> None:
        async with over_stdio(server_home()) as client:
            wrong = await client.call_tool("refine", {"session": "none", "said": "red"})
            assert wrong.is_error and "no session 'none'" in text_of(wrong)
            first = await called(client, "search", text="circle", k=3)
            asked = {"session": first["session"], "number": 99}
            wrong = await client.call_tool("show", asked)
            assert wrong.is_error and "number must be in 1..3; got 99" in text_of(wrong)

    anyio.run(talk)


def test_two_users_over_http_do_not_reach_each_others_sessions(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    (home / "tokens").write_text("anne token-of-anne-000001\nbert token-of-bert-000002\n")
    (home / "tokens").chmod(0o600)

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
            assert wrong.is_error and "no session" in text_of(wrong)

    with started(home, "--token-file", str(home / "tokens")) as process:
        anyio.run(talk, address(process))


HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "a", "version": "1"},
    },
}
TOOLS = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
ANNE, BERT = "token-of-anne-000001", "token-of-bert-000002"


def speaking(token: str, session: str = "") -> dict[str, str]:
    """Return the headers of a request of the protocol."""
    accept = {"accept": "application/json, text/event-stream"}
    own = {"authorization": f"Bearer {token}"} if token else {}
    return accept | own | ({"mcp-session-id": session} if session else {})


def test_nobody_else_speaks_in_a_session_that_is_not_theirs(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    (home / "tokens").write_text(f"anne {ANNE}\nbert {BERT}\n")
    (home / "tokens").chmod(0o600)
    with started(home, "--token-file", str(home / "tokens")) as process:
        url = address(process)
        hers = httpx.post(url, json=HELLO, headers=speaking(ANNE)).headers["mcp-session-id"]
        for method in ("POST", "GET", "DELETE"):
            sent = TOOLS if method == "POST" else None
            wrong = httpx.request(method, url, json=sent, headers=speaking(BERT, hers))
            assert wrong.status_code == 404, method
        assert httpx.post(url, json=TOOLS, headers=speaking(ANNE, hers)).status_code == 200
        assert httpx.delete(url, headers=speaking(ANNE, hers)).status_code == 200
        assert httpx.post(url, json=TOOLS, headers=speaking(ANNE, hers)).status_code == 404


def test_a_session_that_is_left_alone_is_over() -> None:
    async def talk() -> None:
        settings = Settings()
        app = application(make_server(ServerState(settings)), settings, idle=0.5)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://localhost"
            ) as client,
        ):
            begun = await client.post("/mcp", json=HELLO, headers=speaking(""))
            own = speaking("", begun.headers["mcp-session-id"])
            assert (await client.post("/mcp", json=TOOLS, headers=own)).status_code == 200
            await anyio.sleep(1.5)
            assert (await client.post("/mcp", json=TOOLS, headers=own)).status_code == 404

    anyio.run(talk)


def test_over_http_a_token_is_demanded_and_other_hosts_are_refused(
    server_home: Callable[[], Path],
) -> None:
    with started(server_home(), DIALENS_TOKEN="a-token-of-the-owner-01") as process:
        url = address(process)
        assert httpx.post(url, json={}).status_code == 401
        assert httpx.post(url, json={}, headers={"host": "evil.example"}).status_code == 400
        key = {"authorization": "Bearer a-token-of-the-owner-01"}
        assert httpx.post(url, json={}, headers=key).status_code in (400, 406)


def test_searches_that_nothing_follows_leave_no_session(server_home: Callable[[], Path]) -> None:
    home = server_home()

    async def talk() -> None:
        async with over_stdio(home) as client:
            found = [await called(client, "search", text=text) for text in ("circle", "red", "a")]
            assert len({one["session"] for one in found}) == 3
            assert not list((home / "sessions").glob("*"))
            refined = await called(client, "refine", session=found[0]["session"], said="blue")
            assert refined["asked"] == ["circle", "blue"]

    anyio.run(talk)
    (kept,) = (home / "sessions").glob("*.jsonl")
    assert len(kept.read_text().splitlines()) == 3


def test_a_link_names_a_file_in_one_line_whatever_its_name_holds(
    server_home: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, folder = server_home(), tmp_path / "Odd"
    folder.mkdir()
    for at, name in enumerate(("a\nIgnore this.png", "b\x1b[31m.png", "c\u202egnp.png")):
        PIL.Image.new("RGB", (32, 32), (80 * at, 0, 0)).save(folder / name)
    monkeypatch.setenv("DIALENS_HOME", str(home))
    index(folder, name="Odd", include=None, exclude=None, models=None, retry_failed=False)

    async def talk() -> None:
        async with over_stdio(home) as client:
            found = await client.call_tool("search", {"text": "red", "collection": "Odd"})
            links = [one for one in found.content if one.type == "resource_link"]
            assert len(links) == 3 and all(one.name.isprintable() for one in links)
            shown = [
                f"{one['number']}: {one['name']}" for one in found.structured_content["pictures"]
            ]
            assert [one.name for one in links] == shown

    anyio.run(talk)


def test_a_damaged_collection_is_named_with_its_remedy_and_the_others_are_searched(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    for name, content in (("Alien", b"no database"), ("Empty", b""), ("Spoilt", None)):
        shutil.copytree(home / "collections" / "Shapes", home / "collections" / name)
        records = home / "collections" / name / "records.db"
        data = records.read_bytes()
        records.write_bytes(data[:4096] + b"U" * len(data[4096:]) if content is None else content)

    async def talk() -> None:
        async with over_stdio(home) as client:
            listed = {one["name"]: one for one in await _listed(client)}
            assert listed["Shapes"]["pictures"] == 16 and not listed["Shapes"]["error"]
            for name in ("Alien", "Empty", "Spoilt"):
                told = await client.call_tool("search", {"text": "red", "collection": name})
                (line,) = [one.text for one in told.content]  # type: ignore[union-attr]
                assert told.is_error and line == listed[name]["error"]
                assert f"{name}/records.db" in line and "\n" not in line
                assert f"dialens doctor {name}" in line or "remove" in line
            found = await client.call_tool("search", {"text": "red", "collection": "Shapes"})
            assert not found.is_error

    anyio.run(talk)


async def _listed(client: Client) -> list[dict[str, Any]]:
    told = (await client.call_tool("collections", {})).structured_content
    assert told
    return list(told["result"])


def search(number: int, arguments: bytes) -> bytes:
    named = b'"params":{"name":"search","arguments":%s}' % arguments
    return b'{"jsonrpc":"2.0","id":%d,"method":"tools/call",%s}' % (number, named)


STRANGE: list[tuple[bytes, object, str]] = [
    (search(1, rb'{"text":"fish \ud83d"}'), 1, "fish \ufffd"),
    (search(2, b'{"text":"fish \xff"}'), 2, "fish \ufffd"),
    (search(3, b'{"text":"a","k":1e999}'), 3, "k must be a finite number; got inf"),
    (search(4, b'{"text":"a","k":%s}' % (b"9" * 5000)), 4, "k must be a finite number; got inf"),
    (search(5, b'{"text":%s%s}' % (b"[" * 9000, b"]" * 9000)), 5, "nested too deeply"),
    (search(6, b'{"text":%s%s}' % (b"[" * 400, b"]" * 400)), 6, "recursion limit"),
    (b"nonsense", None, "the message is no JSON"),
    (b'{"method":"ping","params":{"id":1},"id":8,', 8, "the message is no JSON"),
    (rb'{"jsonrpc":"2.0","id":"a\ud83d","method":"ping"', "a\ufffd", "the message is no JSON"),
    (b'{"jsonrpc":"2.0","id":10}', 10, "method is missing"),
    (b'{"id":11,"method":"ping"}', 11, "jsonrpc is missing"),
    (b'{"jsonrpc":"2.0","id":12,"method":5}', 12, "method must be a valid string; got 5"),
    (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', None, "id must be a valid integer or be"),
    (rb'{"jsonrpc":"2.0","id":14,"method":"\udfff"}', 14, "Method not found"),
    (b"[1]", None, "one JSON object"),
]
BEGUN = [
    b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
    b'"capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}',
    b'{"jsonrpc":"2.0","method":"notifications/initialized"}',
]


def over_a_pipe(home: Path) -> list[dict[str, Any]]:
    lines = b"\n".join([*BEGUN, *(line for line, _, _ in STRANGE), b""])
    with subprocess.Popen(
        [sys.executable, *COMMAND],
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(lines)
        process.stdin.flush()
        told = [json.loads(process.stdout.readline()) for _ in range(1 + len(STRANGE))]
        process.stdin.close()
    return told[1:]


def over_posts(home: Path) -> list[dict[str, Any]]:
    kinds = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    with started(home) as process:
        url = address(process)
        with httpx.Client(headers=kinds, timeout=30) as client:
            first = client.post(url, content=BEGUN[0])
            client.headers["mcp-session-id"] = first.headers["mcp-session-id"]
            client.post(url, content=BEGUN[1])
            texts = [client.post(url, content=line).text for line, _, _ in STRANGE]
    return [json.loads(text[text.index("{") :]) for text in texts]


@pytest.mark.parametrize("transport", [over_a_pipe, over_posts])
def test_every_message_is_answered_by_its_id_however_it_is_spelt(
    transport: Callable[[Path], list[dict[str, Any]]], server_home: Callable[[], Path]
) -> None:
    told = transport(server_home())
    assert sorted(str(one["id"]) for one in told) == sorted(str(id_) for _, id_, _ in STRANGE)
    for _, known, words in STRANGE:
        said = [json.dumps(one, ensure_ascii=False) for one in told if one["id"] == known]
        assert any(words in one for one in said), (known, words, said)
