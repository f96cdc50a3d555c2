"""Indexing, searching and the page, of two commits in turns: is the newer one slower?

    python -m benchmarks.speed.commits PARENT [NEWER] --pictures FOLDER

Both are checked out beside each other. In each round each indexes the pictures anew, and its server
answers searches and gives pages; who is first alternates, so that what else the machine does slows
both. Told is the ratio of the newer to the parent: its median over the rounds, and the interval
that holds 95 of 100 medians of rounds drawn again. On a busy machine a waiting time says little;
the time of the processors, which stands beside it, says more.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import httpx
import numpy as np

from benchmarks.serving.served_tree import served
from retrievers.files.home import dialens_home

ROOT = Path(__file__).parents[2]
WORDS = ("a red car", "a dog", "something blue", "food on a plate", "an animal in the snow")


class Taken(NamedTuple):
    """Seconds: until it was done, and of the processors."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Checkout:
    """A commit in a folder of its own, with a home of its own."""

    tree: Path
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """What its processes see."""
        return {**os.environ, "DIALENS_HOME": str(self.home), "PYTHONPATH": str(self.tree)}

    def indexed(self, pictures: Path, *, into: str = "speed") -> Taken:
        """Index the pictures into a new collection."""
        command = [sys.executable, "-m", "app.start", "index", str(pictures), "--name", into]
        begin, before = perf_counter(), children_user()
        subprocess.run(
            command, cwd=self.home, env=self.environment, check=True, capture_output=True
        )
        return Taken(perf_counter() - begin, children_user() - before)


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Checkout]:
    """Check a commit out; its models are those of this home."""
    tree, home = folder / "tree", folder / "home"
    home.mkdir(parents=True)
    models = dialens_home() / "models"
    models.mkdir(parents=True, exist_ok=True)
    (home / "models").symlink_to(models)
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
    try:
        yield Checkout(tree, home)
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def children_user() -> float:
    """Return the processors' seconds of all processes that were waited for."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def user(process: int) -> float:
    """Return the processors' seconds of a process that runs."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def taken_by(process: int, work: Callable[[], object], times: int) -> Taken:
    """Return the median wait, and the processors' mean, of so many."""
    waits, before = [], user(process)
    for _ in range(times):
        begin = perf_counter()
        work()
        waits.append(perf_counter() - begin)
    return Taken(median(waits), (user(process) - before) / times)


def asked(url: str, process: int) -> dict[str, Taken]:
    """Return what five searches and a page take."""
    with httpx.Client(base_url=url, timeout=60) as client:

        def search() -> None:
            for text in WORDS:
                body = {"text": text, "k": 10}
                client.post("/api/v1/collections/speed/search", json=body).raise_for_status()

        def page() -> None:
            client.get("/", params={"collection": "speed"}).raise_for_status()

        search()
        page()
        return {
            "five searches": taken_by(process, search, 40),
            "a page": taken_by(process, page, 80),
        }


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """Return what holds 95 of 100 medians of ratios that are drawn again."""
    drawn = np.random.default_rng(0).choice(ratios, (10_000, len(ratios)))
    low, high = np.quantile(np.median(drawn, axis=1), (0.025, 0.975))
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parent")
    parser.add_argument("newer", nargs="?", default="HEAD")
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    taken: dict[str, list[tuple[Taken, Taken]]] = {}
    with TemporaryDirectory() as folder, ExitStack() as held:
        both = [
            held.enter_context(checked_out(commit, Path(folder) / str(at)))
            for at, commit in enumerate((given.parent, given.newer))
        ]
        pictures = given.pictures.resolve()
        for one in both:
            one.indexed(pictures)  # converts the models, compiles the code
        servers = [held.enter_context(served(one.tree, one.home)) for one in both]
        for at in range(given.rounds):
            found: dict[int, dict[str, Taken]] = {}
            for n in (0, 1) if at % 2 == 0 else (1, 0):
                index = {"indexing": both[n].indexed(pictures, into=f"round-{at}")}
                found[n] = index | asked(*servers[n])
            for what, first in found[0].items():
                taken.setdefault(what, []).append((first, found[1][what]))
    print(f"| {given.newer} against {given.parent} | parent, ms | newer, ms | ratio | interval |")
    print("|---|---|---|---|---|")
    for what, pairs in taken.items():
        for kind in ("wall", "cpu"):
            old, new = ([getattr(pair[n], kind) for pair in pairs] for n in (0, 1))
            ratios = [b / a for a, b in zip(old, new, strict=True)]
            low, high = interval(ratios)
            print(
                f"| {what}, {kind} | {1000 * median(old):.1f} | {1000 * median(new):.1f}"
                f" | {median(ratios):.3f} | {low:.3f} to {high:.3f} |"
            )


if __name__ == "__main__":
    main()
