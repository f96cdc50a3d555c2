"""Chromium as a person's browser, and axe-core to look at what it shows."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = "axe-core@4.11.0"
expect.set_options(timeout=30_000)  # milliseconds: other tests may have the cores


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """Start the Chromium of this machine; skip the test where there is none."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        pytest.skip("no Chromium on this machine; on Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *options])
        yield browser
        browser.close()


def axe(cache: Path) -> Path:
    """Return axe-core's script, from npm the first time."""
    script = cache / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        if not shutil.which("npm"):
            pytest.skip("no npm on this machine, which axe-core comes from")
        command = ["npm", "install", "--no-save", "--prefix", str(cache), AXE]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return script


def serious(page: Page, script: Path) -> list[str]:
    """Return the violations that axe calls serious or critical, each with where it is."""
    page.evaluate(script.read_text())  # a script tag would break the page's own policy
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
