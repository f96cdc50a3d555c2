"""Links to pictures that need no header: who was given the link may see that one picture.

The key is an HMAC of the picture's path by its user's token, so it ends when the token does.
"""

import hashlib
import hmac
from urllib.parse import parse_qs, unquote

from app.server.settings import Settings


def signed(path: str, user: str, settings: Settings) -> str:
    """Return a link with a user's key; as it is where no token is due."""
    if not settings.tokens:
        return path
    token = next(token for token, owner in settings.tokens.items() if owner == user)
    mark = "&" if "?" in path else "?"
    return f"{path}{mark}key={_key(token, unquote(path.partition('?')[0]))}"


def opens(path: str, query: str, settings: Settings) -> bool:
    """Whether a request for a picture brings its key."""
    if not path.startswith("/api/collections/") or not path.endswith("/image"):
        return False
    given = parse_qs(query).get("key", [""])[0]
    return any(
        hmac.compare_digest(_key(token, path).encode(), given.encode("utf-8", "replace"))
        for token in settings.tokens
    )


def _key(token: str, path: str) -> str:
    return hmac.new(token.encode(), path.encode(), hashlib.sha256).hexdigest()[:32]
