"""The HTTP API as a client of its own would use it: paging, facets, names, keys, errors, /docs."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from tests.app.server.browser import chromium
from tests.app.server.running import Server, running

TOKEN = "a-token-of-the-owner-01"
SHAPES = "/api/v1/collections/Shapes"


def done(api: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    end = monotonic() + 60
    while (now := api.get(f"/api/v1/jobs/{job['number']}").json())["state"] in (
        "waiting",
        "running",
    ):
        assert monotonic() < end
        sleep(0.1)
    return dict(now)


def pages(api: httpx.Client, path: str, **asked: Any) -> Iterator[dict[str, Any]]:
    page = api.get(path, params=asked).json()
    yield page
    while page["next"]:
        page = api.get(path, params={**asked, "cursor": page["next"]}).json()
        yield page


def test_the_old_addresses_answer_as_those_with_a_version(api: httpx.Client) -> None:
    for path in ("/collections", "/choices", "/sessions", "/jobs", "/collections/Shapes/pictures"):
        assert api.get(f"/api{path}").json() == api.get(f"/api/v1{path}").json()
    document = api.get("/openapi.json").json()
    assert all(
        not path.startswith("/api/") or path.startswith("/api/v1/") for path in document["paths"]
    )


@pytest.mark.parametrize("limit", [1, 3, 16, 500])
def test_the_pictures_of_a_collection_are_listed_page_by_page_each_once(
    api: httpx.Client, limit: int
) -> None:
    found = list(pages(api, f"{SHAPES}/pictures", limit=limit))
    listed = [one["id"] for page in found for one in page["pictures"]]
    assert len(listed) == len(set(listed)) == 16 and {page["total"] for page in found} == {16}
    assert len(found) == -(-16 // limit)
    taken = [one["taken"] or "" for page in found for one in page["pictures"]]
    assert taken == sorted(taken, reverse=True)


def test_every_list_comes_in_pages(server_home: Callable[[], Path], shapes: Path) -> None:
    home = server_home()
    for name in ("Ärzte", "東京", "a b"):
        shutil.copytree(home / "collections" / "Shapes", home / "collections" / name)
    options = ("--folder", str(shapes.parent))
    with running(home, *options, token=TOKEN) as server, server.client() as api:
        for _ in range(4):
            api.post("/login", data={"token": TOKEN})
            done(api, api.post("/api/v1/collections/Shapes/index", json={}).json())
            made = api.post("/api/v1/sessions", json={"collection": "Shapes"}).json()["name"]
            api.post(f"/api/v1/sessions/{made}/turns", json={"said": "red"})
        for kind, key in (
            ("collections", "name"),
            ("sessions", "name"),
            ("jobs", "number"),
            ("sign-ins", "id"),
        ):
            whole = api.get(f"/api/v1/{kind}").json()
            field = kind.replace("-", "_")
            assert len(whole[field]) == whole["total"] == 4 and whole["next"] is None
            parts = list(pages(api, f"/api/v1/{kind}", limit=3))
            assert [one[key] for page in parts for one in page[field]] == [
                one[key] for one in whole[field]
            ]
            for wrong in (
                "none",
                "W10",
                "WyJhIiwgWzFdLCAyXQ",
            ):  # no word of ours, [], ["a", [1], 2]
                told = api.get(f"/api/v1/{kind}", params={"cursor": wrong})
                assert told.status_code in (200, 400), told.text
            assert api.get(f"/api/v1/{kind}", params={"limit": 0}).status_code == 422
            assert api.get(f"/api/v1/{kind}", params={"page": 2}).status_code == 422


def test_an_error_says_a_field_and_what_it_must_be_once(api: httpx.Client, shapes: Path) -> None:
    given = str(shapes.parent)
    for name, folder, told in (
        ("a;b", given, "collection must be 1 to 100 letters, digits"),
        ("new", f"{given}/none", f"no folder '{given}/none'"),
        ("new", f"{shapes}/plain/red_plain.jpg", "red_plain.jpg' is a file, no folder"),
    ):
        asked = {"folder": folder}
        detail = api.post(f"/api/v1/collections/{name}/index", json=asked).json()["detail"]
        assert told in detail and "collection a" not in detail
    liked = api.post(f"{SHAPES}/search", json={"like": ["0" * 16]}).json()["detail"]
    assert liked == f"like names picture '{'0' * 16}', which collection 'Shapes' has not"


def test_a_list_keeps_to_its_conditions(api: httpx.Client) -> None:
    asked = {"limit": 3, "paths": ["circle/*", "*red*"]}
    (page,) = pages(api, f"{SHAPES}/pictures", **asked)
    assert [one["name"] for one in page["pictures"]] == ["red_circle.jpg"]
    found = list(pages(api, f"{SHAPES}/pictures", limit=1, after="2019-01-01", camera="maker"))
    assert [page["pictures"][0]["folder"] for page in found] == ["plain"] * 4


def test_pages_neither_repeat_nor_skip_when_pictures_go_and_come(
    server_home: Callable[[], Path], shapes: Path, tmp_path: Path
) -> None:
    own = tmp_path / "Own"
    shutil.copytree(shapes, own)
    with running(server_home(), "--folder", str(tmp_path)) as server, server.client() as api:
        path = "/api/v1/collections/own/index"
        done(api, api.post(path, json={"folder": str(own)}).json())
        asked = "/api/v1/collections/own/pictures"
        first = api.get(asked, params={"limit": 6}).json()
        before = {one["id"] for one in first["pictures"]}
        rest = {one["id"] for page in pages(api, asked) for one in page["pictures"]} - before
        (own / first["pictures"][-1]["folder"] / first["pictures"][-1]["name"]).unlink()
        done(api, api.post(path, json={}).json())
        second = api.get(asked, params={"limit": 50, "cursor": first["next"]}).json()
        listed = [one["id"] for one in second["pictures"]]
        assert set(listed) == rest and len(listed) == len(rest)


def test_results_go_on_where_the_page_before_ended(api: httpx.Client) -> None:
    whole = api.post(f"{SHAPES}/search", json={"text": "red circle", "k": 50}).json()
    asked, ids, ranks = {"text": "red circle", "k": 5}, [], []
    cursor: str | None = ""
    while cursor is not None:
        page = api.post(f"{SHAPES}/search", json={**asked, "cursor": cursor}).json()
        ids += [hit["picture"]["id"] for hit in page["hits"]]
        ranks += [hit["rank"] for hit in page["hits"]]
        cursor = page["next"]
    assert ids == [hit["picture"]["id"] for hit in whole["hits"]] and whole["next"] is None
    assert ranks == list(range(1, 17))


def test_conditions_are_part_of_a_turn(api: httpx.Client) -> None:
    session = api.post("/api/v1/sessions", json={"collection": "Shapes"}).json()["name"]
    path = f"/api/v1/sessions/{session}/turns"
    asked = {"said": "red", "filters": {"paths": ["plain/*"], "camera": None}}
    turn = api.post(path, json=asked).json()
    assert turn["understood"] == "red; in plain/*" and len(turn["hits"]) == 4
    turn = api.post(path, json={"filters": {"not_paths": ["*blue*"]}}).json()
    assert turn["said"] == "only where these conditions hold" and len(turn["hits"]) == 3


@pytest.mark.parametrize("cursor", ["x", "bm9uZQ", "e30", "WzEsMl0", "W1tbW1s", "ü", "W1sxXV0"])
def test_a_cursor_that_the_server_never_gave_is_refused_by_name(
    api: httpx.Client, cursor: str
) -> None:
    answer = api.get(f"{SHAPES}/pictures", params={"cursor": cursor})
    assert answer.status_code == 400 and answer.json()["fields"][0]["field"] == "cursor"
    assert api.post(f"{SHAPES}/search", json={"text": "a", "cursor": cursor}).status_code < 500


def test_pictures_are_counted_by_what_can_be_a_condition(api: httpx.Client) -> None:
    found = api.get(f"{SHAPES}/facets").json()
    assert found["years"] == [{"value": "2019", "pictures": 4}]
    assert found["cameras"] == [{"value": "Maker Model 1", "pictures": 4}]
    assert {one["value"]: one["pictures"] for one in found["folders"]} == {
        "circle": 4,
        "plain": 4,
        "square": 4,
        "stripes": 4,
    }
    assert found["orientations"] == [{"value": "landscape", "pictures": 16}]
    assert found["tags"] == []
    red = api.get(f"{SHAPES}/facets", params={"paths": "*red*"}).json()
    assert [one["pictures"] for one in red["folders"]] == [1] * 4


def test_a_collection_is_deleted_and_its_pictures_stay(api: httpx.Client, shapes: Path) -> None:
    asked = {"folder": str(shapes / "square")}
    done(api, api.post("/api/v1/collections/squares/index", json=asked).json())
    search = {"text": "red"}
    assert api.post("/api/v1/collections/squares/search", json=search).json()["hits"]
    assert api.delete("/api/v1/collections/squares").status_code == 204
    for answer in (
        api.get("/api/v1/collections/squares"),
        api.delete("/api/v1/collections/squares"),
        api.post("/api/v1/collections/squares/search", json=search),
    ):
        assert answer.status_code == 404 and "no collection 'squares'" in answer.json()["detail"]
    assert len(list((shapes / "square").iterdir())) == 4
    job = api.post("/api/v1/collections/squares/index", json=asked).json()
    assert api.delete("/api/v1/collections/squares").status_code in (204, 409)
    done(api, job)


def test_a_request_that_is_sent_again_with_its_key_begins_no_second_job(
    api: httpx.Client, shapes: Path
) -> None:
    key, path = {"idempotency-key": "6f1c"}, "/api/v1/collections/stripes/index"
    asked = {"folder": str(shapes / "stripes")}
    first = api.post(path, json=asked, headers=key)
    again = api.post(path, json=asked, headers=key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["number"] == again.json()["number"]
    done(api, first.json())
    assert api.post(path, json=asked, headers=key).json()["state"] == "done"
    other = api.post(path, json={}, headers=key)
    assert other.status_code == 422 and "'6f1c' came with another request" in other.text
    fresh = api.post(path, json=asked, headers={"idempotency-key": "6f1d"}).json()
    assert fresh["number"] > first.json()["number"]
    done(api, fresh)


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"txt": "a"}, "txt", "does not exist; there are text, unwanted, like"),
        ({"filters": {"colour": "red"}}, "filters.colour", "does not exist; there are paths"),
        ({"filters": {"orientation": "wide"}}, "filters.orientation", "'portrait', 'landscape'"),
        ({"k": 500}, "k", "less than or equal to 200; got 500"),
        ({"like": ["0123"]}, "like[0]", "'0123'"),
        ({"filters": {"after": "someday"}}, "filters.after", "got 'someday'"),
        ({"filters": {"after": "2019-13-40"}}, "filters.after", "got '2019-13-40'"),
        ({"filters": {"before": "07/04/2019"}}, "filters.before", "2019-04-07 or 2019-07-04"),
        ({"filters": {"paths": ["/"]}}, "filters.paths[0]", "must name something"),
        ([], "", "must be a JSON object"),
    ],
)
def test_an_error_names_the_field_and_those_that_there_are(
    api: httpx.Client, body: Any, field: str, words: str
) -> None:
    answer = api.post(f"{SHAPES}/search", json=body)
    told = answer.json()
    assert answer.status_code == 422 and set(told) == {"detail", "fields"}
    assert told["fields"][0]["field"] == field and words in told["fields"][0]["problem"]
    assert told["fields"][0]["problem"] in told["detail"] and "\n" not in told["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/api/v1/nothing", 404, "there is nothing at /api/v1/nothing"),
        ("GET", "/api/v1", 404, "there is nothing at /api/v1"),
        ("GET", "/api/v2/jobs", 404, "there is nothing at /api/v2/jobs"),
        ("PUT", f"{SHAPES}/search", 405, "PUT is not for"),
        ("GET", "/api/v1/collections/none/pictures", 404, "no collection 'none'; there are"),
        ("GET", f"{SHAPES}/pictures?colour=red", 422, "colour does not exist; there are paths"),
        ("GET", f"{SHAPES}/pictures/0123456789abcdef", 404, "has no picture"),
        ("GET", "/api/v1/jobs/none", 422, "number must be a valid integer"),
        ("POST", "/api/v1/sessions", 422, "is missing"),
    ],
)
def test_every_error_has_one_shape(
    api: httpx.Client, method: str, path: str, status: int, words: str
) -> None:
    answer = api.request(method, path)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert set(told) == {"detail", "fields"} and words in told["detail"]


def test_the_document_says_how_to_prove_who_one_is(api: httpx.Client) -> None:
    document = api.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert schemes["token"]["scheme"] == "bearer" and schemes["cookie"]["in"] == "cookie"
    for path, operations in document["paths"].items():
        for operation in operations.values():
            known = {name for one in operation.get("security", []) for name in one}
            assert path == "/health" or {"token", "cookie"} <= known
            if path.startswith(("/api/", "/v1/")):
                refusal = operation["responses"]["422"]["content"]["application/json"]["schema"]
                assert refusal["$ref"].endswith("/ErrorOut")


def test_the_document_as_a_page_loads_nothing_from_elsewhere(
    served: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with chromium() as browser:
        page, asked, said = browser.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{served.url}/docs")
        assert all(url.startswith(served.url) for url in asked) and said == []
        assert page.locator("script").count() == 0
        page.get_by_text("GET /api/v1/collections/{collection}/pictures", exact=True).click()
        assert page.get_by_role("rowheader", name="cursor").first.is_visible()
        assert page.locator("#SearchIn").get_by_text("unwanted").count()


def test_where_a_token_is_due_the_document_needs_one_too(
    server_home: Callable[[], Path],
) -> None:
    with running(server_home(), token=TOKEN) as server, server.client() as nobody:
        for path in ("/docs", "/openapi.json", f"{SHAPES}/pictures", f"{SHAPES}/facets"):
            assert nobody.get(path).status_code == 401
        assert nobody.delete(SHAPES).status_code == 401
        key = {"authorization": f"Bearer {TOKEN}"}
        assert nobody.get("/docs", headers=key).status_code == 200
