"""What arrives as a message of the Model Context Protocol: cleaned, or refused by its id.

A client waits for an answer to each request, so that what cannot be read is answered, too.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, BinaryIO, Literal

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import BaseModel, StrictInt, StrictStr, ValidationError
from pydantic_core import from_json
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.contract.validation_problems import problems, problems_sentence
from retrievers.text.lettering import whole

DIGITS = 300  # of a number; one of more is infinite
Id = StrictInt | StrictStr | None

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_ID = re.compile(r'\s*+:\s*+(-?\d{1,18}+(?![\d.eE])|"(?:[^"\\]|\\.)*+")')


class _Request(BaseModel):
    jsonrpc: Literal["2.0"]
    id: StrictInt | StrictStr = 0
    method: StrictStr
    params: dict[str, Any] | None = None


def read(raw: bytes) -> str | JSONRPCError:
    """Return a message as JSON without lone surrogates, or what to answer if it is none."""
    text = raw.decode("utf-8-sig", "replace")
    try:
        message = whole(json.loads(text, parse_int=_number))
        mended = json.dumps(message)
        from_json(mended)  # which does not go as deep
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return _refused(_id_in(text), PARSE_ERROR, f"the message is no JSON: {why}")
    if isinstance(message, dict) and message.keys() & {"result", "error"}:
        return mended  # an answer, which none is due to
    if not isinstance(message, dict):
        return _refused(None, INVALID_REQUEST, "a message must be one JSON object")
    try:
        _Request.model_validate(message)
    except ValidationError as error:
        given, line = message.get("id"), problems_sentence(problems(error.errors(), within=0))
        known = given if isinstance(given, int | str) and not isinstance(given, bool) else None
        return _refused(known, INVALID_REQUEST, line)
    return mended


class Lines:
    """Messages of standard input, a line each.

    Attributes:
        answer: sends what a message that cannot be read is answered.
    """

    answer: Callable[[SessionMessage], Awaitable[None]]

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    async def __aiter__(self) -> AsyncIterator[str]:
        async for line in anyio.wrap_file(self.file):
            if not line.strip():
                continue
            message = read(line)
            if isinstance(message, str):
                yield message
            else:
                await self.answer(SessionMessage(message))


class Bodies:
    """The same over HTTP, where a body is a message."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body, part = b"", await receive()
        while part["type"] == "http.request":
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
            part = await receive()
        message = read(body)
        if not isinstance(message, str):
            answer = message.model_dump_json(by_alias=True, exclude_unset=True)
            await Response(answer, 400, media_type="application/json")(scope, receive, send)
            return
        length = str(len(message)).encode()
        kept = [(name, one) for name, one in scope["headers"] if name != b"content-length"]
        scope = {**scope, "headers": [*kept, (b"content-length", length)]}
        told = [{"type": "http.request", "body": message.encode(), "more_body": False}]

        async def receiving() -> Message:
            return told.pop() if told else await receive()

        await self.app(scope, receiving, send)


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS else float(digits)


def _refused(known: Id, code: int, line: str) -> JSONRPCError:
    return JSONRPCError(jsonrpc="2.0", id=known, error=ErrorData(code=code, message=line))


def _id_in(text: str) -> Id:
    """Return the id that stands in what is no JSON as a whole."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif depth == 1 and token[0] == '"id"' and (found := _ID.match(text, token.end())):
            try:
                known: int | str = whole(json.loads(found[1]))
            except ValueError:
                return None
            return known
    return None
