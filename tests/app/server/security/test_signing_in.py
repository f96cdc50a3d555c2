"""A person with a token signs in with a real browser, and nobody else's page signs in for them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app.server.browser import chromium
from tests.app.server.page.test_page import holds, say
from tests.app.server.running import Server, running

PLAIN, ODD = "token-of-anne-000001", 'päss "w; ö, r=t% ✓ 東京'
NAME = "photos.example.org"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module", params=[PLAIN, ODD], ids=["plain", "odd"])
def token(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def guarded(token: str, server_home: Callable[[], Path]) -> Iterator[Server]:
    with running(server_home(), "--name", NAME, token=token) as server:
        yield server


def enter(page: Page, token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Enter").click()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", NAME])  # the last one without https
def test_the_right_token_lets_a_browser_in_and_it_stays_in(
    page: Page, guarded: Server, token: str, host: str
) -> None:
    page.goto(guarded.url.replace("127.0.0.1", host))
    enter(page, "a-token-of-nobody-here")
    expect(page.get_by_role("alert")).to_have_text("No user has this token.")
    enter(page, token)
    expect(page.locator(".card")).to_have_count(12)
    say(page, "circle", "circle")
    page.reload()
    holds(page, "circle")


def test_back_after_a_wrong_and_then_a_right_token_leads_to_a_page(
    page: Page, guarded: Server, token: str
) -> None:
    page.goto(f"{guarded.url}/?collection=Shapes")
    for wrong in ("a-token-of-nobody-here", "another-of-nobody-too"):
        enter(page, wrong)
        expect(page.get_by_role("alert")).to_have_text("No user has this token.")
    enter(page, token)
    expect(page.locator(".card")).to_have_count(12)
    expect(page).to_have_url(f"{guarded.url}/?collection=Shapes")
    page.go_back()  # ERR_CACHE_MISS where what was sent is to be sent again
    expect(page.locator(".card")).to_have_count(12)


FORM = (
    """<form method=post target=_top action="{url}/login"><input name=token value={token}></form>"""
)
SENT = FORM + "<script>document.forms[0].submit()</script>"
HIDING = "<meta name=referrer content=no-referrer>"  # which makes the Origin null
FRAMED = (
    """<iframe sandbox="allow-forms allow-scripts allow-top-navigation" srcdoc='{}'></iframe>"""
)


@pytest.mark.parametrize("html", [SENT, HIDING + SENT, FRAMED.format(SENT)])
def test_a_page_of_another_site_signs_nobody_in(page: Page, guarded: Server, html: str) -> None:
    evil = html.format(url=guarded.url, token=PLAIN)
    page.route(
        "http://evil.example/", lambda route: route.fulfill(body=evil, content_type="text/html")
    )
    with page.expect_response(f"{guarded.url}/login") as told:
        page.goto("http://evil.example/", wait_until="commit")
    assert told.value.status == 403
    assert not page.context.cookies(guarded.url)
