"""What is saved from a server has its own name: in a browser, by curl, and for any other client."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.library.indexing import index
from app.server.http.downloads import attachment
from tests.app.server.browser import chromium
from tests.app.server.running import Server, running

NAMES = {  # on the disk: what it is saved as, by who reads the whole name and who reads ASCII only
    'a "quoted" name.jpg': ('a "quoted" name.jpg', "a _quoted_ name.jpg"),
    "Käse; 東京.jpg": ("Käse; 東京.jpg", "Kase_ __.jpg"),
    "東京.jpg": ("東京.jpg", "__.jpg"),
    "東京\u3000タワー.jpg": ("東京\u3000タワー.jpg", None),
    "می\u200cروم.jpg": ("می\u200cروم.jpg", None),
    "100% %41.jpg": ("100% %41.jpg", "100_ _41.jpg"),
    "a\nb\r\nset-cookie: c=d.jpg": ("a_b__set-cookie: c=d.jpg", "a_b__set-cookie_ c=d.jpg"),
    "back\\slash'.jpg": ("back_slash'.jpg", "back_slash_.jpg"),
    "to\u202egpj.jpg": ("to_gpj.jpg", "to_gpj.jpg"),
    "filename*=UTF-8''x.jpg": ("filename*=UTF-8''x.jpg", "filename_=UTF-8__x.jpg"),
}
FORBIDDEN = re.compile('["*:<>?|~%\u200c]')  # which browsers themselves replace


@pytest.fixture(scope="module")
def odd(
    server_home: Callable[[], Path], shapes: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with a collection of pictures of odd names."""
    folder = tmp_path_factory.mktemp("odd") / "Odd"
    folder.mkdir()
    for name, path in zip(NAMES, sorted(shapes.glob("*/*.jpg")), strict=False):
        shutil.copy(path, folder / name)
    home = server_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        index(folder, name="Odd", include=None, exclude=None, models=None, retry_failed=False)
    with running(home) as server, server.client() as api:
        api.post("/api/v1/sessions", json={"collection": "Odd", "name": "Ein Käse"})
        api.post("/api/v1/sessions/Ein Käse/turns", json={"said": "red"})
        yield server


def files(api: httpx.Client) -> list[str]:
    listed = api.get("/api/v1/collections/Odd/pictures").json()["pictures"]
    return [one["image"].removesuffix("/image") + "/file" for one in listed]


def test_a_file_is_sent_with_its_own_name(odd: Server) -> None:
    with odd.client() as api:
        headers = [api.get(one).headers["content-disposition"] for one in files(api)]
        assert {named(one) for one in headers} == {whole for whole, _ in NAMES.values()}
        for form, name in (("markdown", "Ein Käse.md"), ("json", "Ein Käse.json")):
            told = api.get("/api/v1/sessions/Ein Käse/export", params={"form": form})
            assert named(told.headers["content-disposition"]) == name


def test_curl_saves_each_file_under_a_name_that_can_be_read(odd: Server, tmp_path: Path) -> None:
    if not (curl := shutil.which("curl")):
        pytest.skip("no curl on this machine")
    with odd.client() as api:
        export = "/api/v1/sessions/Ein%20K%C3%A4se/export"
        addresses = [f"{odd.url}{one}" for one in (*files(api), export)]
    command = [curl, "--silent", "--show-error", "--fail", "--remote-name-all", "-J", *addresses]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    saved = {one.name for one in tmp_path.iterdir()}
    assert {plain for _, plain in NAMES.values() if plain} | {"Ein Kase.md"} <= saved
    assert len(saved) == len(NAMES) + 1  # none over another, none hidden
    assert not [one for one in saved if one.startswith(".")]


def test_a_browser_saves_each_file_under_its_own_name(odd: Server) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{odd.url}/s/Ein%20K%C3%A4se")
        saved = set()
        for at in range(len(NAMES)):
            page.locator(".card .open").nth(at).click()
            with page.expect_download() as told:
                page.get_by_role("link", name="Save the file").click()
            saved.add(told.value.suggested_filename)
            page.keyboard.press("Escape")
        assert {as_kept(one) for one in saved} == {as_kept(whole) for whole, _ in NAMES.values()}
        page.get_by_text("Conversations").click()
        for form, end in (("markdown", "md"), ("html", "html"), ("json", "json")):
            with page.expect_download() as told:
                page.get_by_role("link", name=form, exact=True).click()
            assert told.value.suggested_filename == f"Ein Käse.{end}"


def as_kept(name: str) -> str:
    return FORBIDDEN.sub("_", normalize("NFC", name))


def named(header: str) -> str:
    match = re.fullmatch(r'attachment; filename="([ -!#-~]*)"; filename\*=UTF-8\'\'(\S+)', header)
    assert match, header
    return unquote(match[2], errors="strict")


@given(name=st.text(max_size=60))
@settings(max_examples=200)
def test_any_name_makes_a_header_of_one_line_of_ascii(name: str) -> None:
    (header,) = attachment(name).values()
    assert header.isascii() and header.isprintable()
    assert not set(named(header)) & set("/\\")
