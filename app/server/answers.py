"""How each kind of error is answered: a status, one line, and the fields that it speaks of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from app.door import one_line
from app.server.errors import UNABLE, FullError, Problem, ServerError, body

MOST = 20  # problems that are told
LONGEST = 60  # characters of a wrong value that are said
WORDS = {404: "there is nothing at {path}", 405: "{method} is not for {path}; {allow} is"}


def answer_errors(app: FastAPI) -> None:
    """Let every error that a request ends in be answered in one shape."""

    @app.exception_handler(ServerError)
    async def refused(request: Request, error: ServerError) -> Response:
        wrong = [Problem(field=error.field, problem=_plain(error))]
        return _said(request, error.status, _told(wrong), fields=wrong if error.field else [])

    @app.exception_handler(FullError)
    async def full(request: Request, error: FullError) -> Response:
        return _said(request, 503, str(error), headers={"retry-after": str(error.retry_after)})

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        wrong = [one for each in error.errors()[:MOST] for one in _problems(each)]
        return _said(request, 422, _told(wrong), fields=wrong)

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        allow = (error.headers or {}).get("allow", "another method")
        words = WORDS.get(error.status_code, one_line(Exception(error.detail)))
        told = words.format(path=request.url.path, method=request.method, allow=allow)
        return _said(request, error.status_code, told, headers=error.headers)

    async def unable(request: Request, error: Exception) -> Response:
        return _said(request, 409, _plain(error))

    for kind in UNABLE:
        app.add_exception_handler(kind, unable)


def _said(
    request: Request,
    status: int,
    detail: str,
    *,
    fields: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    held = body(status, _utf8(detail), request.url.path, fields)
    return JSONResponse(held, status_code=status, headers=headers)


def _told(problems: Sequence[Problem]) -> str:
    """Write a sentence of each: `k must be less than or equal to 200; got 500`."""
    return "; ".join(f"{one.field} {one.problem}".strip() for one in problems)


def _problems(error: Mapping[str, Any]) -> Iterator[Problem]:
    """Say in words what pydantic found; a body's unknown fields are named one by one."""
    where = "" if error["type"] == "json_invalid" else _named(error["loc"][1:])
    message, given = _sentence(error), error.get("input")
    if error["type"] == "unknown_fields":
        for name in error["ctx"]["names"]:
            yield Problem(field=_named([where, name] if where else [name]), problem=message)
    elif error["type"] in ("missing", "json_invalid") or isinstance(given, dict | list):
        yield Problem(field=where, problem=message)
    else:
        shown = repr(given)
        shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."
        yield Problem(field=where, problem=_utf8(f"{message}; got {shown}"))


def _sentence(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return f"the body is no JSON: {error.get('ctx', {}).get('error', 'it cannot be read')}"
    if error["type"] == "missing":
        return "is missing"
    plain = str(error["msg"]).removeprefix("Value error, ")
    return _utf8(re.sub(r"^\w+ should\b", "must", " ".join(plain.split())))


def _named(location: Sequence[Any]) -> str:
    """Write where a field is: `filters.paths[0]`."""
    written = ""
    for one in location:
        written += f"[{one}]" if isinstance(one, int) else f".{one}" if written else str(one)
    return _utf8(written)


def _plain(error: Exception) -> str:
    return _utf8(one_line(error))


def _utf8(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
