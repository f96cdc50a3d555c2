"""What every route needs of a request: the server's state, the user, and uploads within bounds."""

from typing import Annotated, Any, cast

from fastapi import Depends, Path, Request

from app.server.contract.errors import ErrorOut
from app.server.state.server_state import ServerState

_WHY = {
    400: "Malformed.",
    401: "A token is due.",
    403: "Not allowed on this server.",
    404: "It does not exist, or is not yours.",
    409: "It does not fit what is there now.",
    413: "Too many bytes or pixels.",
    415: "Not a picture, or a damaged one.",
    422: "A field is wrong, `fields` says which; or another machine does not give what is due.",
    503: "Too much is going on; see Retry-After.",
}
_SHAPE = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}}
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": why, "model": ErrorOut, "content": _SHAPE}
    for status, why in _WHY.items()
}


def state_of(request: Request) -> ServerState:
    """Return what the doors share."""
    return cast(ServerState, request.app.state.server_state)


def user_of(request: Request) -> str:
    """Return whose request it is; empty for the one user of a server without tokens."""
    return str(request.scope.get("user", ""))


SharedState = Annotated[ServerState, Depends(state_of)]
User = Annotated[str, Depends(user_of)]
CollectionName = Annotated[str, Path(max_length=100, description="A collection's name.")]
PictureId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", description="A picture's id.")]
PlacedId = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{16}(-[0-9a-f]{16})?$",
        description="A picture's id, and after a hyphen which of its files is meant.",
    ),
]
SessionName = Annotated[str, Path(max_length=100, description="A session's name.")]
