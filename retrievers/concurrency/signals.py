"""Ctrl-C, or SIGTERM, ends a long command after the step that it is at, and not within it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

SAID = b"\nstopping after this step; Ctrl-C again: now\n"


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Give what tells whether the user wants to stop; the second signal is a KeyboardInterrupt.

    A signal that was ignored, as in a script's background, stays so. Outside of the main thread,
    where signals do not arrive, the answer is always no.
    """
    stop_requested = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stop_requested
        if stop_requested:
            signal.default_int_handler(number, frame)
        stop_requested = True
        os.write(2, SAID)  # no stream may be entered again from here

    before = {one: signal.signal(one, stop) for one in _heeded()}
    try:
        yield lambda: stop_requested
    finally:
        for one, how in before.items():
            signal.signal(one, how)


def _heeded() -> list[signal.Signals]:
    if current_thread() is not main_thread():
        return []
    both = (signal.SIGINT, signal.SIGTERM)
    return [one for one in both if signal.getsignal(one) not in (signal.SIG_IGN, None)]
