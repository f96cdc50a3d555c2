"""A short request makes no long answer, no long list of errors, and no large heap."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import httpx
import pytest

from tests.app.server.running import Server

JSON = {"content-type": "application/json"}
MEGA = 1_000_000
ONES = "[" + "1," * 190_000 + "1]"


def resident(server: Server) -> int:
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


LONG = {
    "numbers as input": ("/v1/embeddings", f'{{"model": "Shapes", "input": {ONES}}}'),
    "lists as input": (
        "/v1/embeddings",
        '{"model": "Shapes", "input": [' + "[]," * 90_000 + "1]}",
    ),
    "objects as documents": (
        "/v1/rerank",
        '{"model": "Shapes", "query": "a", "documents": [' + "{}," * 90_000 + "{}]}",
    ),
    "numbers as messages": ("/v1/chat/completions", f'{{"model": "Shapes", "messages": {ONES}}}'),
    "numbers in a message": (
        "/v1/chat/completions",
        f'{{"model": "Shapes", "messages": [{{"role": "user", "content": {ONES}}}]}}',
    ),
    "numbers as ids": ("/api/collections/Shapes/search", f'{{"like": {ONES}}}'),
    "numbers as excluded": ("/api/collections/Shapes/search", f'{{"excluded": {ONES}}}'),
    "numbers as globs": ("/api/collections/Shapes/search", f'{{"filters": {{"paths": {ONES}}}}}'),
    "unknown names": (
        "/api/collections/Shapes/search",
        json.dumps({f"a{n}": 0 for n in range(80_000)}),
    ),
    "a long name": ("/api/collections/Shapes/search", json.dumps({"a" * 900_000: 0})),
    "a long text": ("/api/collections/Shapes/search", json.dumps({"text": "a" * 900_000})),
    "a list": ("/api/sessions", ONES),
    "many values": ("/v1/embeddings", '{"input": [' + "[]," * 4 * MEGA + "1]}"),
    "many values elsewhere": ("/v2/rerank", '{"more": [' + "{}," * 4 * MEGA + "1]}"),
}


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("what", LONG)
def test_a_wrong_request_of_a_megabyte_is_refused_shortly(
    served: Server, api: httpx.Client, what: str
) -> None:
    path, body = LONG[what]
    before, begin = resident(served), perf_counter()
    answer = api.post(path, content=body, headers=JSON)
    assert answer.status_code in (413, 422), answer.text[:500]
    assert len(answer.content) < 12_000
    assert perf_counter() - begin < 5
    assert resident(served) - before < 200 * MEGA


def test_what_has_no_effect_is_named_shortly(api: httpx.Client) -> None:
    more: dict[str, Any] = {f"{n}" + "x" * 500: 1 for n in range(1500)}
    for path, own in (
        ("/v1/embeddings", {"input": "a"}),
        ("/v1/rerank", {"query": "a", "documents": ["b"]}),
        (
            "/v1/chat/completions",
            {"messages": [{"role": "user", "content": [{"type": "x"}] * 900}]},
        ),
    ):
        answer = api.post(path, json={"model": "Shapes", **own, **more})
        assert answer.status_code == 200
        assert len(answer.json()["ignored"]) <= 200
        assert len(answer.content) < 60_000


def test_fields_that_are_named_again_make_no_longer_document(api: httpx.Client) -> None:
    asked = {
        "model": "Shapes",
        "query": "a",
        "documents": [{"note": "b c"}],
        "rank_fields": ["note"] * 90,
    }
    assert api.post("/v1/rerank", json=asked).json()["usage"]["total_tokens"] == 3


def test_a_picture_is_one_value_however_long_it_is(api: httpx.Client) -> None:
    asked = {"model": "Shapes", "input": [{"image": "data:image/png," + "," * 600_000}]}
    assert api.post("/v1/embeddings", json=asked).status_code == 413
    asked = {"model": "Shapes", "input": [{"image": "A" * 3 * MEGA}]}
    assert api.post("/v1/embeddings", json=asked).status_code == 415


def arrays(schema: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every list that a schema of the document describes."""
    if isinstance(schema, dict):
        if schema.get("type") == "array":
            yield where, schema
        for name, one in schema.items():
            yield from arrays(one, f"{where}/{name}")
    elif isinstance(schema, list):
        for one in schema:
            yield from arrays(one, where)


def test_every_list_that_a_request_may_bring_has_a_bound(served: Server) -> None:
    document = httpx.get(f"{served.url}/openapi.json").json()
    shapes = document["components"]["schemas"]
    due = [
        one["requestBody"]
        for methods in document["paths"].values()
        for one in methods.values()
        if "requestBody" in one
    ]
    asked, seen = json.dumps(due), set[str]()
    while new := {name for name in shapes if f'schemas/{name}"' in asked} - seen:
        seen |= new
        asked += json.dumps([shapes[name] for name in new])
    bare = [
        where for name in seen for where, one in arrays(shapes[name], name) if "maxItems" not in one
    ]
    assert len(seen) > 8
    assert bare == []


@pytest.mark.parametrize("name", ["paths", "not_paths"])
def test_many_long_globs_are_counted_before_any_is_read(api: httpx.Client, name: str) -> None:
    globs = ["[a-z" * 450 + "]" * 3] * 100
    begin = perf_counter()
    answer = api.post("/api/v1/collections/Shapes/search", json={"filters": {name: globs}})
    assert (answer.status_code, perf_counter() - begin < 2) == (422, True)
    assert "4,000 letters together" in answer.text


HEAVY: dict[str, dict[str, object]] = {
    "/v1/chat/completions": {
        "messages": [{"role": "user", "content": "not " * 490 + str(at)} for at in range(1500)]
    },
    "/v1/embeddings": {"input": [f"w{at} " * 400 for at in range(2000)]},
    "/v1/rerank": {"query": "a", "documents": [f"w{at} " * 400 for at in range(900)]},
}


@pytest.mark.parametrize("path", HEAVY)
def test_work_ends_when_the_client_that_wanted_it_is_gone(api: httpx.Client, path: str) -> None:
    with pytest.raises(httpx.ReadTimeout):
        api.post(path, json={"model": "Shapes", **HEAVY[path]}, timeout=2)
    end = perf_counter() + 15
    while api.get("/health").json()["working"]:
        assert perf_counter() < end
        sleep(0.2)
