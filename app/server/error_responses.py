"""How each kind of error is answered: a status, one line, and the fields that it speaks of."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from app.server.contract.errors import UNABLE, FullError, Problem, ServerError, body
from app.server.contract.validation_problems import problems, problems_sentence, utf8
from app.server.page import views
from app.terminal.command_errors import one_line

WORDS = {404: "there is nothing at {path}", 405: "{method} is not for {path}; {allow} is"}


def answer_errors(app: FastAPI) -> None:
    """Let every error that a request ends in be answered in one shape."""

    @app.exception_handler(ServerError)
    async def refused(request: Request, error: ServerError) -> Response:
        wrong = [Problem(field=error.field, problem=_plain(error))]
        return _problem(
            request, error.status, problems_sentence(wrong), fields=wrong if error.field else []
        )

    @app.exception_handler(FullError)
    async def full(request: Request, error: FullError) -> Response:
        return _problem(request, 503, str(error), headers={"retry-after": str(error.retry_after)})

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        wrong = problems(error.errors(), within=1)
        return _problem(request, 422, problems_sentence(wrong), fields=wrong)

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        allow = (error.headers or {}).get("allow", "another method")
        if why := _unreadable(error.__cause__):
            return _problem(request, 400, why)
        words = WORDS.get(error.status_code, one_line(Exception(error.detail)))
        line = words.format(path=request.url.path, method=request.method, allow=allow)
        return _problem(request, error.status_code, line, headers=error.headers)

    async def unable(request: Request, error: Exception) -> Response:
        return _problem(request, 409, _plain(error))

    for kind in UNABLE:
        app.add_exception_handler(kind, unable)


def _problem(
    request: Request,
    status: int,
    detail: str,
    *,
    fields: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    if "text/html" in request.headers.get("accept", ""):  # a person, led by a link
        page = views.html("error.html", status=status, detail=utf8(detail))
        return HTMLResponse(page, status_code=status, headers=headers)
    held = body(status, utf8(detail), request.url.path, fields)
    return JSONResponse(held, status_code=status, headers=headers)


def _unreadable(cause: BaseException | None) -> str:
    """Say why a body could not be read as JSON, if that is what went wrong."""
    if isinstance(cause, UnicodeError):
        return "the body is not UTF-8; send UTF-8, or name its charset in Content-Type"
    if isinstance(cause, RecursionError):
        return "the body is nested too deeply"
    return "the body is no JSON that can be read" if isinstance(cause, ValueError) else ""


def _plain(error: Exception) -> str:
    return utf8(one_line(error))
