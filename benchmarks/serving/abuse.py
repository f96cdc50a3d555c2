"""The heaviest single requests that we know, each against a server that twenty people use.

Twenty clients search and look at pictures, with pauses; one hostile request, or one volley of them,
comes at a time. Told of each: the slowest /health while it lasted, the memory above idle, and
whether everyone else was served; the first row is what the twenty cost alone. To compare commits:

    git worktree add ../before COMMIT
    python -m benchmarks.serving.abuse --tree ../before --tree .
"""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import sleep

import httpx

from benchmarks.serving.hostile_requests import requests
from benchmarks.serving.served_tree import served
from retrievers.files.home import dialens_home
from tests.app.server.running import draw

ROOT = Path(__file__).parents[2]
PEOPLE = 20


@dataclass
class Seen:
    """What was noticed while one request was at work."""

    served: int = 0
    full: int = 0
    failed: int = 0
    peak: int = 0


async def person(url: str, at: int, over: asyncio.Event, seen: Seen) -> None:
    """Search, with a pause after each; they come one after the other within a second."""
    await asyncio.sleep(at / PEOPLE)
    async with httpx.AsyncClient(base_url=url, timeout=30, verify=False) as client:
        while not over.is_set():
            words = ("a red circle", "stripes", "something blue")[at % 3]
            try:
                answer = await client.post(
                    "/api/v1/collections/Shapes/search", json={"text": words, "k": 4}
                )
                seen.served += answer.status_code == 200
                seen.full += answer.status_code == 503
                seen.failed += answer.status_code not in (200, 503)
            except httpx.TransportError:
                seen.failed += 1
            at += 1
            await asyncio.sleep(1)


@contextmanager
def watched(url: str) -> Iterator[list[float]]:
    """Ask for /health all the while; what each answer took is there at the end."""
    command = [sys.executable, "-m", "benchmarks.serving.health_watch", url.rpartition("/")[2]]
    pipe = subprocess.PIPE
    seconds: list[float] = []
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield seconds
        seconds += map(float, process.communicate()[0].split())


async def weighed(process: int, over: asyncio.Event, seen: Seen) -> None:
    """Note the most memory."""
    while not over.is_set():
        seen.peak = max(seen.peak, resident(process))
        await asyncio.sleep(0.1)


async def under(url: str, process: int, ask: Callable[[str], None], seconds: float) -> Seen:
    """Return what is seen from before a hostile request until it is over."""
    seen, over = Seen(), asyncio.Event()
    crowd = [asyncio.create_task(person(url, n, over, seen)) for n in range(PEOPLE)]
    crowd.append(asyncio.create_task(weighed(process, over, seen)))
    await asyncio.sleep(seconds / 4)
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(ask, url), 60)
    await asyncio.sleep(seconds / 2)
    over.set()
    await asyncio.gather(*crowd)
    return seen


def resident(process: int) -> int:
    """Return the bytes of memory of a process and its children."""
    found, pages = [process], 0
    for one in found:
        with suppress(OSError):
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
            children = Path(f"/proc/{one}/task/{one}/children").read_text()
            found += map(int, children.split())
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--only", default="", help="requests whose names hold this")
    parser.add_argument(
        "--tree", type=Path, action="append", help="whose server is run; of several, in turns"
    )
    given = parser.parse_args()
    trees = [tree.resolve() for tree in given.tree or [ROOT]]
    print(
        "| request | tree | slowest /health, ms | median | MB above idle | served | 503 | failed |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with TemporaryDirectory() as folder:
        home = indexed(Path(folder), trees[0])
        for name, ask in requests().items():
            for tree in trees if given.only in name else ():
                with served(tree, home) as (url, process):
                    begin(url)
                    idle = resident(process)
                    with watched(url) as health:
                        seen = asyncio.run(under(url, process, ask, given.seconds))
                print(
                    f"| {name} | {tree.name} | {1000 * max(health):.0f}"
                    f" | {1000 * median(health):.0f} | {(seen.peak - idle) / 1e6:.0f}"
                    f" | {seen.served} | {seen.full} | {seen.failed} |",
                    flush=True,
                )


def begin(url: str) -> None:
    """Begin a conversation to be hostile in."""
    sleep(2)
    body = {"collection": "Shapes", "name": "hostile"}
    httpx.post(f"{url}/api/v1/sessions", json=body, timeout=60)
    httpx.post(f"{url}/api/v1/sessions/hostile/turns", json={"said": "red"}, timeout=60)


def indexed(home: Path, tree: Path) -> Path:
    """Draw some pictures and index them; returns the home."""
    models = dialens_home() / "models"
    if models.is_dir():
        (home / "models").symlink_to(models)
    draw(home / "Shapes")
    environment = {**os.environ, "DIALENS_HOME": str(home), "PYTHONPATH": str(tree)}
    index = [sys.executable, "-m", "app.start", "index", str(home / "Shapes")]
    subprocess.run(index, cwd=home, env=environment, check=True, capture_output=True)
    return home


if __name__ == "__main__":
    main()
