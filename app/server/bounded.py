"""No request body is longer than is due, whatever its headers say."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.access import said

WORDS = 1_000_000  # bytes of a request that brings no pictures


class _TooLong(Exception):  # noqa: N818 - never leaves this module
    pass


class Bounded:
    """Answer 413 to a body of more bytes than `most` gives for its path."""

    def __init__(self, app: ASGIApp, most: Callable[[str], int]) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most, read, begun = self.most(scope["path"]), 0, False
        too_long = f"a request may have {most:,} bytes at most"
        refusal = said(413, too_long, scope["path"], {"connection": "close"})
        stated = Headers(scope=scope).get("content-length", "0")
        if not stated.isdigit() or int(stated) > most:
            await refusal(scope, receive, send)
            return

        async def receiving() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _TooLong
            return message

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receiving, sending)
        except _TooLong:
            if not begun:
                await refusal(scope, receive, send)
