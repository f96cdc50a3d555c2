"""Endpoints that mean harm, as raw sockets: each answers whoever connects in its own way."""

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

Answer = Callable[[socket.socket, Event], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _poured(head: bytes, part: bytes, pause: float = 0.0) -> Answer:
    """Send a head, then a part again and again."""

    def answer(to: socket.socket, over: Event) -> None:
        to.sendall(head)
        while not over.wait(pause) if pause else not over.is_set():
            to.sendall(part)

    return answer


def _said(data: bytes) -> Answer:
    def answer(to: socket.socket, over: Event) -> None:
        to.sendall(data)

    return answer


def whole(body: bytes, more: bytes = b"") -> Answer:
    """Answer with that body."""
    return _said(HEAD + more + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def elsewhere(url: str) -> Answer:
    """Send whoever asks to another address, to ask the same there."""
    location = f"Location: {url}/chat/completions\r\n".encode()
    return _said(b"HTTP/1.1 307 Elsewhere\r\n" + location + b"Content-Length: 0\r\n\r\n")


ENDLESS: dict[str, Answer] = {
    "body": _poured(HEAD + b"\r\n", b" " * 65536),
    "error": _poured(HEAD.replace(b"200 OK", b"400 No") + b"\r\n", b" " * 65536),
    "packed": whole(gzip.compress(b" " * 500_000_000, 9), b"Content-Encoding: gzip\r\n"),
    "packed twice": whole(
        gzip.compress(gzip.compress(b" " * 500_000_000)), b"Content-Encoding: gzip, gzip\r\n"
    ),
}
SLOW: dict[str, Answer] = {
    "head": _poured(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n", 0.1),
    "body": _poured(HEAD + b"Content-Length: 1000000\r\n\r\n", b" ", 0.1),
    "chunks": _poured(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.1),
}
NONSENSE: dict[str, Answer] = {
    "deep": whole(b"[" * 200_000),
    "closed and deep": whole(b'{"choices":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a large number": whole(b'{"choices": [{"message": {"content": ' + b"9" * 5000 + b"}}]}"),
    "usage in words": whole(b'{"choices": [{"message": {"content": "a"}}], "usage": "x"}'),
    "counts in words": whole(
        b'{"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": "x"}}'
    ),
    "content that is none": whole(b'{"choices": [{"message": {"content": {"a": [1]}}}]}'),
    "choices that are none": whole(b'{"choices": {"a": 1}}'),
    "odd log-probabilities": whole(
        b'{"choices": [{"message": {"content": "a"}, "logprobs": {"content": [{"token": 5}]}}]}'
    ),
}


@contextmanager
def listening(answer: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """Answer on a free port; yields where an endpoint begins there, and what was asked of it."""
    over, asked = Event(), list[bytes]()

    def one(to: socket.socket) -> None:
        with to, suppress(OSError):
            asked.append(to.recv(1 << 16))
            answer(to, over)
            to.shutdown(socket.SHUT_WR)
            to.settimeout(1)
            while to.recv(1 << 16):
                pass

    def accept() -> None:
        with suppress(OSError):
            while True:
                Thread(target=one, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1", asked
        over.set()
        server.shutdown(socket.SHUT_RDWR)
