"""No request body is longer than is due, whatever its headers say, nor holds more values.

What `[[],[],...]` becomes when it is read has twenty times its bytes; a picture in it is one value,
however long it is. Starlette bounds the parts of forms alone.
"""

from codecs import getincrementaldecoder, lookup
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.security.access import problem_response

FORM = 10_000  # bytes of what may be sent before any token
WORDS = 1_000_000  # bytes of a request that brings no pictures
OPENERS = (b",", b"[", b"{")
VALUES = 200_000  # that JSON may hold: numbers, texts, lists, objects


class Bounded:
    """Answer 413 to a body of more bytes than `most` gives for its path, or of too many values."""

    def __init__(self, app: ASGIApp, most: Callable[[str], int]) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if why := _refusal(Headers(scope=scope)):
            await problem_response(415, why, scope["path"])(scope, receive, send)
            return
        body = _Body(scope, receive, send, self.most(scope["path"]))
        stated = Headers(scope=scope).get("content-length", "0")
        with suppress(_TooMuch):
            body.check(int(stated) if stated.isdecimal() else body.most + 1)
            await self.app(scope, body.receive, body.send)
        if body.refusal and not body.begun:
            await body.refusal(scope, receive, send)


def _refusal(headers: Headers) -> str:
    """Say why a body cannot be read as it is sent, if so."""
    packed = headers.get("content-encoding", "").strip().lower()
    if packed not in ("", "identity"):
        return f"Content-Encoding {packed!r} is not supported; send the body as it is"
    charset = _charset(headers)
    try:
        getincrementaldecoder(charset)
        known = lookup(charset)._is_text_encoding
    except (LookupError, ValueError):
        known = False
    return "" if known else f"the charset {charset!r} is not known; send UTF-8"


def _charset(headers: Headers) -> str:
    """Return the name of the characters' encoding that JSON is said to be in."""
    kind, options = parse_options_header(headers.get("content-type", ""))
    return options.get(b"charset", b"utf-8").decode("latin-1") if b"json" in kind else "utf-8"


class _Body:
    """What comes of one request, counted, and what is answered."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        self.path, self._receive, self._send, self.most = scope["path"], receive, send, most
        self.is_json = "json" in Headers(scope=scope).get("content-type", "").lower()
        self.read = self.values = 0
        self.begun, self.refusal = False, cast(Response | None, None)
        charset = _charset(Headers(scope=scope))
        plain = lookup(charset).name == "utf-8"
        self._decoder = None if plain else getincrementaldecoder(charset)()

    def check(self, read: int) -> None:
        """Raise _TooMuch, and keep what is to be answered, if so many bytes are too many."""
        if read > self.most or self.values > VALUES:
            many = f"{self.most:,} bytes" if read > self.most else f"{VALUES:,} values"
            told = f"a request may have {many} at most"
            self.refusal = problem_response(413, told, self.path, {"connection": "close"})
            raise _TooMuch

    async def receive(self) -> Message:
        message = await self._receive()
        if self._decoder and message["type"] == "http.request":
            message = {**message, "body": self._recoded(message)}
        part = message.get("body", b"")
        self.read += len(part)
        self.values += sum(map(part.count, OPENERS)) if self.is_json else 0
        self.check(self.read)
        return message

    def _recoded(self, message: Message) -> bytes:
        assert self._decoder
        try:
            text = self._decoder.decode(message.get("body", b""), not message.get("more_body"))
        except UnicodeError:
            self.refusal = problem_response(
                400, "the body is not in the charset that it names", self.path
            )
            raise _TooMuch from None
        return text.encode("utf-8", "replace")

    async def send(self, message: Message) -> None:
        if not self.refusal:  # who read the body may have answered that it cannot be read
            self.begun = True
            await self._send(message)


class _TooMuch(Exception):  # noqa: N818 - never leaves this module
    pass
