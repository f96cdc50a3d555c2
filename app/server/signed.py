"""Links to pictures that need no header: who was given the link may see that one picture.

The key is an HMAC of the picture's path by its user's token, so it ends when the token does.
"""

import hashlib
import hmac
from urllib.parse import parse_qs, unquote

from app.server.settings import Settings
from app.server.versions import PREFIX

PICTURES = f"{PREFIX}/collections/"


def signed(path: str, user: str, settings: Settings) -> str:
    """Return a link with a user's key; as it is where no token is due."""
    if not settings.tokens:
        return path
    token = next(token for token, owner in settings.tokens.items() if owner == user)
    mark = "&" if "?" in path else "?"
    return f"{path}{mark}key={_key(token, unquote(path.partition('?')[0]))}"


def opens(path: str, query: str, settings: Settings) -> bool:
    """Whether a request for a picture brings its key."""
    if not path.startswith(PICTURES) or not path.endswith("/image"):
        return False
    given = parse_qs(query).get("key", [""])[0].encode("utf-8", "replace")
    before = path.replace(PREFIX, "/api", 1)  # of links from when addresses had no version
    return any(
        hmac.compare_digest(_key(token, one).encode(), given)
        for token in settings.tokens
        for one in (path, before)
    )


def _key(token: str, path: str) -> str:
    return hmac.new(token.encode(), path.encode(), hashlib.sha256).hexdigest()[:32]
