"""How a request may say whose it is, for the OpenAPI document; `Access` is what looks."""

from fastapi import Security
from fastapi.security import APIKeyCookie, APIKeyQuery, HTTPBearer

from app.server.security.access import COOKIE

_token = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="`Authorization: Bearer TOKEN`, where the server is run with tokens.",
)
_cookie = APIKeyCookie(
    auto_error=False,
    name=COOKIE,
    scheme_name="cookie",
    description="What a browser keeps after /login; it is good for a month, or until it signs out.",
)
_link = APIKeyQuery(
    auto_error=False,
    name="key",
    scheme_name="link",
    description="The key of a link to one picture, as chats are given them.",
)

KEYS = [Security(_token), Security(_cookie)]
LINK = [Security(_link)]
