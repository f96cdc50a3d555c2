"""Waiting times at every door with a home full of sessions, against the same with none, in one run.

Two servers, one of each home, are asked in turns, so that what else the machine does slows both.
Eight clients send each 200 requests: the page, the list of conversations, a new conversation and
its first turn, a search, a chat of `/v1` and the title that its front end asks for, health.

    python -m benchmarks.serving.doors --sessions 600
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

import httpx
import numpy as np
from PIL import Image

TURNS = 10
ROUNDS = 10
HEAD = "| sessions | p50 ms | p95 ms | health at most | medians by door |\n" + "|---" * 5 + "|"
TITLE = (
    "### Task:\nGenerate a concise, 3-5 word title summarizing the chat history.\n"
    'JSON format: { "title": "your concise title here" }\n<chat_history>USER: red</chat_history>'
)
Ask = Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]


async def conversation(client: httpx.AsyncClient, number: int) -> httpx.Response:
    made = await client.post("/api/sessions", json={"collection": "colours"})
    name = made.raise_for_status().json()["name"]
    return await client.post(f"/api/sessions/{name}/turns", json={"said": f"red {number}"})


def chat(said: str) -> Ask:
    asked = {"model": "colours", "messages": [{"role": "user", "content": said}]}
    return lambda client, number: client.post("/v1/chat/completions", json=asked)


DOORS: dict[str, Ask] = {
    "page": lambda client, number: client.get("/"),
    "list": lambda client, number: client.get("/api/sessions"),
    "turn": conversation,
    "search": lambda client, number: client.post(
        "/api/collections/colours/search", json={"text": "a blue wall"}
    ),
    "chat": chat("something green"),
    "title": chat(TITLE),
    "health": lambda client, number: client.get("/health"),
}


async def crowd(url: str, clients: int, requests: int) -> dict[str, list[float]]:
    """Return the seconds of each answer, by door."""
    seen: dict[str, list[float]] = {door: [] for door in DOORS}
    numbers = count()

    async def talk() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=300) as client:
            while (number := next(numbers)) < requests:
                door = list(DOORS)[number % len(DOORS)]
                begin = perf_counter()
                (await DOORS[door](client, number)).raise_for_status()
                seen[door].append(perf_counter() - begin)

    await asyncio.gather(*(talk() for _ in range(clients)))
    return seen


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Start a server, and load its models with a first search."""
    dialens = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--waiting", "64"]
    log = home / "log"
    environment = {**os.environ, "DIALENS_HOME": str(home)}
    with log.open("w") as out, subprocess.Popen(dialens, stderr=out, env=environment) as server:
        try:
            while "startup complete" not in log.read_text():
                sleep(0.05)
            found = re.search(r"http://\S+(?=/;)", log.read_text())
            assert found
            asyncio.run(crowd(found[0], 1, 1))
            asked = {"text": "red"}
            httpx.post(f"{found[0]}/api/collections/colours/search", json=asked, timeout=300)
            yield found[0]
        finally:
            server.kill()


def pages(urls: list[str], times: int = 30) -> list[float]:
    """Return the median seconds that each server's page takes alone, asked in turns."""
    taken: list[list[float]] = [[] for _ in urls]
    with httpx.Client(timeout=60) as client:
        for _ in range(times):
            for url, some in zip(urls, taken, strict=True):
                begin = perf_counter()
                client.get(url).raise_for_status()
                some.append(perf_counter() - begin)
    return [float(np.median(some)) for some in taken]


def fill(home: Path, sessions: int) -> None:
    """Hold one conversation of ten turns, and lay it into the home under so many names."""
    here = home / "sessions"
    with served(home) as url, httpx.Client(base_url=url, timeout=60) as client:
        client.post("/api/sessions", json={"collection": "colours", "name": "trip"})
        for turn in range(TURNS):
            client.post("/api/sessions/trip/turns", json={"said": f"red {turn}"}).raise_for_status()
    head, *turns = (here / "trip.jsonl").read_text().splitlines(keepends=True)
    for number in range(sessions - 1):
        named = json.dumps({**json.loads(head), "name": f"trip {number}"}) + "\n"
        (here / f"trip {number}.jsonl").write_text("".join([named, *turns]))


def make(pictures: Path, home: Path) -> None:
    """Make a collection of sixty pictures in a home."""
    pictures.mkdir()
    models = Path(os.environ.get("DIALENS_HOME", "")) / "models"
    if models.is_dir():  # converted already
        (home / "models").symlink_to(models.resolve())
    random = np.random.default_rng(0)
    for number in range(60):
        noise = random.integers(0, 255, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((320, 240)).save(pictures / f"{number}.jpg")
    index = [sys.executable, "-m", "app.cli", "index", str(pictures), "--name", "colours"]
    subprocess.run(index, check=True, env={**os.environ, "DIALENS_HOME": str(home)})


def told(label: str, seen: dict[str, list[float]]) -> tuple[float, float]:
    """Print a row for all doors, and their medians; returns the 50th and 95th percentiles."""
    times = [1000 * one for some in seen.values() for one in some]
    p50, p95 = np.percentile(times, [50, 95])
    medians = ", ".join(f"{door} {1000 * np.median(some):.0f}" for door, some in seen.items())
    health = 1000 * max(seen["health"])
    print(f"| {label} | {p50:.0f} | {p95:.0f} | {health:.0f} | {medians} |")
    return float(p50), float(p95)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=600)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--requests", type=int, default=200)
    given = parser.parse_args()
    with TemporaryDirectory() as place:
        empty, full = Path(place) / "none", Path(place) / "many"
        empty.mkdir()
        make(Path(place) / "colours", empty)
        shutil.copytree(empty, full, symlinks=True)
        fill(full, given.sessions)
        with served(empty) as none, served(full) as many:
            urls, each = [none, many], given.requests // ROUNDS
            seen: list[dict[str, list[float]]] = [{door: [] for door in DOORS} for _ in urls]
            for url in urls:
                asyncio.run(crowd(url, given.clients, 2 * len(DOORS)))
            alone = pages(urls)
            for turn in range(ROUNDS):
                for at in (0, 1) if turn % 2 else (1, 0):
                    for door, some in asyncio.run(crowd(urls[at], given.clients, each)).items():
                        seen[at][door] += some
        print(HEAD)
        few, lots = (
            told(str(one), some) for one, some in zip((0, given.sessions), seen, strict=True)
        )
        print(f"p50 and p95 with {given.sessions} to those with none:", end=" ")
        print(", ".join(f"{b / a:.2f}" for a, b in zip(few, lots, strict=True)))
        print(f"the page alone: {1000 * alone[1]:.1f} ms to {1000 * alone[0]:.1f}")


if __name__ == "__main__":
    main()
