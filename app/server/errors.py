"""What a server answers when it cannot do what is asked: a status and one plain line."""

from typing import Any


def body(detail: str, path: str) -> dict[str, Any]:
    """Return what an error's answer holds; under /v1/ also where OpenAI's clients look for it."""
    error = {"message": detail, "type": "invalid_request_error"}
    return {"detail": detail, "error": error} if path.startswith("/v1/") else {"detail": detail}


class ServerError(Exception):
    """A request that is refused; the message is one line for the person.

    Attributes:
        status: of HTTP.
    """

    status = 400


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


class UpstreamError(ServerError):
    """Another machine, which the request names, does not give what is asked of it."""

    status = 422
