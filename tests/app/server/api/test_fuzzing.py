"""Whatever the OpenAPI document allows, and much that it does not, is answered without a 5xx."""

import json
import re
from contextlib import suppress
from itertools import product
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok

from tests.app.server.running import Server

EXAMPLES = 8  # of each kind, for each door
HEAD = 60_000  # bytes that a request may begin with, about
OURS = ("/api/", "/v1/", "/health", "/metrics")


def requests_url(case: schemathesis.Case[Any]) -> str:
    sent = case.as_transport_kwargs()
    return (
        requests.Request(sent["method"], sent["url"], params=sent.get("params")).prepare().url or ""
    )


@pytest.fixture(scope="module")
def document(served: Server) -> dict[str, object]:
    return dict(httpx.get(f"{served.url}/openapi.json").json())


def test_no_request_makes_the_server_break(served: Server, document: dict[str, object]) -> None:
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=served.url)
    broken: list[str] = []
    operations = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found.err()
        operations.append(found.ok())
    for operation, mode in product(operations, schemathesis.GenerationMode):

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: schemathesis.Case[Any]) -> None:
            try:
                answer = case.call(timeout=30)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
                asked = error.request.url if error.request else requests_url(case)
                assert asked and len(asked) > HEAD, error  # told so, and no more of it is read
                return
            if answer.status_code >= 500 and answer.status_code != 503:
                broken.append(f"{case.method} {case.formatted_path}: {answer.text[:200]}")

        with suppress(Unsatisfiable):  # nothing can be wrong with a request that holds nothing
            ask()
    assert len(operations) > 25
    assert broken == []


@given(text=st.text(max_size=300))
@settings(max_examples=60)
def test_any_words_are_taken_as_a_turn(served: Server, text: str) -> None:
    words = text.encode("utf-8", "replace").decode()
    with served.client() as client:
        name = client.post("/api/sessions", json={"collection": "Shapes"}).json()["name"]
        answer = client.post(f"/api/sessions/{name}/turns", json={"said": words})
        assert answer.status_code == 200, answer.text
        assert client.delete(f"/api/sessions/{name}").status_code == 204


def test_the_document_names_every_door_and_what_it_answers(document: dict[str, object]) -> None:
    paths = document["paths"]
    assert isinstance(paths, dict)
    assert all(path.startswith(OURS) for path in paths)
    for operations in paths.values():
        for operation in operations.values():
            assert operation["summary"] and operation["responses"]


WRONG = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda held: (
        st.lists(held, max_size=2)
        | st.dictionaries(st.sampled_from(["text", "url", "type", "a"]), held, max_size=2)
    ),
    max_leaves=4,
)
INTERNAL = re.compile(
    r"constrained-|literal\[|function-|\bNone\b|\bTrue\b|b'|\.(str|int|Url|Id|date)\b|pydantic|union"
    r"|Input should|Value error|Datetimes"
)
FIELDS = {
    "/v1/chat/completions": "model messages stream stream_options n response_format".split(),
    "/v1/embeddings": "model input encoding_format dimensions".split(),
    "/v1/rerank": "model query documents top_n return_documents rank_fields".split(),
    "/api/v1/sessions": "collection name".split(),
    "/api/v1/sessions/none/turns": "said like answer change filters back_to undo example".split(),
}


@given(path=st.sampled_from(sorted(FIELDS)), data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_message_speaks_of_what_checks_it(
    served: Server, path: str, data: st.DataObject
) -> None:
    named = st.dictionaries(st.sampled_from(FIELDS[path]), WRONG, max_size=3)
    sent = data.draw(named | WRONG)
    whole = {"model": "Shapes", **sent} if isinstance(sent, dict) else sent
    with served.client() as client:
        kind = {"content-type": "application/json"}
        answer = client.post(path, content=json.dumps(whole), headers=kind)
    assert answer.status_code < 500
    if answer.status_code == 422:
        said = [re.sub(r"got .*", "", one["problem"]) for one in answer.json()["fields"]]
        places = [one["field"] for one in answer.json()["fields"]]
        assert said and not any(map(INTERNAL.search, [*said, *places])), answer.text
        assert "None" not in answer.json()["detail"].partition("got ")[2][:4]
