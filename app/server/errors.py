"""What a server answers when it cannot do what is asked: a status and one plain line."""

from typing import Any

from agent.mllm.mllm import MllmError
from agent.stages import StageError
from retrievers.collection.errors import CollectionError
from retrievers.encoder import EncoderError
from retrievers.pictures import UnreadablePicture


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


class FullError(Exception):
    """There is no place left in the queue.

    Attributes:
        retry_after: seconds after which to try again.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too much is going on; try again in {retry_after} s")
        self.retry_after = retry_after


UNABLE = (CollectionError, EncoderError, MllmError, StageError, UnreadablePicture)
"""What the engine fails with, where the server is as it should be."""

REFUSALS = (ServerError, FullError, *UNABLE)
"""Everything that is told in one line; anything else is a bug."""
