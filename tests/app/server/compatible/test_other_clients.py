"""What clients of OpenAI, Jina and Cohere send besides the plain case, and how they are refused."""

import base64
import http.client
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionStreamOptionsParam
from PIL import Image

from tests.app.server.compatible.test_openai import names
from tests.app.server.running import Server, running

BLUE, RED = (20, 40, 200), (200, 20, 20)
TOKEN = "a-token-of-the-owner-01"


@pytest.fixture(scope="module")
def client(served: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0)


def picture(colour: tuple[int, int, int]) -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    return file.getvalue()


def plain(colour: tuple[int, int, int]) -> str:
    return base64.b64encode(picture(colour)).decode()


def url(colour: tuple[int, int, int]) -> str:
    return f"data:image/png;base64,{plain(colour)}"


def part(colour: tuple[int, int, int]) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url(colour)}}


def ask(api: httpx.Client, content: object, **more: object) -> dict[str, Any]:
    asked = {"model": "Shapes", "messages": [{"role": "user", "content": content}], **more}
    answer = api.post("/v1/chat/completions", json=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def reply(answer: dict[str, Any]) -> str:
    return str(answer["choices"][0]["message"]["content"])


OPTIONAL = ("stream", "stream_options", "n", "response_format", "tools", "temperature", "user")


@pytest.mark.parametrize("name", OPTIONAL)
def test_null_for_what_may_be_left_out_means_that_it_is(api: httpx.Client, name: str) -> None:
    answer = ask(api, "circle", **{name: None})
    assert answer["object"] == "chat.completion" and answer["ignored"] == []


def test_null_is_taken_by_the_other_doors_too(api: httpx.Client) -> None:
    embedded = {"input": "a", "encoding_format": None, "dimensions": None, "user": None}
    ranked = {"query": "a", "documents": ["b"], "top_n": None, "return_documents": None}
    for path, asked in (("embeddings", embedded), ("rerank", ranked)):
        assert api.post(f"/v1/{path}", json={"model": "Shapes", **asked}).status_code == 200
    own = {"text": "circle", "k": None, "filters": None, "stages": None, "like": None}
    assert len(api.post("/api/collections/Shapes/search", json=own).json()["hits"]) == 12


def test_a_stream_ends_with_its_usage_if_that_is_asked_for(client: openai.OpenAI) -> None:
    asked: Any = {"model": "Shapes", "messages": [{"role": "user", "content": "circle"}]}
    usage: ChatCompletionStreamOptionsParam = {"include_usage": True}
    *told, last = client.chat.completions.create(**asked, stream=True, stream_options=usage)
    assert last.choices == [] and last.usage and last.usage.prompt_tokens == 1
    assert all(one.usage is None and one.choices for one in told)
    plain = client.chat.completions.create(**asked, stream=True, stream_options={})
    assert all(one.choices for one in plain)


def test_several_answers_are_the_one_answer_so_many_times(client: openai.OpenAI) -> None:
    asked: Any = {"model": "Shapes", "messages": [{"role": "user", "content": "circle"}]}
    first, second = client.chat.completions.create(**asked, n=2).choices
    assert (first.index, second.index) == (0, 1)
    assert first.message.content == second.message.content
    told = [
        one
        for part in client.chat.completions.create(**asked, n=2, stream=True)
        for one in part.choices
    ]
    assert sum(one.finish_reason == "stop" for one in told) == 2


def test_what_has_no_effect_is_named_and_nothing_is_refused_for_it(
    client: openai.OpenAI, api: httpx.Client
) -> None:
    tool: Any = {"type": "function", "function": {"name": "f", "parameters": {}}}
    answer = client.chat.completions.create(
        model="Shapes",
        messages=[
            {"role": "developer", "content": "Be short."},
            {"role": "user", "content": "circle", "name": "anne"},
        ],
        tools=[tool],
        tool_choice="auto",
        max_completion_tokens=5,
        extra_body={"top_k": 5, "no_such": {"a": 1}},
    )
    ignored = (answer.model_extra or {})["ignored"]
    assert set(ignored) == {"tools", "tool_choice", "max_completion_tokens", "top_k", "no_such"}
    sound = [{"type": "input_audio", "input_audio": {"data": ""}}, {"type": "text", "text": "red"}]
    assert ask(api, sound)["ignored"] == ["messages[0].content[0]"]
    asked = {"model": "Shapes", "input": "a", "task": "retrieval.query", "late_chunking": False}
    assert api.post("/v1/embeddings", json=asked).json()["ignored"] == ["task", "late_chunking"]


def test_json_is_answered_where_json_is_asked_for(api: httpx.Client) -> None:
    for form in ({"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "a"}}):
        answer = ask(api, "blue circle", response_format=form)
        assert json.loads(reply(answer))["hits"][0]["picture"]["name"] == "blue_circle.jpg"
    assert answer["ignored"] == ["response_format.json_schema"]
    assert reply(ask(api, "circle", response_format={"type": "text"})).startswith("*circle*")


def in_lines(text: str) -> str:
    return "\r\n".join(text[at : at + 60] for at in range(0, len(text), 60))


@pytest.mark.parametrize(
    "address",
    [
        "data:image/png;base64," + in_lines(plain(BLUE)),
        "DATA:image/png;BASE64," + plain(BLUE),
        "data:image/png;charset=utf-8;name=a.png;base64," + plain(BLUE),
        "data:;base64," + plain(BLUE).rstrip("="),
        "data:image/png;base64," + base64.urlsafe_b64encode(picture(BLUE)).decode().rstrip("="),
        "data:image/png;base64," + plain(BLUE).replace("+", "%2B").replace("=", "%3D"),
        "data:image/png," + "".join(f"%{byte:02x}" for byte in picture(BLUE)),
        f"  {plain(BLUE)}\n",
    ],
    ids=["lines", "upper case", "parameters", "no padding", "url-safe", "escaped", "bytes", "bare"],
)
def test_a_picture_is_read_however_its_bytes_are_written(api: httpx.Client, address: str) -> None:
    content = [{"type": "image_url", "image_url": {"url": address}}]
    assert names(reply(ask(api, content)))[0] == "blue_plain.jpg"


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "image_url", "image_url": url(BLUE)}],
        [{"type": "input_image", "image_url": url(BLUE)}, {"type": "input_text", "text": "dots"}],
        [{"type": "image_url", "image_url": {"url": url(BLUE), "detail": None}, "text": None}],
        {"type": "image_url", "image_url": {"url": url(BLUE)}},
        ["striped", part(BLUE)],
        [
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": plain(BLUE)},
            }
        ],
        [{"type": "image", "source": {"type": "url", "url": url(BLUE)}}],
        [{"type": "image", "source_type": "base64", "data": plain(BLUE), "mime_type": "image/png"}],
        [{"type": "image", "base64": plain(BLUE), "mime_type": "image/png"}, "striped"],
        [{"type": "image", "url": url(BLUE)}],
        [{"type": "image", "image": {"base64": plain(BLUE)}}],
        [{"type": "file", "mediaType": "image/png", "data": plain(BLUE)}],
        [{"inline_data": {"mime_type": "image/png", "data": plain(BLUE)}}],
        [{"type": "file", "file": {"filename": "b.png", "file_data": url(BLUE)}}],
    ],
)
def test_a_part_is_read_in_each_of_its_shapes(api: httpx.Client, content: object) -> None:
    understood = reply(ask(api, content)).splitlines()[0]
    assert understood in (
        "*like your picture*",
        "*striped; like your picture*",
        "*dots; like your picture*",
    )


def test_what_is_no_picture_in_such_a_part_is_named_and_passed_over(api: httpx.Client) -> None:
    sound = {"type": "file", "mime_type": "audio/wav", "data": plain(BLUE)}
    answer = ask(api, ["striped", sound])
    assert reply(answer).splitlines()[0] == "*striped*"
    assert answer["ignored"] == ["messages[0].content[1]"]


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("like this", "*like your picture*"),
        ("like this but at night", "*at night; like your picture*"),
        ("more like this one, without people", "*like your picture; not people*"),
    ],
)
@pytest.mark.parametrize("door", ["/v1", "the page"])
def test_words_point_at_the_picture_of_an_earlier_turn(
    api: httpx.Client, door: str, said: str, understood: str
) -> None:
    if door == "/v1":
        talk = [
            {"role": "user", "content": [part(RED)]},
            {"role": "assistant", "content": "..."},
            {"role": "user", "content": said},
        ]
        answer = api.post("/v1/chat/completions", json={"model": "Shapes", "messages": talk})
        assert reply(answer.json()).splitlines()[0] == understood
        return
    session = api.post("/api/sessions", json={"collection": "Shapes"}).json()["name"]
    upload = api.post("/api/uploads", content=picture(RED)).json()["id"]
    for asked in ({"examples": [upload]}, {"said": said}):
        assert api.post(f"/page/{session}/turns", json=asked).status_code == 200
    turns = api.get(f"/api/sessions/{session}").json()["turns"]
    assert f"*{turns[-1]['understood']}*" == understood


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("like this", "*like your picture*"),
        ("similar but blue", "*blue; like your picture*"),
        ("More like this one, please!", "*like your picture*"),
        ("which of my photos look like the attached image?", "*like your picture*"),
        ("this but without people", "*not people; like your picture*"),
        ("a square like these", "*a square; like your picture*"),
        ("same, taken in 2019", "*taken 2019-01-01 to 2019-12-31; like your picture*"),
    ],
)
def test_words_that_point_at_a_picture_ask_for_no_number(
    api: httpx.Client, said: str, understood: str
) -> None:
    answer = reply(ask(api, [part(RED), {"type": "text", "text": said}]))
    assert answer.splitlines()[0] == understood


def test_a_picture_that_comes_later_is_looked_for_with_what_was_asked_before(
    api: httpx.Client,
) -> None:
    talk: list[Any] = [{"role": "user", "content": "a square"}]
    for content in ([part(BLUE), {"type": "text", "text": "like this"}], "more like 1"):
        talk.append({"role": "assistant", "content": "..."})
        talk.append({"role": "user", "content": content})
    asked = {"model": "Shapes", "messages": talk}
    answer = api.post("/v1/chat/completions", json=asked).json()
    assert reply(answer).splitlines()[0] == "*a square; like your picture; like 1 picture*"


def test_a_picture_that_is_not_to_be_looked_for_is_no_example(api: httpx.Client) -> None:
    answer = ask(api, [part(RED), {"type": "text", "text": "nothing like this"}])
    assert "say in words what to avoid" in reply(answer) and answer["dialens"]["chips"] == []


def test_several_pictures_count(api: httpx.Client) -> None:
    content = [part(RED), part(BLUE), {"type": "text", "text": "like these"}]
    answer = ask(api, content)
    assert [one["kind"] for one in answer["dialens"]["chips"]] == ["example", "example"]
    assert {"red_plain.jpg", "blue_plain.jpg"} <= set(names(reply(answer))[:4])


def test_several_uploads_are_one_turn_of_a_session(api: httpx.Client) -> None:
    uploads = [api.post("/api/uploads", content=picture(one)).json()["id"] for one in (RED, BLUE)]
    session = api.post("/api/sessions", json={"collection": "Shapes"}).json()["name"]
    asked = {"said": "similar to these", "examples": uploads}
    turn = api.post(f"/api/sessions/{session}/turns", json=asked).json()
    assert [chip["upload"] for chip in turn["chips"]] == uploads


def test_a_model_is_found_by_its_name(client: openai.OpenAI) -> None:
    assert client.models.retrieve("Shapes").id == "Shapes"
    assert client.models.retrieve("Shapes/asks back").id == "Shapes/asks back"
    with pytest.raises(openai.NotFoundError, match="no model 'gpt-4'; there are Shapes"):
        client.models.retrieve("gpt-4")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "param"),
    [
        ("GET", "/v1/nothing", None, 404, None),
        ("GET", "/v1", None, 404, None),
        ("GET", "/v1/chat/completions", None, 405, None),
        ("DELETE", "/v1/models/Shapes", None, 405, None),
        ("POST", "/v1/chat/completions", "{", 422, None),
        ("POST", "/v1/chat/completions", {"model": "Shapes"}, 422, "messages"),
        ("POST", "/v1/chat/completions", {"model": "Shapes", "messages": []}, 422, "messages"),
        (
            "POST",
            "/v1/chat/completions",
            {"model": "Shapes", "messages": [{"role": "user", "content": "a"}], "n": "two"},
            422,
            "n",
        ),
        ("POST", "/v1/embeddings", {"model": "none", "input": "a"}, 404, "model"),
        ("POST", "/v1/embeddings", {"model": "Shapes", "input": []}, 400, "input"),
        ("POST", "/v1/embeddings", {"model": "Shapes", "input": [[1, 2]]}, 422, "input[0]"),
        ("POST", "/v1/embeddings", {"model": "Shapes", "input": [{"a": 1}]}, 400, "input[0]"),
        ("POST", "/v1/rerank", {"model": "Shapes", "query": "a"}, 422, "documents"),
    ],
)
def test_every_refusal_has_openais_form_and_one_line(
    api: httpx.Client, method: str, path: str, body: Any, status: int, param: str | None
) -> None:
    sent = {"content": body} if isinstance(body, str) else {"json": body} if body else {}
    answer = api.request(method, path, **sent)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error" and error["param"] == param
    assert error["message"] and "\n" not in error["message"]
    assert (param or "") in error["message"]


def test_who_brings_no_token_or_comes_from_elsewhere_is_told_so_in_that_form(
    server_home: Callable[[], Path],
) -> None:
    with running(server_home(), token=TOKEN) as server, server.client() as nobody:
        error = nobody.get("/v1/models").json()["error"]
        assert error["code"] == "invalid_api_key" and "a token is due" in error["message"]
        key = {"authorization": f"Bearer {TOKEN}"}
        for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}):
            answer = nobody.post("/v1/embeddings", json={}, headers={**key, **headers})
            assert answer.json()["error"]["message"]
        raw = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        raw.request("POST", "/v1/embeddings", headers={**key, "content-length": "90000000"})
        long = raw.getresponse()
        assert long.status == 413 and json.loads(long.read())["error"]["message"]


def test_documents_come_in_the_shapes_of_jina_and_cohere(api: httpx.Client) -> None:
    asked = {"model": "Shapes", "query": "a puppy", "return_documents": True}
    kinds: list[Any] = [
        ["a ship at sea", "a small dog"],
        [{"text": "a ship at sea"}, {"text": "a small dog", "id": 7}],
        [{"title": "Ship", "body": "at sea"}, {"title": "Dog", "body": "a small one"}],
    ]
    for documents in kinds:
        answer = api.post("/v1/rerank", json={**asked, "documents": documents}).json()
        best = answer["results"][0]
        assert best["index"] == 1 and answer["id"] and answer["meta"] and answer["usage"]
        sent = documents[1]
        assert best["document"] == ({"text": sent} if isinstance(sent, str) else sent)
    fields = {"rank_fields": ["body"], "documents": kinds[2], "max_chunks_per_doc": 10}
    answer = api.post("/v2/rerank", json={**asked, **fields}).json()
    assert answer["ignored"] == ["max_chunks_per_doc"]
    mixed = [
        {"image": plain(BLUE)},
        {"image_url": {"url": url(RED)}},
        {"image": {"url": url(BLUE)}},
    ]
    asked |= {"query": {"image": url(RED)}, "documents": mixed, "return_documents": False}
    best = api.post("/v1/rerank", json=asked).json()["results"][0]
    assert best["index"] == 1 and best["document"] is None


def test_embeddings_come_as_numbers_and_as_base64_and_are_the_same(api: httpx.Client) -> None:
    import numpy as np

    asked = {"model": "Shapes", "input": ["a dog", {"image_url": url(RED)}], "dimensions": 384}
    numbers = api.post("/v1/embeddings", json=asked).json()["data"]
    packed = api.post("/v1/embeddings", json={**asked, "encoding_format": "base64"}).json()["data"]
    for one, other in zip(numbers, packed, strict=True):
        unpacked = np.frombuffer(base64.b64decode(other["embedding"]), "<f4")
        assert np.allclose(one["embedding"], unpacked, atol=1e-6)


@pytest.mark.parametrize("half", ["\\ud800", "a\\udfffb", "\\ude00\\ud83d"])
def test_half_a_character_is_replaced_and_answered_through_every_door(
    api: httpx.Client, half: str
) -> None:
    session = api.post("/api/v1/sessions", json={"collection": "Shapes"}).json()["name"]
    said = f'"red {half} circle"'
    bodies = {
        "/v1/chat/completions": f'"messages": [{{"role": "user", "content": {said}}}]',
        "/v1/embeddings": f'"input": [{said}]',
        "/v1/rerank": f'"query": {said}, "documents": [{said}], "x{half}": 1',
        "/api/v1/collections/Shapes/search": f'"text": {said}, "unwanted": [{said}]',
        f"/api/v1/sessions/{session}/turns": f'"said": {said}',
    }
    for path, body in bodies.items():
        model = '"model": "Shapes", ' if path.startswith("/v1") else ""
        kind = {"content-type": "application/json"}
        answer = api.post(path, content=f"{{{model}{body}}}".encode(), headers=kind)
        assert answer.status_code == 200, (path, answer.text)


NO_PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}


@pytest.mark.parametrize(
    ("path", "sent", "param", "words"),
    [
        ("chat/completions", [part(RED), NO_PICTURE], "messages[1].content[1]", "not a picture"),
        ("chat/completions", 2019, "messages[1].content", "a string, or an object with text"),
        ("chat/completions", [{"image_url": {"url": None}}], "messages[1].content[0].image_url.url",
         "got null"),
        ("embeddings", ["a", NO_PICTURE], "input[1]", "not a picture"),
        ("embeddings", ["a", None], "input[1]", "a string, or an object with text or a picture"),
        ("embeddings", 5, "input", "or a list of these; got 5"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_part_and_what_may_stand_there(
    api: httpx.Client, path: str, sent: object, param: str, words: str
) -> None:
    talk = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": sent}]
    body = {"messages": talk} if path.startswith("chat") else {"input": sent}
    answer = api.post(f"/v1/{path}", json={"model": "Shapes", **body})
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) in [(415, param), (422, param)]
    assert words in error["message"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        ("Küche".encode("latin-1"), {}, 400, "is not UTF-8"),
        ("Küche".encode("latin-1"), {"content-type": "application/json; charset=latin1"}, 200, ""),
        ("Küche".encode("utf-16"), {"content-type": "application/json; charset=UTF-16"}, 200, ""),
        (b"\xff", {"content-type": "application/json; charset=utf-16"}, 400, "that it names"),
        (b"a", {"content-type": "application/json; charset=base64"}, 415, "charset 'base64'"),
        (b"a", {"content-encoding": "gzip"}, 415, "'gzip' is not supported"),
        (None, {}, 422, "the body is missing"),
    ],
)
def test_a_body_is_read_by_its_charset_or_refused_by_name(
    api: httpx.Client, body: bytes | None, headers: dict[str, str], status: int, words: str
) -> None:
    head, tail = '{"model":"Shapes","messages":[{"role":"user","content":"', '"}]}'
    code = "utf-16-le" if body and body[:2] == b"\xff\xfe" else "ascii"
    around = [one.encode(code) for one in (head, tail)]
    sent = None if body is None else body[2:] if code != "ascii" else body
    whole = b"" if sent is None else around[0] + sent + around[1]
    if code != "ascii":
        whole = b"\xff\xfe" + whole
    kinds = {"content-type": "application/json", **headers}
    answer = api.post("/v1/chat/completions", content=whole, headers=kinds)
    assert answer.status_code == status, answer.text
    assert words in answer.text
    if status == 200:
        assert answer.json()["dialens"]["understood"] == "Küche"
