"""Pictures inside a text, in the ways that clients write base64 and data URLs (RFC 2397)."""

import binascii
import re
from base64 import b64decode
from urllib.parse import unquote_to_bytes

from app.server.contract.errors import NotAPictureError

_DATA = re.compile(r"data:(?P<kind>[^,]*),(?P<data>.*)", re.IGNORECASE | re.DOTALL)


def from_text(text: str) -> bytes:
    """Return the bytes of a data URL, or of base64 alone.

    Base64 may be broken into lines, percent-encoded, of the alphabet for URLs, and without its
    padding.

    Raises:
        NotAPictureError: it is neither.
    """
    match = _DATA.fullmatch(text.strip())
    data = unquote_to_bytes(match["data"]) if match else text.encode("utf-8", "replace")
    if match and "base64" not in match["kind"].casefold().replace(" ", "").split(";"):
        return data
    plain = b"".join(data.split()).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAPictureError(f"a picture must be base64 or a data URL: {error}") from error
