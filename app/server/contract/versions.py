"""Addresses from before the API had a version: `/api/jobs` is `/api/v1/jobs`."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/api/v1"
_OLD = re.compile(r"^/api/(?!v\d+(?:/|$))")


class Versions:
    """Let an address without a version mean the first one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = _OLD.sub(f"{PREFIX}/", scope["path"])
        await self.app(scope, receive, send)
