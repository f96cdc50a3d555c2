"""An unmodified OpenAI client talks about a collection, and asks for embeddings."""

import base64
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

from tests.app.server.running import Server, running

TOKEN = "a-token-of-the-owner-01"


@pytest.fixture(scope="module")
def client(served: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0)


def names(reply: str) -> list[str]:
    """Return the file names of the numbered pictures."""
    lines = [line for line in reply.splitlines() if line.partition(".")[0].isdigit()]
    return [line.rpartition(" ")[2].replace("\\", "") for line in lines]


def data_url(colour: tuple[int, int, int]) -> str:
    file = BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def test_the_models_are_the_collections(client: openai.OpenAI) -> None:
    found = {model.id for model in client.models.list()}
    assert {"Shapes", "Shapes/plain", "Shapes/asks back"} <= found


def test_three_turns_narrow_a_picture_search(client: openai.OpenAI) -> None:
    messages: list[Any] = [{"role": "system", "content": "You are a pirate."}]
    sessions, replies = set(), []
    for said in ("circle", "no red", "more like the first one"):
        messages.append({"role": "user", "content": said})
        answer = client.chat.completions.create(model="Shapes", messages=messages, temperature=0)
        reply = answer.choices[0].message.content or ""
        replies.append(reply)
        messages.append({"role": "assistant", "content": reply})
        sessions.add(answer.id.rpartition("-")[0])
    assert len(sessions) == 1
    assert [reply.splitlines()[0] for reply in replies] == [
        "*circle*",
        "*circle; not red*",
        "*circle; not red; like 1 picture*",
    ]
    assert {name.split("_")[1] for name in names(replies[0])[:4]} == {"circle.jpg"}
    assert names(replies[1])[0] != "red_circle.jpg"


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": "blue square"}]
    whole = client.chat.completions.create(model="Shapes", messages=messages)
    parts = client.chat.completions.create(model="Shapes", messages=messages, stream=True)
    told = [part.choices[0] for part in parts]
    assert "".join(one.delta.content or "" for one in told) == whole.choices[0].message.content
    assert told[-1].finish_reason == "stop"


def test_a_conversation_that_the_server_does_not_know_is_replayed(client: openai.OpenAI) -> None:
    messages: list[Any] = [
        {"role": "user", "content": "yellow"},
        {"role": "assistant", "content": "whatever it was"},
        {"role": "user", "content": "stripes"},
    ]
    answer = client.chat.completions.create(model="Shapes", messages=messages)
    assert (answer.choices[0].message.content or "").startswith("*yellow + stripes*")


def test_a_picture_in_a_message_is_an_example(client: openai.OpenAI) -> None:
    content = [{"type": "image_url", "image_url": {"url": data_url((20, 40, 200))}}]
    messages: list[Any] = [{"role": "user", "content": content}]
    reply = client.chat.completions.create(model="Shapes", messages=messages)
    assert names(reply.choices[0].message.content or "")[0] == "blue_plain.jpg"


def test_links_to_pictures_open_without_a_header_where_tokens_are_due(
    server_home: Callable[[], Path],
) -> None:
    with running(server_home(), token=TOKEN) as server:
        client = openai.OpenAI(base_url=f"{server.url}/v1", api_key=TOKEN, max_retries=0)
        messages: list[Any] = [{"role": "user", "content": "circle"}]
        reply = client.chat.completions.create(model="Shapes", messages=messages)
        link = (reply.choices[0].message.content or "").split("](")[1].split(")")[0]
        assert httpx.get(link).headers["content-type"] == "image/webp"
        assert httpx.get(link.partition("?")[0]).status_code == 401
        other = link.replace("key=", "key=0")
        assert httpx.get(other).status_code == 401
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=f"{server.url}/v1", api_key="wrong-token-of-none").models.list()


@pytest.mark.parametrize(
    "picture", ["http://127.0.0.1/a.png", "data:image/png,abc", "data:image/png;base64,bm9uZQ=="]
)
def test_a_picture_that_cannot_be_taken_is_refused(client: openai.OpenAI, picture: str) -> None:
    content = [{"type": "image_url", "image_url": {"url": picture}}]
    messages: list[Any] = [{"role": "user", "content": content}]
    with pytest.raises(openai.APIStatusError) as refused:
        client.chat.completions.create(model="Shapes", messages=messages)
    assert 400 <= refused.value.status_code < 500


def test_embeddings_are_unit_vectors_that_compare_as_a_search_does(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="Shapes", input=["a dog", "a puppy", "a ship"])
    dog, puppy, ship = (np.array(one.embedding) for one in answer.data)
    assert abs(np.linalg.norm(dog) - 1) < 1e-5
    assert dog @ puppy > dog @ ship
    with pytest.raises(openai.BadRequestError, match="dimensions must be 384"):
        client.embeddings.create(model="Shapes", input="a dog", dimensions=10)
    with pytest.raises(openai.NotFoundError, match="no model 'none'"):
        client.embeddings.create(model="none", input="a dog")


def test_pictures_are_embedded_too(api: httpx.Client) -> None:
    asked = {"model": "Shapes", "input": [{"image": data_url((200, 20, 20))}, {"text": "red"}]}
    data = api.post("/v1/embeddings", json=asked).json()["data"]
    assert [len(one["embedding"]) for one in data] == [384, 384]


def test_documents_are_put_in_order(api: httpx.Client) -> None:
    documents = ["a ship at sea", "a small dog", {"text": "a cat"}]
    asked = {"model": "Shapes", "query": "a puppy", "documents": documents, "top_n": 2}
    results = api.post("/v1/rerank", json={**asked, "return_documents": True}).json()["results"]
    assert [one["index"] for one in results] == [1, 2]
    assert results[0]["document"]["text"] == "a small dog"
    assert results[0]["relevance_score"] > results[1]["relevance_score"]


def test_pictures_are_put_in_order_by_a_picture(api: httpx.Client) -> None:
    colours = [(20, 40, 200), (200, 20, 20)]
    documents = [{"image": data_url(colour)} for colour in colours]
    asked = {"model": "Shapes", "query": {"image": data_url((195, 25, 25))}, "documents": documents}
    results = api.post("/v1/rerank", json=asked).json()["results"]
    assert [one["index"] for one in results] == [1, 0]


def shown(said: str, *colours: tuple[int, int, int]) -> dict[str, Any]:
    parts = [{"type": "image_url", "image_url": {"url": data_url(one)}} for one in colours]
    return {"role": "user", "content": [{"type": "text", "text": said}, *parts]}


def test_numbers_mean_pictures_of_the_message_and_instead_changes_them(api: httpx.Client) -> None:
    red, blue, green = (200, 20, 20), (20, 40, 200), (20, 150, 40)
    messages = [shown("like the second one but at sea", red, blue)]
    told = api.post("/v1/chat/completions", json={"model": "Shapes", "messages": messages}).json()
    assert told["dialens"]["understood"] == "at sea; like your picture"
    first = [one["upload"] for one in told["dialens"]["chips"] if one["upload"]]
    messages += [shown("only landscape"), shown("now more like this one instead", green)]
    told = api.post("/v1/chat/completions", json={"model": "Shapes", "messages": messages}).json()
    then = [one["upload"] for one in told["dialens"]["chips"] if one["upload"]]
    assert len(first) == len(then) == 1 and first != then
    assert "instead" not in told["dialens"]["understood"]


def test_a_text_of_an_embedding_is_asked_or_stored(client: openai.OpenAI) -> None:
    def asked(kind: str) -> Any:
        body = {"input_type": kind}
        return client.embeddings.create(model="Shapes", input="a dog", extra_body=body)

    plain = client.embeddings.create(model="Shapes", input="a dog").data[0].embedding
    assert asked("query").data[0].embedding == plain
    assert asked("document").data[0].embedding == plain  # the offline encoder knows no roles
    with pytest.raises(openai.APIStatusError, match="input_type"):
        asked("passage")
