"""A sign-in is a session of its own: it ends alone, lasts over a restart, and goes to its page."""

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.server.security.access import place_here
from tests.app.server.running import Server, running
from tests.app.server.security.test_signing_in import browser, enter, page

__all__ = ["browser", "page"]
ANNE, BERT = "token-of-anne-000001", "token-of-bert-000002"


@pytest.fixture(scope="module")
def state(server_home: Callable[[], Path]) -> Path:
    home = server_home()
    (home / "tokens").write_text(f"anne {ANNE}\nbert {BERT}\n")
    (home / "tokens").chmod(0o600)
    return home


@pytest.fixture(scope="module")
def shared(state: Path) -> Iterator[Server]:
    with running(state, "--token-file", str(state / "tokens")) as server:
        yield server


@contextmanager
def signed_in(server: Server, token: str = ANNE) -> Iterator[httpx.Client]:
    with server.client() as client:
        assert client.post("/login", data={"token": token}).status_code == 303
        yield client


def test_the_cookie_is_no_token_and_the_file_tells_neither(shared: Server) -> None:
    with signed_in(shared) as client:
        (cookie,) = client.cookies.jar
        assert cookie.value and ANNE not in cookie.value
        files = [one for one in shared.home.glob("signed-in.db*")]
        assert [stat.S_IMODE(one.stat().st_mode) for one in files] == [0o600]
        kept = b"".join(one.read_bytes() for one in files)
        assert cookie.value.encode() not in kept and ANNE.encode() not in kept
        as_token = {"authorization": f"Bearer {cookie.value}"}
        assert httpx.get(f"{shared.url}/api/v1/jobs", headers=as_token).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/logout"), ("DELETE", "/api/v1/sign-ins/this"), ("DELETE", "/api/v1/sign-ins")],
)
def test_who_signs_out_is_out_also_with_a_copy_of_the_cookie(
    shared: Server, method: str, path: str
) -> None:
    with signed_in(shared) as client, signed_in(shared, BERT) as another:
        copy = dict(client.cookies)
        assert client.request(method, path).status_code in (204, 303)
        assert httpx.get(f"{shared.url}/api/v1/jobs", cookies=copy).status_code == 401
        assert another.get("/api/v1/jobs").status_code == 200
    with shared.client(headers={"authorization": f"Bearer {ANNE}"}) as by_token:
        assert by_token.get("/api/v1/jobs").status_code == 200


def test_one_browser_is_signed_out_from_another_and_nobody_elses(shared: Server) -> None:
    with signed_in(shared) as here, signed_in(shared) as there, signed_in(shared, BERT) as bert:
        listed = here.get("/api/v1/sign-ins").json()["sign_ins"]
        elsewhere = there.get("/api/v1/sign-ins").json()["sign_ins"]
        (lost,) = (one["id"] for one in elsewhere if one["this"])
        assert lost in [one["id"] for one in listed if not one["this"]]
        assert bert.delete(f"/api/v1/sign-ins/{lost}").status_code == 404
        assert there.get("/api/v1/jobs").status_code == 200
        assert here.delete(f"/api/v1/sign-ins/{lost}").status_code == 204
        assert there.get("/api/v1/jobs").status_code == 401
        assert here.get("/api/v1/jobs").status_code == 200


def test_a_page_of_another_site_signs_nobody_out(shared: Server) -> None:
    with signed_in(shared) as client:
        evil = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
        assert client.post("/logout", headers=evil).status_code == 403
        assert client.get("/logout").status_code == 405
        assert client.get("/").status_code == 200


def test_a_sign_in_outlives_the_server_and_not_its_token(server_home: Callable[[], Path]) -> None:
    home = server_home()
    with running(home, token=ANNE) as server, signed_in(server) as client:
        cookies = dict(client.cookies)
    with running(home, token=ANNE) as server:
        assert httpx.get(f"{server.url}/", cookies=cookies).status_code == 200
    with running(home, token=BERT) as server:
        assert httpx.get(f"{server.url}/", cookies=cookies).status_code == 401


def test_a_damaged_file_of_sign_ins_is_named_with_the_remedy(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    (home / "signed-in.db").write_bytes(b"no database at all" * 100)
    with running(home, token=ANNE) as server, server.client() as client:
        assert client.get("/", headers={"cookie": "dialens_session=abc"}).status_code == 401
        told = client.post("/login", data={"token": ANNE})
        assert told.status_code == 409
        assert "signed-in.db" in told.json()["detail"] and "delete it" in told.json()["detail"]
        (home / "signed-in.db").unlink()
        assert client.post("/login", data={"token": ANNE}).status_code == 303


HERE = (
    "/",
    "/s/trip",
    "/?collection=A%20%26%20B",
    "/docs?x=//a",
    "/s/%2F%2Fa",
    "/s/東京",
    "/a/..//b",
)
ELSEWHERE = (
    "",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\n//evil.example",
    "/\r\nset-cookie: a=b",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "evil.example",
    " //evil.example",
    "/s/a\\..\\..\\\\evil.example",
)


@pytest.mark.parametrize("asked", HERE)
def test_a_place_on_this_server_is_gone_to(shared: Server, asked: str) -> None:
    with shared.client() as client:
        path = f"/login?next={quote(asked, safe='')}"
        goes = client.post(path, data={"token": ANNE}).headers["location"]
        assert httpx.URL(goes) == httpx.URL(asked)


@pytest.mark.parametrize("asked", ELSEWHERE)
def test_a_place_elsewhere_is_not_gone_to(shared: Server, asked: str) -> None:
    assert place_here(asked) == "/"
    with shared.client() as client:
        path = f"/login?next={quote(asked, safe='')}"
        assert client.post(path, data={"token": ANNE}).headers["location"] == "/"
        assert client.get(path).headers["location"] == "/"  # of whom is in already


@pytest.mark.parametrize(
    "place",
    ["/?collection=Shapes", "/docs#tag-sessions", "/s/a%20trip%20%26%20more?x=1&y=a%2Fb#turn-2"],
)
def test_a_browser_comes_to_the_page_it_asked_for_and_goes_out_again(
    page: Page, shared: Server, place: str
) -> None:
    with shared.client(headers={"authorization": f"Bearer {ANNE}"}) as client:
        client.post("/api/sessions", json={"collection": "Shapes", "name": "a trip & more"})
    page.goto(f"{shared.url}{place}")
    enter(page, "a-token-of-nobody-here")
    expect(page.get_by_role("alert")).to_be_visible()
    enter(page, ANNE)
    expect(page).to_have_url(f"{shared.url}{place}")
    page.goto(f"{shared.url}/")
    expect(page.locator(".card")).to_have_count(12)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    assert not page.context.cookies(shared.url)
    page.go_back()
    expect(page.get_by_label("Token")).to_be_visible()


def test_a_page_that_was_signed_out_elsewhere_asks_for_the_token(
    page: Page, shared: Server
) -> None:
    page.goto(f"{shared.url}/?collection=Shapes")
    enter(page, ANNE)
    expect(page.locator(".card")).to_have_count(12)
    (cookie,) = page.context.cookies(shared.url)
    sent = SimpleCookie({cookie["name"]: cookie["value"]}).output(header="", sep=";").strip()
    httpx.delete(f"{shared.url}/api/v1/sign-ins", headers={"cookie": sent})
    page.locator("#said").fill("circle")
    page.keyboard.press("Enter")
    enter(page, ANNE)
    expect(page).to_have_url(f"{shared.url}/?collection=Shapes")
