"""Take the pictures of the web page: wide, narrow and dark.

Run: python -m docs.make_page_pictures   # after `make demo`, with the extra `serve` and playwright
"""

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from app.demo.demonstration import NAME
from retrievers.files.home import dialens_home

PICTURES = Path(__file__).parent / "pictures"
SAID = ("a big cat", "not the first one", "outdoors")


def main() -> None:
    with TemporaryDirectory() as home:
        for shared in ("collections", "models"):
            (Path(home) / shared).symlink_to(dialens_home() / shared)
        command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "-k", "5"]
        own = {**os.environ, "DIALENS_HOME": home}
        with subprocess.Popen(command, env=own, stderr=subprocess.PIPE, text=True) as server:
            assert server.stderr
            found = re.search(r"http://\S+/", server.stderr.readline())
            assert found
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                )
                page = browser.new_page(viewport={"width": 1100, "height": 680})
                talk(page, found[0])
                save(page, "page")
                page.emulate_media(color_scheme="dark")
                page.locator(".card .open").first.click()
                page.get_by_role("dialog").get_by_role("heading", level=2).wait_for()
                save(page, "page-dark")
                page.keyboard.press("Escape")
                page.emulate_media(color_scheme="light")
                page.set_viewport_size({"width": 390, "height": 680})
                save(page, "page-narrow")
                browser.close()
            server.terminate()


def talk(page: Page, url: str) -> None:
    """Hold a conversation and judge a picture."""
    page.goto(f"{url}?collection={NAME}")
    page.get_by_label("Stages").select_option("asks back")
    for number, words in enumerate(SAID, start=1):
        page.get_by_label("Say what you look for").fill(words)
        page.keyboard.press("Enter")
        page.locator(".talk li").nth(number - 1).wait_for()
        page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Like 2", exact=True).click()
    page.locator(".card.liked").wait_for()


def save(page: Page, name: str) -> None:
    """Write what the page shows, small."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    shot = Image.open(BytesIO(page.screenshot()))
    shot.convert("RGB").save(PICTURES / f"{name}.webp", quality=60, method=6)


if __name__ == "__main__":
    main()
