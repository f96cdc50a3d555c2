"""Where a list goes on: an opaque word that a client hands back."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from app.server.contract.errors import ServerError


def cursor(place: list[Any]) -> str:
    """Write a place as a word for addresses."""
    packed = json.dumps(place, separators=(",", ":")).encode()
    return urlsafe_b64encode(packed).decode().rstrip("=")


def place(cursor: str) -> list[Any]:
    """Read what `cursor` wrote.

    Raises:
        ServerError: it did not write that.
    """
    try:
        read = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _none_of_ours() from error
    if not isinstance(read, list):
        raise _none_of_ours()
    return read


def _none_of_ours() -> ServerError:
    return ServerError("must be the `next` of an earlier answer", field="cursor")
