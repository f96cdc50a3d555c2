"""No request body is longer than is due, whatever its headers say, nor holds more values.

What `[[],[],...]` becomes when it is read has twenty times its bytes; a picture in it is one value,
however long it is.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import cast

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.access import said

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
        body = _Body(scope, receive, send, self.most(scope["path"]))
        stated = Headers(scope=scope).get("content-length", "0")
        with suppress(_TooMuch):
            body.check(int(stated) if stated.isdecimal() else body.most + 1)
            await self.app(scope, body.receive, body.send)
        if body.refusal and not body.begun:
            await body.refusal(scope, receive, send)


class _Body:
    """What comes of one request, counted, and what is answered."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        self.path, self._receive, self._send, self.most = scope["path"], receive, send, most
        self.is_json = "json" in Headers(scope=scope).get("content-type", "").lower()
        self.read = self.values = 0
        self.begun, self.refusal = False, cast(Response | None, None)

    def check(self, read: int) -> None:
        """Raise _TooMuch, and keep what is to be answered, if so many bytes are too many."""
        if read > self.most or self.values > VALUES:
            many = f"{self.most:,} bytes" if read > self.most else f"{VALUES:,} values"
            told = f"a request may have {many} at most"
            self.refusal = said(413, told, self.path, {"connection": "close"})
            raise _TooMuch

    async def receive(self) -> Message:
        message = await self._receive()
        part = message.get("body", b"")
        self.read += len(part)
        self.values += sum(map(part.count, OPENERS)) if self.is_json else 0
        self.check(self.read)
        return message

    async def send(self, message: Message) -> None:
        if not self.refusal:  # who read the body may have answered that it cannot be read
            self.begun = True
            await self._send(message)


class _TooMuch(Exception):  # noqa: N818 - never leaves this module
    pass
