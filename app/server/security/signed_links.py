"""Links to pictures that need no header: who was given the link may see that one picture.

The key is an HMAC of the picture's path by its user's token, so it ends when the token does; a
server without tokens has a secret in the home for it.
"""

import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from secrets import token_hex
from urllib.parse import parse_qs, unquote

from app.server.contract.settings import Settings
from app.server.contract.versions import PREFIX
from retrievers.files.home import dialens_home, private
from retrievers.files.regular_file import read_regular

LONGEST = 1000  # letters of a query
PICTURES = f"{PREFIX}/collections/"


def signed(path: str, user: str, settings: Settings) -> str:
    """Return a link with a user's key."""
    token = next(token for token, owner in _secrets(settings).items() if owner == user)
    mark = "&" if "?" in path else "?"
    return f"{path}{mark}key={_key(token, unquote(path.partition('?')[0]))}"


def opens(path: str, query: str, settings: Settings) -> bool:
    """Whether a request for a picture brings its key."""
    if not path.startswith(PICTURES) or not path.endswith("/image"):
        return False
    given = parse_qs(query[:LONGEST]).get("key", [""])[0].encode("utf-8", "replace")
    before = path.replace(PREFIX, "/api", 1)  # of links from when addresses had no version
    return any(
        hmac.compare_digest(_key(token, one).encode(), given)
        for token in _secrets(settings)
        for one in (path, before)
    )


def _secrets(settings: Settings) -> Mapping[str, str]:
    return settings.tokens or {_own_secret(dialens_home() / "links.key"): ""}


@cache
def _own_secret(path: Path) -> str:
    """Read the secret, or make it; where it can't be read or written links end with the server."""
    made = token_hex(32)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError), open(path, "x", opener=private) as file:
            file.write(made)
        return read_regular(path, 1000).decode() or made
    except (OSError, UnicodeDecodeError):  # links end with the server then, too
        return made


def _key(token: str, path: str) -> str:
    return hmac.new(token.encode(), path.encode(), hashlib.sha256).hexdigest()[:32]
