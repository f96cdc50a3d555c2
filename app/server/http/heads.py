"""HEAD, wherever GET is: the same answer without its body, and of the whole (RFC 9110, 9.3.2).

Starlette's routes do so, FastAPI's refuse it.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Answer HEAD as GET would be; what is streamed ends with its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        whole = [one for one in scope["headers"] if one[0] != b"range"]
        as_get, over = {**scope, "method": "GET", "headers": whole}, False

        async def sending(message: Message) -> None:
            nonlocal over
            if message["type"] == "http.response.start":
                await send(message)
            elif not over:
                over = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        try:
            await self.app(as_get, receive, sending)
        finally:
            scope["route"] = as_get.get("route")
