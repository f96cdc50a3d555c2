"""The name that a download is saved under, in a header of ASCII (RFC 6266, RFC 8187).

Starlette's has no name for clients that read ASCII alone, and lets a name turn its direction.
"""

import re
from unicodedata import category, combining, normalize
from urllib.parse import quote

_BREAKING = {"Cc", "Cs", "Cn", "Zl", "Zp"}
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Change the direction of writing, so that `gpj.exe` looks like a picture's name."""


def attachment(name: str) -> dict[str, str]:
    """Return the header that has a browser save the answer under this name."""
    clean = "".join("_" if _harms(one) else one for one in name)
    base = "".join(one for one in normalize("NFKD", clean) if not combining(one))
    plain = re.sub(r"[^\w .,()+=@!~-]", "_", base, flags=re.ASCII).strip() or "picture"
    whole = quote(normalize("NFC", clean) or plain, safe="!#$&+-.^_`|~")
    return {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"}


def _harms(one: str) -> bool:
    return one in "/\\" or one in _TURNING or category(one) in _BREAKING
