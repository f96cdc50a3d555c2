"""One person alone, and four times what the server can take: rates, waiting times, memory.

A server with one worker and four places to wait, over the Tux Paint stamps; twenty people who talk
without a pause against one who does.

    python -m benchmarks.serving.serve_load --seconds 60
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter

import httpx
import numpy as np

STAMPS = Path("/usr/share/tuxpaint/stamps")
WORKERS, WAITING = 1, 4
WORDS = ("a dog", "no people", "in colour", "a ship", "undo", "show more", "start over")


async def talk(url: str, name: str, until: float, seen: list[tuple[int, float]]) -> None:
    """Talk without a pause; notes the status and the seconds of each answer."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        await begun(client, name)
        at = 0
        while monotonic() < until:
            begin = perf_counter()
            said = {"said": WORDS[at % len(WORDS)]}
            answer = await client.post(f"/api/sessions/{name}/turns", json=said)
            seen.append((answer.status_code, perf_counter() - begin))
            if answer.status_code == 200:
                at += 1
            else:
                await asyncio.sleep(0.05)


async def begun(client: httpx.AsyncClient, name: str) -> None:
    asked = {"collection": "stamps", "name": name}
    while (await client.post("/api/sessions", json=asked)).status_code == 503:
        await asyncio.sleep(0.05)


async def crowd(url: str, people: int, seconds: float) -> list[tuple[int, float]]:
    seen: list[tuple[int, float]] = []
    until = monotonic() + seconds
    await asyncio.gather(*(talk(url, f"{people}-{n}", until, seen) for n in range(people)))
    return seen


def told(label: str, seen: list[tuple[int, float]], seconds: float, rss: int) -> float:
    """Print a row, and return the 95th percentile of the answered ones."""
    counts = Counter(status for status, _ in seen)
    times = [1000 * spent for status, spent in seen if status == 200]
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    odd = len(seen) - counts[200] - counts[503]
    rate, full = counts[200] / seconds, counts[503] / len(seen)
    print(
        f"| {label} | {rate:.1f} | {full:.2f} | {odd} | {p50:.0f} | {p95:.0f} | {p99:.0f} |"
        f" {rss / 1e6:.0f} |"
    )
    return float(p95)


def rss(process: subprocess.Popen[str]) -> int:
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    seconds = parser.parse_args().seconds
    dialens = [sys.executable, "-m", "app.cli"]
    limits = ["--port", "0", "--workers", str(WORKERS), "--waiting", str(WAITING)]
    with TemporaryDirectory() as home:
        if models := os.environ.get("DIALENS_HOME"):
            (Path(home) / "models").symlink_to(Path(models) / "models")
        os.environ["DIALENS_HOME"] = home
        subprocess.run([*dialens, "index", str(STAMPS), "--name", "stamps"], check=True)
        log = (Path(home) / "log").open("w+")
        with subprocess.Popen([*dialens, "serve", *limits], stderr=log, text=True) as server:
            found = None
            while not found:
                found = re.search(r"http://\S+/", Path(log.name).read_text())
            url = found[0]
            while True:
                try:
                    httpx.get(f"{url}health")
                    break
                except httpx.TransportError:
                    continue
            print(
                "| people | turns a second | share of 503 | other | p50 ms | p95 ms | p99 ms"
                " | MB |\n|---|---|---|---|---|---|---|---|"
            )
            asyncio.run(crowd(url, 2, 2))
            alone = told("1", asyncio.run(crowd(url, 1, seconds / 4)), seconds / 4, rss(server))
            many = 4 * (WORKERS + WAITING)
            four = told(str(many), asyncio.run(crowd(url, many, seconds)), seconds, rss(server))
            print(f"p95 of {many} to p95 of one: {four / alone:.1f}")
            server.terminate()


if __name__ == "__main__":
    main()
