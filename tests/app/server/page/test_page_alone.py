"""What a person typed outlives a server that is away and a sign-in that ended; Back goes back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app.server.page.test_page import browser, holds
from tests.app.server.running import Server, running

__all__ = ["browser"]
TOKEN = "token-of-the-only-user"


@pytest.fixture(scope="module")
def server(server_home: Callable[[], Path]) -> Iterator[Server]:
    with running(server_home(), token=TOKEN) as started:
        yield started


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(30_000)
    opened = context.new_page()
    opened.goto(server.url)
    enter(opened)
    yield opened
    context.close()


def enter(page: Page) -> None:
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Say what you look for")).to_be_enabled()


def test_back_after_the_first_search_leads_to_the_page_before_it(
    page: Page, server: Server
) -> None:
    page.get_by_label("Say what you look for").fill("circle")
    page.keyboard.press("Enter")
    holds(page, "circle")
    found = page.url
    assert "/s/" in found
    page.go_back()
    expect(page).to_have_url(f"{server.url}/")
    expect(page.locator(".understood")).to_have_count(0)
    page.go_forward()
    expect(page).to_have_url(found)
    holds(page, "circle")


def test_words_outlive_a_sign_in_that_ended_elsewhere(page: Page, server: Server) -> None:
    said = page.get_by_label("Say what you look for")
    said.fill("a circle that took long to describe")
    with server.client(headers={"authorization": f"Bearer {TOKEN}"}) as client:
        assert client.delete("/api/v1/sign-ins").status_code == 204
    page.keyboard.press("Enter")
    enter(page)
    expect(said).to_have_value("a circle that took long to describe")


def test_words_outlive_a_server_that_does_not_answer(page: Page, server: Server) -> None:
    said = page.get_by_label("Say what you look for")
    said.fill("circle")
    server.stop()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("The server does not answer")
    expect(said).to_have_value("circle")
    with running(server.home, token=TOKEN, port=int(server.url.rpartition(":")[2])):
        said.press("Enter")
        holds(page, "circle")
        expect(said).to_have_value("")
