"""The name that a download is saved under, in a header of ASCII (RFC 6266, RFC 8187)."""

import re
from unicodedata import normalize
from urllib.parse import quote


def attachment(name: str) -> dict[str, str]:
    """Return the header that has a browser save the answer under this name."""
    clean = "".join(one if one.isprintable() and one not in "/\\" else "_" for one in name)
    plain = normalize("NFKD", clean).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w .,()+=@!~-]", "_", plain).strip() or "picture"
    whole = quote(normalize("NFC", clean) or plain, safe="!#$&+-.^_`|~")
    return {"content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"}
