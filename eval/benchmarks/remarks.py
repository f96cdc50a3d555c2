"""What a reader says besides what it reads: which columns it took, what it passed over.

Readers are called from far below whoever talks to the user; who does not listen hears nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Hear = Callable[[str], None]
_HEARS: ContextVar[Hear | None] = ContextVar("hears", default=None)


def remark(said: str) -> None:
    """Tell whoever listens, in one line."""
    if hear := _HEARS.get():
        hear(said)


@contextmanager
def remarks(hear: Hear = lambda said: None) -> Iterator[list[str]]:
    """Hear each remark once, as it comes, and keep all of them."""
    kept: list[str] = []

    def once(said: str) -> None:
        if said not in kept:
            kept.append(said)
            hear(said)

    token = _HEARS.set(once)
    try:
        yield kept
    finally:
        _HEARS.reset(token)
