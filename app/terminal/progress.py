"""Telling how far a sync has come: a bar with rate and time left, or a line now and then."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.terminal.terminal import terminal
from retrievers.collection.sync import sync_report

Tell = Callable[[sync_report.SyncProgress], None]
NAMES = {"find": "looking", "read": "reading", "wait": "waiting for another process"}
EVERY = 5.0  # seconds between lines where there is no terminal


@contextmanager
def telling() -> Iterator[Tell]:
    """Tell on standard error, in the way that suits it."""
    if terminal(stderr=True).is_interactive:
        with _bar() as tell:
            yield tell
    else:
        yield _lines()


def rate(told: sync_report.SyncProgress) -> str:
    """Return pictures per second, and what failed."""
    said = pace(told.done / told.seconds) if told.seconds > 0 else ""
    return said + (f", {told.failed} unreadable" if told.failed else "")


def pace(rate: float) -> str:
    """Return a rate as a person reads it."""
    return f"{rate:.0f} a second" if rate >= 10 else f"{rate:.1f} a second"


@contextmanager
def _bar() -> Iterator[Tell]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=terminal(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("looking", total=None, rate="")

        def tell(told: sync_report.SyncProgress) -> None:
            name = NAMES[told.phase]
            total = told.total or None
            bar.update(task, description=name, completed=told.done, total=total, rate=rate(told))

        yield tell


def _lines() -> Tell:
    last = perf_counter()

    def tell(told: sync_report.SyncProgress) -> None:
        nonlocal last
        if perf_counter() - last < EVERY:
            return
        last = perf_counter()
        if told.phase == "find":
            line = f"looking: {told.done} files"
        elif told.phase == "wait":
            line = "waiting until another process has written"
        else:
            left = (told.total - told.done) * told.seconds / max(told.done, 1)
            line = f"reading: {told.done} of {told.total}, {rate(told)}, {left:.0f} s left"
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    return tell
