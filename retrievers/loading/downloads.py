"""Whether weights may be downloaded: never for a name that nobody here said.

A collection that was copied from elsewhere names its encoder, and may have an adapter that names
one; both are opened from this disk alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

_REFUSED = ContextVar("refused", default=False)
_AT_WORK = Lock()


@contextmanager
def from_this_disk() -> Iterator[None]:
    """Download nothing in this block."""
    before = _REFUSED.set(True)
    try:
        yield
    finally:
        _REFUSED.reset(before)


def are_refused() -> bool:
    """Whether nothing may be downloaded now."""
    return _REFUSED.get()


@contextmanager
def refused_in_libraries() -> Iterator[None]:
    """Let the hub's library refuse, too, what others ask of it, such as a tower named in a file.

    It knows one switch for the whole process, so one such block is at work at a time.
    """
    if not are_refused():
        yield
        return
    from huggingface_hub import constants

    with _AT_WORK:
        before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
        try:
            yield
        finally:
            constants.HF_HUB_OFFLINE = before
