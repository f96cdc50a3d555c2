"""Pages of other sites learn nothing of this server, not even by how long it takes to refuse."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.app.server.running import Server, running
from tests.app.server.security.test_signing_in import browser, enter, page

__all__ = ["browser", "page"]
TOKEN = "a-token-of-the-owner-01"
CROSS = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
ASKED = (
    ("no-cors", "image"),
    ("no-cors", "script"),
    ("cors", "empty"),
    ("navigate", "iframe"),
    ("navigate", "object"),
    ("no-cors", ""),
)
PATHS = (
    "/",
    "/health",
    "/static/page.css",
    "/openapi.json",
    "/api/v1/collections",
    "/api/v1/collections/Shapes",
    "/api/v1/collections/None",
    "/api/v1/sessions/none",
    "/s/none",
    "/v1/models",
)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_sites_page_asks_for_is_refused_whether_it_is_there_or_not(
    api: httpx.Client, site: str
) -> None:
    for path, (mode, dest) in product(PATHS, ASKED):
        told = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        answer = api.get(path, headers=told)
        assert answer.status_code == 403
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "other sites" in answer.text and "Shapes" not in answer.text


def test_a_link_that_is_followed_from_another_site_leads_here(api: httpx.Client) -> None:
    followed = CROSS | {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert api.get("/", headers=followed).status_code == 200
    assert api.post("/api/v1/sessions", json={}, headers=followed).status_code == 403


def test_a_person_who_is_signed_in_follows_a_link_of_another_site_and_stays_so(
    page: Page, server_home: Callable[[], Path], elsewhere: str
) -> None:
    """And no form of that site changes anything."""
    with running(server_home(), token=TOKEN) as server:
        page.goto(server.url)
        enter(page, TOKEN)
        expect(page.locator(".card")).to_have_count(12)
        for path in ("/?collection=Shapes", "/openapi.json"):
            page.goto(elsewhere)
            page.set_content(f"<a href='{server.url}{path}'>There</a>")
            with page.expect_response(f"{server.url}{path}") as led:
                page.click("a")
            assert led.value.status == 200
        for action in ("/logout", "/api/v1/sessions", "/page/x/turns"):
            page.goto(elsewhere)
            page.set_content(f"<form method=post action='{server.url}{action}'><button>Do</form>")
            with page.expect_response(f"{server.url}{action}") as led:
                page.click("button")
            assert led.value.status == 403
        page.goto(server.url)
        expect(page.locator(".card")).to_have_count(12)


def test_nothing_is_looked_up_for_another_site(api: httpx.Client, served: Server) -> None:
    """What is there is worked on; for another site neither that nor what is not there is."""
    for path in ("/api/v1/collections/Shapes/pictures", "/api/v1/collections/None/pictures"):
        api.get(path, headers=CROSS)
    figures = api.get("/metrics").text
    assert 'route="other",status="403"' in figures
    assert 'pictures",status="403"' not in figures


@pytest.fixture
def link(api: httpx.Client) -> str:
    asked = {"model": "Shapes", "messages": [{"role": "user", "content": "a red circle"}]}
    told = api.post("/v1/chat/completions", json=asked).json()["choices"][0]["message"]["content"]
    return str(told.split("](", 1)[1].split(")", 1)[0])


def test_a_link_that_a_chat_was_given_shows_its_picture_there(api: httpx.Client, link: str) -> None:
    shown = api.get(link, headers=CROSS)
    assert shown.status_code == 200
    assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
    bare = link.split("&key=")[0]
    assert api.get(bare, headers=CROSS).status_code == 403
    assert api.get(bare).headers["cross-origin-resource-policy"] == "same-origin"
    assert api.get(link[:-1] + ("0" if link[-1] != "0" else "1"), headers=CROSS).status_code == 403


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another site, whose page is empty."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()


def test_a_hostile_page_in_a_browser_sees_no_picture_and_a_chat_sees_its_own(
    page: Page, served: Server, link: str, elsewhere: str
) -> None:
    page.goto(elsewhere)
    loads = """url => new Promise(tell => {
        const one = new Image(); one.onload = () => tell(true); one.onerror = () => tell(false);
        one.src = url; })"""
    assert page.evaluate(loads, link) is True
    assert page.evaluate(loads, link.split("&key=")[0]) is False
    fetched = "url => fetch(url, {mode: 'no-cors'}).then(() => true, () => false)"
    for name in ("Shapes", "None"):
        assert page.evaluate(fetched, f"{served.url}/api/v1/collections/{name}") is False
