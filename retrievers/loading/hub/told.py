"""How far a download has come, told by lines on standard error, unless a door tells it its way."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from time import perf_counter

from retrievers.text.display import visible

EVERY = 5.0  # seconds between lines


@dataclass(frozen=True, slots=True)
class Transfer:
    """A download on its way; the first that is told of one has brought nothing yet.

    Attributes:
        licence: as the repository's card states it; empty if it states none.
        done: bytes that are here, what came before among them.
        total: bytes that are wanted.
        came: bytes that came this time.
        seconds: since it began.
    """

    repo: str
    commit: str
    licence: str
    done: int
    total: int
    came: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """Seconds until all is here, at the pace so far; None: nothing came yet."""
        return (self.total - self.done) * self.seconds / self.came if self.came > 0 else None

    def announcement(self) -> str:
        """Say in one line what is about to be fetched."""
        licence = visible(self.licence) or "its card states none"
        rest = f", {megabytes(self.done)} of it already here" if self.done else ""
        size = f"{megabytes(self.total)}{rest}"
        return f"Fetching {self.repo}@{self.commit[:12]}: {size}; licence: {licence}"

    def line(self) -> str:
        """Say in one line how far it is."""
        left = "" if self.seconds_left is None else f", {self.seconds_left:.0f} s left"
        return f"fetching: {megabytes(self.done)} of {megabytes(self.total)}{left}"


Tell = Callable[[Transfer], None]


def megabytes(size: int) -> str:
    """Return a size as people read it."""
    return f"{size / 1e6:.0f} MB" if size >= 9.5e6 else f"{size / 1e6:.1f} MB"


def lines() -> Tell:
    """Return what writes a line at the start, and one now and then."""
    last = 0.0

    def tell(told: Transfer) -> None:
        nonlocal last
        if last and perf_counter() - last < EVERY:
            return
        sys.stderr.write((told.line() if last else told.announcement()) + "\n")
        sys.stderr.flush()
        last = perf_counter()

    return tell


_MAKER: ContextVar[Callable[[], Tell]] = ContextVar("teller", default=lines)


def teller() -> Tell:
    """Return who tells of a download that begins here."""
    return _MAKER.get()()


@contextmanager
def under_licence(licence: str) -> Iterator[None]:
    """Let downloads of this block be told with that licence, where the card states none."""
    usual = _MAKER.get()

    def make() -> Tell:
        tell = usual()
        return lambda told: tell(replace(told, licence=told.licence or licence))

    with told_by(make):
        yield


@contextmanager
def told_by(maker: Callable[[], Tell]) -> Iterator[None]:
    """Let the downloads of this block be told by what `maker` returns, made anew for each."""
    before = _MAKER.set(maker)
    try:
        yield
    finally:
        _MAKER.reset(before)
