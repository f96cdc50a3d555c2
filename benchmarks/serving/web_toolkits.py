"""Our page and a Gradio page over the same engine: what a browser loads, how soon, how accessible.

Both search the Tux Paint stamps with the offline encoder, show twelve pictures and keep a
conversation. Gradio's has a Chatbot, a Gallery and a Textbox, the components that it offers for
this, and none of: chips, verdicts on pictures, undo, branches, a picture's why.

    pip install 'gradio>=6.16,<7' playwright; npm install --prefix FOLDER axe-core
    python -m benchmarks.serving.web_toolkits FOLDER/node_modules/axe-core/axe.min.js
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

SIZE: ViewportSize = {"width": 1280, "height": 800}
WORDS = ("a dog", "a red car", "a ship", "an apple", "a bird", "a house", "a train", "a flower")
STAMPS = Path("/usr/share/tuxpaint/stamps")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"]
GRADIO = """
import sys
import gradio
from agent.conversation.session import Session
from app.library.query_options import opened_collection
from app.library.library import conversations
from app.output.small_pictures import shrunk
from retrievers.search.searcher import Searcher

with opened_collection("stamps") as opened:
    session = conversations.begin(
        None, "stamps", Searcher(opened.collection, opened.encoder), page=12, writers={}
    )
    def answer(said, history):
        turn = session.ask(said)
        pictures = [(shrunk(hit.picture, 320), str(hit.rank)) for hit in turn.hits]
        history = [*history, {"role": "user", "content": said},
                   {"role": "assistant", "content": turn.understood}]
        return "", history, pictures
    with gradio.Blocks(title="dialens") as page:
        with gradio.Row():
            with gradio.Column():
                chatbot = gradio.Chatbot(label="Conversation")
                said = gradio.Textbox(label="Say what you look for")
            gallery = gradio.Gallery(label="Pictures", columns=4)
        said.submit(answer, [said, chatbot], [said, chatbot, gallery])
    page.launch(server_port=int(sys.argv[1]), quiet=True)
"""
SHOWN = "s => [...document.querySelectorAll(s)].map((one) => one.src).join()"
OURS = {"field": "Say what you look for", "picture": "#results .card img"}
THEIRS = {"field": "Say what you look for", "picture": "img"}


@contextmanager
def served(command: list[str], port: int) -> Iterator[float]:
    """Run a server; gives the seconds until it answered."""
    begin = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while perf_counter() - begin < 120:
            try:
                urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            except OSError:
                sleep(0.05)
        yield perf_counter() - begin
    finally:
        process.kill()
        process.wait()


def looked_at(browser: Browser, url: str, where: dict[str, str], axe: str) -> dict[str, float]:
    """Load the page, search, and count what was loaded and what axe finds."""
    page = browser.new_context(viewport=SIZE, bypass_csp=True).new_page()
    loaded: list[int] = []
    page.on("requestfinished", lambda one: loaded.append(one.sizes()["responseBodySize"]))
    begin = perf_counter()
    page.goto(url)
    page.get_by_label(where["field"]).first.wait_for()
    ready = perf_counter() - begin
    page.wait_for_load_state("networkidle")
    code, requests = sum(loaded), len(loaded)
    took = [searched(page, where, words) for words in WORDS]
    page.evaluate(axe)
    found = page.evaluate("axe.run()")["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    return {
        "until it can be typed into, s": ready,
        "loaded before the first search, kB": code / 1000,
        "requests before the first search": requests,
        "from Enter to the pictures, ms": 1000 * median(took[1:]),
        "serious violations (axe)": sum(len(one["nodes"]) for one in bad),
    }


def searched(page: Page, where: dict[str, str], words: str) -> float:
    """Return the seconds from Enter to other pictures that are complete."""
    field = page.get_by_label(where["field"]).first
    field.fill(words)
    old = page.evaluate(SHOWN, where["picture"])
    begin = perf_counter()
    field.press("Enter")
    page.wait_for_function(
        f"""([s, old]) => {{
          const all = [...document.querySelectorAll(s)];
          return all.length && ({SHOWN})(s) !== old && all.every((one) => one.complete);
        }}""",
        arg=[where["picture"], old],
    )
    return perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("axe", type=Path)
    axe = parser.parse_args().axe.read_text()
    dialens = [sys.executable, "-m", "app.cli"]
    with TemporaryDirectory() as folder:
        own = Path(folder)
        if models := os.environ.get("DIALENS_HOME"):
            (own / "models").symlink_to(Path(models) / "models")
        os.environ["DIALENS_HOME"] = folder
        subprocess.run([*dialens, "index", str(STAMPS), "--name", "stamps"], check=True)
        (own / "page.py").write_text(GRADIO)
        servers = {
            "dialens": ([*dialens, "serve", "--port", "8871"], 8871, OURS),
            "Gradio": ([sys.executable, str(own / "page.py"), "8872"], 8872, THEIRS),
        }
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS
            )
            found = {}
            for name, (command, port, where) in servers.items():
                with served(command, port) as seconds:
                    url = f"http://127.0.0.1:{port}/"
                    measured = looked_at(browser, url, where, axe)
                    found[name] = {"until the server answers, s": seconds, **measured}
            browser.close()
    print("| | dialens | Gradio | ratio |\n|---|---|---|---|")
    for what, ours in found["dialens"].items():
        theirs = found["Gradio"][what]
        ratio = f"{theirs / ours:.1f}" if ours else ""
        print(f"| {what} | {ours:.3g} | {theirs:.3g} | {ratio} |")


if __name__ == "__main__":
    main()
