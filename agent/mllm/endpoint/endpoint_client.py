"""The connection to a served model, which trusts neither what comes back nor how long it takes.

An answer is due whole within one time, head and body, is of bounded length, comes as it is, not
compressed, and from the address that was named: pictures and words follow no redirect. A proxy of
the environment is used for https only, where it cannot read the key.
"""

from collections.abc import Iterator
from importlib import import_module
from socket import SHUT_RDWR
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

from openai import DefaultHttpxClient

DAY = 86_400  # seconds, the longest that a try may take
MOST = 1 << 24  # bytes of an answer; 8 tokens with 512 log-probabilities each are 1 MB
_HTTPX: Any = import_module(  # httpx or httpx2, as openai's release has it
    next(one for one in DefaultHttpxClient.__mro__ if one.__name__ == "Client").__module__.split(
        ".", maxsplit=1
    )[0]
)
_WATCH = "dialens_deadline"


class RefusedAnswer(ValueError):  # noqa: N818 - reads as what it is
    """An answer is not read on; the message is why."""


def endpoint_client(base_url: str, timeout: float) -> Any:
    """Return a client for `OpenAI(http_client=...)`, httpx's or httpx2's.

    Args:
        base_url: where the endpoint begins.
        timeout: seconds within which each try must be answered, whole.
    """

    def begin(request: Any) -> None:
        request.headers["accept-encoding"] = "identity"
        request.extensions[_WATCH] = watch = _Deadline(timeout)
        request.extensions["trace"] = watch.trace

    return DefaultHttpxClient(
        timeout=timeout,
        follow_redirects=False,
        trust_env=urlsplit(base_url).scheme == "https",
        limits=_HTTPX.Limits(
            max_keepalive_connections=0
        ),  # a deadline ends a connection of its own
        event_hooks={"request": [begin], "response": [_bounded]},
    )


def was_late(request: Any) -> bool:
    """Whether a request failed because its answer was not there in time."""
    watch = request.extensions.get(_WATCH)
    return watch is not None and watch.late


class _Deadline:
    """Ends one connection after a time, however busy it is."""

    def __init__(self, seconds: float) -> None:
        self.late, self._stream = False, None
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Note the connection once it stands, and again when it is encrypted."""
        made = info.get("return_value")
        if hasattr(made, "get_extra_info"):
            self._stream = made
        elif event.endswith(("response_closed.complete", ".failed")):
            self.done()

    def done(self) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        self.late = True
        if self._stream is not None:
            try:
                self._stream.get_extra_info("socket").shutdown(SHUT_RDWR)
            except OSError:  # it was over just now
                return


class _Bounded(_HTTPX.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for part in self._stream:
            read += len(part)
            if read > MOST:
                raise RefusedAnswer(f"an answer of more than {MOST:,} bytes")
            yield part

    def close(self) -> None:
        self._stream.close()


def _bounded(response: Any) -> None:
    if (packed := response.headers.get("content-encoding", "identity")) != "identity":
        raise RefusedAnswer(f"an answer that is packed ({packed[:20]!r}), which was not asked for")
    response.stream = _Bounded(response.stream)
