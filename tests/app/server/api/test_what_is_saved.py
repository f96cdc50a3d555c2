"""What a conversation saves and exports is linked in its turn, and its owner alone downloads it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from agent.conversation.session import Session
from agent.understanding.acts import Ask, NewSearch, Reading, Unclear
from tests.app.server.running import Server, running
from tests.app.server.state.offered_readings import Empty

ANNE, BERT = "token-of-anne-000001", "token-of-bert-000002"


@pytest.fixture(scope="module")
def shared(server_home: Callable[[], Path]) -> Iterator[Server]:
    home = server_home()
    tokens = home / "tokens"
    tokens.write_text(f"anne {ANNE}\nbert {BERT}\n")
    tokens.chmod(0o600)
    with running(home, "--token-file", str(tokens)) as server:
        yield server


def client_of(server: Server, token: str) -> httpx.Client:
    return server.client(headers={"authorization": f"Bearer {token}"})


def begun(api: httpx.Client, name: str) -> str:
    at = f"/api/v1/sessions/{name}"
    api.post("/api/v1/sessions", json={"collection": "Shapes", "name": name}).raise_for_status()
    api.post(f"{at}/turns", json={"said": "red circle"}).raise_for_status()
    return at


def test_a_saved_list_is_downloaded_by_its_link_and_tells_no_place_of_the_server(
    api: httpx.Client, served: Server
) -> None:
    at = begun(api, "to save")
    turn = api.post(f"{at}/turns", json={"said": "save the first two as my trip"}).json()
    assert turn["reply"] == "Saved: 'my trip' lists 2 pictures."
    (link,) = turn["links"]
    assert link == {
        "name": "my trip",
        "address": "/api/v1/sessions/to%20save/saved/my%20trip",
    }
    got = api.get(link["address"])
    assert got.text.splitlines()[0] == "circle/red_circle.jpg" and len(got.text.splitlines()) == 2
    assert 'filename="my trip.txt"' in got.headers["content-disposition"]
    assert got.headers["content-type"].startswith("text/plain")
    assert api.get(at).json()["turns"][-1]["links"] == [link]
    api.post(f"{at}/turns", json={"said": "save 3 as my trip"}).raise_for_status()
    assert len(api.get(link["address"]).text.splitlines()) == 3


def test_an_export_is_linked_and_leaves_no_file_on_the_server(
    api: httpx.Client, served: Server
) -> None:
    at = begun(api, "to export")
    turn = api.post(f"{at}/turns", json={"said": "export as a web page"}).json()
    assert (turn["reply"], turn["links"][0]["name"]) == ("Exported as html.", "html")
    got = api.get(turn["links"][0]["address"])
    assert got.headers["content-type"].startswith("text/html") and "red circle" in got.text
    assert not (served.home / "sessions" / "to export.html").exists()


@pytest.mark.parametrize("name", ["other", "..%2F..%2Fto%20keep", "%2Fetc%2Fpasswd", "a.b", "%00"])
def test_a_list_that_there_is_not_is_not_found(api: httpx.Client, name: str) -> None:
    if api.get("/api/v1/sessions/to keep").status_code == 404:
        begun(api, "to keep")
    assert api.get(f"/api/v1/sessions/to keep/saved/{name}").status_code == 404


def test_lists_go_with_the_conversation_when_it_is_renamed_or_deleted(
    api: httpx.Client, served: Server
) -> None:
    at = begun(api, "before")
    api.post(f"{at}/turns", json={"said": "save these as trip"}).raise_for_status()
    api.patch(at, json={"name": "after"}).raise_for_status()
    (link,) = api.get("/api/v1/sessions/after").json()["turns"][-1]["links"]
    assert link["address"] == "/api/v1/sessions/after/saved/trip"
    assert api.get(link["address"]).status_code == 200
    again = begun(api, "before")
    assert api.get(f"{again}/saved/trip").status_code == 404
    assert api.delete("/api/v1/sessions/after").status_code == 204
    assert not (served.home / "sessions" / "after").exists()


def test_a_name_whose_lists_are_there_is_not_taken(api: httpx.Client, served: Server) -> None:
    at = begun(api, "renamed")
    (served.home / "sessions" / "left").mkdir()
    refused = api.patch(at, json={"name": "left"})
    assert refused.status_code == 409 and "holds lists of another conversation" in refused.text
    assert api.get(at).status_code == 200


def test_nobody_else_downloads_a_list(shared: Server) -> None:
    with client_of(shared, ANNE) as anne, client_of(shared, BERT) as bert, shared.client() as none:
        at = begun(anne, "mine")
        turn = anne.post(f"{at}/turns", json={"said": "save these as trip"}).json()
        link = turn["links"][0]["address"]
        assert anne.get(link).status_code == 200
        assert bert.get(link).status_code == 404
        begun(bert, "mine")
        assert bert.get(link).status_code == 404
        assert none.get(link).status_code == 401
        messages = [{"role": "user", "content": one} for one in ("red circle", "save 1 as trip")]
        said = anne.post("/v1/chat/completions", json={"model": "Shapes", "messages": messages})
        content = said.json()["choices"][0]["message"]["content"]
        address = content.rpartition("[trip](")[2].partition(")")[0]
        assert address.startswith(f"{shared.url}/api/v1/sessions/")
        assert anne.get(address).text == "circle/red_circle.jpg\n"
        assert none.get(address).status_code == 401


def test_lists_count_in_what_a_user_may_keep(shared: Server) -> None:
    from app.server.security.quotas import kept

    with client_of(shared, BERT) as bert:
        at = begun(bert, "counted")
        folder = shared.home / "users" / "bert" / "sessions"
        before = kept(folder)
        bert.post(f"{at}/turns", json={"said": "save these as trip"}).raise_for_status()
        bert.post(f"{at}/turns", json={"said": "save these as another"}).raise_for_status()
        assert kept(folder).files == before.files + 2
        assert kept(folder).size >= before.size + 2 * 4096


def test_questions_are_answered_and_the_screen_stays(api: httpx.Client, served: Server) -> None:
    questions = (
        Reading("how many are there", (Ask("count"),)),
        Reading("where it was taken", (Ask("where", (1,)),)),
    )
    session = Session.start("asked", Empty(), folder=served.home / "sessions", collection="Shapes")
    session.act(NewSearch("circle"), said="circle")
    at = "/api/v1/sessions/asked/turns"
    found = api.post(at, json={"said": "plain yellow"}).json()
    again = Session.resume("asked", Empty(), folder=served.home / "sessions")
    again.act(Unclear("What do you mean?", questions), said="and?")
    turn = api.post(at, json={"said": "2"}).json()
    assert "(48.2000 N, 16.3667 E); the file is plain/yellow_plain.jpg." in turn["reply"]
    assert "Vienna, Austria" in turn["reply"]
    assert (turn["hits"], turn["edits"], turn["head"]) == ([], [], found["number"])
    again = Session.resume("asked", Empty(), folder=served.home / "sessions")
    again.act(Unclear("What do you mean?", questions), said="and?")
    turn = api.post(at, json={"reading": 1}).json()
    assert "the collection holds 16 pictures" in turn["reply"]


def test_an_order_is_a_chip(api: httpx.Client) -> None:
    at = begun(api, "ordered")
    turn = api.post(f"{at}/turns", json={"order": "newest"}).json()
    assert turn["said"] == "newest first"
    assert [(one["kind"], one["words"]) for one in turn["chips"]] == [
        ("wanted", "red circle"),
        ("order", "newest first"),
    ]
    assert turn["hits"][0]["picture"]["taken"] is not None
    dropped = api.post(f"{at}/turns", json={"drop": 2}).json()
    assert dropped["hits"][0]["picture"]["name"] == "red_circle.jpg"
