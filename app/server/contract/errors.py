"""What a server answers when it cannot do what is asked: a status and one plain line."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from agent.mllm.mllm import MllmError
from agent.stages.config import StageError
from retrievers.collection.storage.errors import CollectionError
from retrievers.encoder import EncoderError
from retrievers.files.sqlite_file import UnusableFile
from retrievers.pictures import UnreadablePicture
from retrievers.places.error import PlacesError

COMPATIBLE = ("/v1", "/v2")
"""Paths whose clients look for errors where OpenAI puts them."""

CODES = {
    401: "invalid_api_key",
    404: "not_found",
    405: "method_not_allowed",
    429: "rate_limit_exceeded",
    503: "overloaded",
}


class Problem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    problem: str


class ErrorOut(BaseModel):
    """Every error of the API: one line for a person, and the fields that it speaks of."""

    detail: str
    fields: list[Problem] = []


def body(status: int, detail: str, path: str, fields: Sequence[Problem] = ()) -> dict[str, Any]:
    """Return what an error's answer holds.

    Args:
        status: of HTTP.
        detail: one line.
        path: of the request; under /v1 the answer is also what OpenAI's clients expect.
        fields: those that are wrong.
    """
    held = ErrorOut(detail=detail, fields=list(fields)).model_dump()
    if path.startswith(COMPATIBLE):
        held["error"] = {
            "message": detail,
            "type": "server_error" if status >= 500 else "invalid_request_error",
            "param": (fields[0].field or None) if fields else None,
            "code": _code(status, fields),
        }
    return held


def _code(status: int, fields: Sequence[Problem]) -> str | None:
    if status == 404 and any(one.field == "model" for one in fields):
        return "model_not_found"
    return CODES.get(status)


class ServerError(Exception):
    """A request that is refused; the message is one line for the person.

    Attributes:
        status: of HTTP.
        field: of the request, that the message speaks of; empty if it is none in particular.
    """

    status = 400

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotFoundError(ServerError):
    """What the request names does not exist, or is not the user's."""

    status = 404


class ConflictError(ServerError):
    """The request does not fit what is there now."""

    status = 409


class TooLargeError(ServerError):
    """What was sent has too many bytes or pixels."""

    status = 413


class NotAPictureError(ServerError):
    """What was sent is no picture, or a damaged one."""

    status = 415


class ForbiddenError(ServerError):
    """The server is not run so that this is allowed."""

    status = 403


class StoppingError(ServerError):
    """The server ends."""

    status = 503


class UpstreamError(ServerError):
    """Another machine, which the request names, does not give what is asked of it."""

    status = 422


class UnfitError(ServerError):
    """What is to be made cannot be, as the request names it."""

    status = 422


class ReusedKeyError(ServerError):
    """A key that makes a request repeatable came with another request."""

    status = 422


class FullError(Exception):
    """There is no place left in the queue.

    Attributes:
        retry_after: seconds after which to try again.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too much is going on; try again in {retry_after} s")
        self.retry_after = retry_after


UNABLE = (
    CollectionError,
    EncoderError,
    MllmError,
    PlacesError,
    StageError,
    UnreadablePicture,
    UnusableFile,
)
"""What the engine fails with, where the server is as it should be."""

REFUSALS = (ServerError, FullError, *UNABLE)
"""Everything that is told in one line; anything else is a bug."""
