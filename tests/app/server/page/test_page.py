"""The page does what a person wants of it, in a real browser, against a real server."""

import base64
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.app.server.browser import axe, chromium, serious
from tests.app.server.running import Server, running
from tests.app.server.state.offered_readings import offered

DROP = """async ([data, name]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "image/png" }));
  const options = { dataTransfer: carried, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent("dragover", options));
  document.body.dispatchEvent(new DragEvent("drop", options));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, served: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.goto(served.url)
    yield opened
    context.close()
    assert wrong == []


def say(page: Page, words: str, understood: str) -> None:
    page.get_by_label("Say what you look for").fill(words)
    page.keyboard.press("Enter")
    holds(page, understood)


def holds(page: Page, understood: str) -> None:
    """Wait until that is what is asked for, and all pictures of it have come."""
    current = page.locator('li[aria-current="step"] .understood')
    expect(current).to_have_text(understood)
    expect(page.locator('.gallery[aria-busy="false"]')).to_be_visible()


def names(page: Page) -> list[str]:
    alts = page.locator(".card img").evaluate_all("all => all.map((one) => one.alt)")
    return [found[1] for alt in alts if (found := re.search(r": (\w+)\.jpg", alt))]


def test_a_person_searches_refines_likes_and_undoes(page: Page) -> None:
    expect(page.locator(".card")).to_have_count(12)
    say(page, "circle", "circle")
    assert {name.split("_")[1] for name in names(page)[:4]} == {"circle"}
    say(page, "no red", "circle; not red")
    assert names(page)[0] != "red_circle"
    page.get_by_role("button", name="Like 2", exact=True).click()
    holds(page, "circle; not red; like 1 picture")
    expect(page.locator(".card.liked")).to_have_count(1)
    page.get_by_role("button", name="Not this 3", exact=True).click()
    holds(page, "circle; not red; like 1 picture; unlike 1 picture")
    page.get_by_role("button", name="Undo").click()
    holds(page, "circle; not red; like 1 picture")
    page.get_by_role("button", name="Undo").click()
    holds(page, "circle; not red")
    page.get_by_role("button", name="Go on from here turn 3").click()
    holds(page, "circle; not red; like 1 picture")


def test_chips_are_edited_and_dropped(page: Page) -> None:
    say(page, "circle", "circle")
    say(page, "red", "circle + red")
    page.get_by_label("Change: red").fill("yellow")
    page.keyboard.press("Enter")
    holds(page, "circle + yellow")
    assert names(page)[0] == "yellow_circle"
    page.get_by_role("button", name="Drop: circle").click()
    holds(page, "yellow")


@pytest.mark.parametrize("button", ["More like 2", "Show more", "Like 3"])
def test_a_double_click_is_one_turn_of_anything_but_undo(page: Page, button: str) -> None:
    say(page, "circle", "circle")
    page.get_by_role("button", name=button, exact=True).dblclick()
    expect(page.locator("#talk li")).to_have_count(2)
    page.wait_for_timeout(300)
    expect(page.locator("#talk li")).to_have_count(2)


def test_a_double_click_on_undo_goes_back_twice(page: Page) -> None:
    say(page, "circle", "circle")
    say(page, "red", "circle + red")
    say(page, "large", "circle + red + large")
    page.get_by_role("button", name="Undo").dblclick()
    holds(page, "circle")


def test_words_that_are_being_written_outlive_a_reload_at_their_own_place(page: Page) -> None:
    said = page.get_by_label("Say what you look for")
    said.fill("half a sen")
    page.reload()
    expect(said).to_have_value("half a sen")
    say(page, "circle", "circle")
    expect(said).to_have_value("")
    page.reload()
    expect(said).to_have_value("")
    said.fill("and the other ha")
    page.reload()
    expect(said).to_have_value("and the other ha")
    page.get_by_text("Conversations").click()
    page.get_by_role("link", name="New conversation").click()
    expect(said).to_be_enabled()
    expect(said).to_have_value("")


def test_back_from_another_collection_shows_the_first_one_and_says_so(
    page: Page, server_home: Callable[[], Path]
) -> None:
    home = server_home()
    shutil.copytree(home / "collections" / "Shapes", home / "collections" / "Others")
    with running(home) as server:
        page.goto(f"{server.url}/?collection=Shapes")
        say(page, "circle", "circle")
        chosen = page.get_by_label("Collection")
        chosen.select_option("Others")
        expect(page).to_have_url(f"{server.url}/?collection=Others")
        for _ in range(2):
            page.go_back()
            holds(page, "circle")
            expect(chosen).to_have_value("Shapes")
            page.go_forward()
            expect(page).to_have_url(f"{server.url}/?collection=Others")
            expect(chosen).to_have_value("Others")


def test_a_picture_is_dropped_on_the_page(page: Page, tmp_path: Path) -> None:

    Image.new("RGB", (64, 64), (20, 40, 200)).save(tmp_path / "blue.png")
    data = base64.b64encode((tmp_path / "blue.png").read_bytes()).decode()
    page.evaluate(DROP, [data, "blue.png"])
    holds(page, "like your picture")
    assert names(page)[0] == "blue_plain"
    expect(page.locator(".chip.example img")).to_be_visible()


def test_a_click_shows_a_picture_large_with_its_why(page: Page) -> None:
    say(page, "red circle", "red circle")
    page.locator(".card .open").first.click()
    large = page.get_by_role("dialog")
    expect(large.get_by_role("heading", name="1. red_circle.jpg")).to_be_visible()
    expect(large.get_by_role("cell").first).to_be_visible()
    expect(large).to_contain_text("Words found: red, circle")
    expect(large).to_contain_text("240 × 180")
    page.keyboard.press("ArrowRight")
    expect(large.get_by_role("heading", level=2)).to_contain_text("2. ")
    page.keyboard.press("Escape")
    expect(large).not_to_be_visible()


def test_a_question_is_answered_by_a_thumbnail(page: Page) -> None:
    page.get_by_label("Stages").select_option("asks back")
    say(page, "a shape", "a shape")
    page.get_by_role("group", name="Which of these is closest?").get_by_role("button").first.click()
    holds(page, "a shape; like 1 picture")


def test_chips_show_what_the_last_words_changed(page: Page) -> None:
    say(page, "red circle", "red circle")
    say(page, "no blue", "red circle; not blue")
    expect(page.locator(".chip.added input")).to_have_value("blue")
    chip = page.get_by_label("Change: red circle")
    chip.fill("yellow circle")
    chip.press("Enter")
    holds(page, "yellow circle; not blue")
    expect(page.locator(".chip.changed del")).to_have_text("red circle")
    expect(page.locator(".chip.added")).to_have_count(0)
    page.get_by_role("button", name="Drop: not blue").click()
    holds(page, "yellow circle")
    expect(page.locator(".chip.dropped del")).to_have_text("not blue")


def test_a_reading_is_taken_by_a_button(page: Page, served: Server) -> None:
    offered(served.home, "read on the page")
    page.goto(f"{served.url}/s/read on the page")
    asked = page.get_by_role("group", name="What do you mean?")
    expect(asked.get_by_role("button")).to_have_text(
        ["1 only portraits", "2 a portrait of someone"]
    )
    asked.get_by_role("button").nth(1).click()
    holds(page, "circle + a portrait")
    expect(asked).to_have_count(0)


def test_a_folder_becomes_a_collection_while_one_looks_on(page: Page, shapes: Path) -> None:
    page.get_by_text("Pictures", exact=True).click()
    page.get_by_label("Folder").fill(str(shapes / "stripes"))
    page.get_by_label("Name").fill("Only stripes")
    page.get_by_role("button", name="Make a collection").click()
    expect(page.locator("#progress")).to_contain_text("Only stripes: done, 4 of 4 files")
    page.get_by_role("link", name="Look at it").click()
    expect(page.locator(".card")).to_have_count(4)


def test_the_keyboard_does_it_all(page: Page) -> None:
    page.locator("body").press("/")
    page.keyboard.type("circle")
    page.keyboard.press("Enter")
    holds(page, "circle")
    page.locator(".card .open").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    holds(page, "circle; like 1 picture")
    page.locator(".card .open").first.focus()
    page.keyboard.press("u")
    holds(page, "circle")


def test_a_conversation_goes_on_after_the_server_was_restarted(
    browser: Browser, server_home: Callable[[], Path]
) -> None:
    home = server_home()
    context = browser.new_context()
    page = context.new_page()
    with running(home) as server:
        page.goto(server.url)
        say(page, "circle", "circle")
        page.get_by_text("Conversations").click()
        page.reload()
        page.get_by_text("Conversations").click()
        page.get_by_label("Name").first.fill("my shapes")
        page.get_by_role("button", name="Rename").click()
        page.wait_for_url("**/s/my%20shapes")
        server.stop()
        with running(home, port=int(server.url.rpartition(":")[2])) as again:
            page.goto(again.url)
            page.get_by_text("Conversations").click()
            page.get_by_role("link", name="my shapes").click()
            holds(page, "circle")
            say(page, "red", "circle + red")
    context.close()


def test_the_first_pictures_come_within_300_ms_of_the_search_itself(page: Page) -> None:
    say(page, "circle", "circle")
    over = []
    for words in ("red", "large", "drawn", "on white", "bright"):
        page.evaluate(
            """words => {
              document.getElementById("said").value = words;
              const begin = performance.now();
              window.came = new Promise((tell) => new MutationObserver(() => {
                tell(performance.now() - begin);
              }).observe(document.getElementById("results"), { childList: true }));
              document.getElementById("say").requestSubmit();
            }""",
            words,
        )
        came = page.evaluate("window.came")
        expect(page.locator('li[aria-current="step"] .said')).to_contain_text(words)
        session = page.evaluate("document.body.dataset.session")
        turns = page.request.get(f"{page.url.split('/s/')[0]}/api/sessions/{session}").json()
        over.append(came - 1000 * sum(turns["turns"][-1]["seconds"].values()))
    assert sorted(over)[len(over) // 2] < 300


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_serious_violation(
    page: Page, pytestconfig: pytest.Config, colours: str, width: int
) -> None:
    script = axe(Path(str(pytestconfig.cache.mkdir("axe"))))
    page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    assert serious(page, script) == []
    page.get_by_label("Stages").select_option("asks back")
    say(page, "a shape", "a shape")
    page.get_by_role("button", name="Like 1", exact=True).click()
    holds(page, "a shape; like 1 picture")
    page.get_by_text("Conversations").click()
    assert serious(page, script) == []
    page.get_by_text("Conversations").click()
    page.locator(".card .open").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious(page, script) == []


def test_nothing_of_the_page_comes_from_elsewhere(browser: Browser, served: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda asked: hosts.add(asked.url.split("/")[2]))
    page.goto(served.url)
    say(page, "circle", "circle")
    context.close()
    assert hosts == {served.url.removeprefix("http://")}


def test_a_saved_list_is_downloaded_by_a_link_in_the_talk(page: Page) -> None:
    say(page, "red circle", "red circle")
    shown = names(page)
    page.get_by_label("Say what you look for").fill("save the first two as trip")
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="Download trip")
    with page.expect_download() as started:
        link.click()
    assert started.value.suggested_filename == "trip.txt"
    assert len(Path(started.value.path()).read_text().splitlines()) == 2
    holds(page, "red circle")
    assert names(page) == shown
