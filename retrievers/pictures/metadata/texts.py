"""Text in metadata: bytes or characters in whatever encoding a program chose, made plain."""

LONGEST = 2000  # characters of one text
MOST_BYTES = 4 * LONGEST


def line(value: object) -> str:
    """Return a value as one clean line; metadata is padded with NULs and blanks."""
    text = value if isinstance(value, str) else _decoded(value)
    text = as_utf8(text).partition("\0")[0][:MOST_BYTES]
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST].strip()


def wide(value: object) -> str:
    """Return a line of UTF-16, as Windows' XP tags hold it: bytes, or Pillow's tuple of them."""
    try:
        data = bytes(value[:MOST_BYTES])  # type: ignore[index]
    except (TypeError, ValueError):
        return ""
    return line(utf16(data).partition("\0")[0])


def utf16(data: bytes, *, big: bool = False) -> str:
    """Decode UTF-16 in the order that its mark says, or in which it holds fewer odd characters."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "ignore")
    high, low = sum(not byte for byte in data[::2]), sum(not byte for byte in data[1::2])
    big = high > low or (big and high == low)
    return data.decode("utf-16-be" if big else "utf-16-le", "ignore")


def as_utf8(text: str) -> str:
    """Undo what a reader does that takes every byte for a Latin-1 character."""
    if text.isascii():
        return text
    try:
        return _decoded(text.encode("latin-1"))
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()


def _decoded(value: object) -> str:
    if not isinstance(value, bytes):
        return ""
    data = value[:MOST_BYTES]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end == len(data) == MOST_BYTES:  # cut in the middle of a character
            return data.decode("utf-8", "ignore")
        return data.decode("cp1252", "replace")
