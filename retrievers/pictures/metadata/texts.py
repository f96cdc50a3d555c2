"""Text in metadata: bytes or characters in whatever encoding a program chose, made plain.

Bytes that are no UTF-8 stay what they are, as surrogates, until all of a file's texts are known;
`strange.told` then reads them together.
"""

import re

from retrievers.text.common_letters import FAMILIAR, most_familiar
from retrievers.text.encodings import ESCAPED, UnreadableText, decoded

LONGEST = 2000  # characters of one text
MOST_BYTES = 4 * LONGEST
_CONTROL = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f]")


def line(value: object) -> str:
    """Return a value as one clean line; metadata is padded with NULs and blanks."""
    text = as_utf8(value) if isinstance(value, str) else _kept(value)
    text = text.partition("\0")[0][:MOST_BYTES]
    plain = "".join(c if c.isprintable() or is_byte(c) else " " for c in text)
    return " ".join(plain.split())[:LONGEST].strip()


def latin(value: object) -> str:
    """Return a line of what a reader took for Latin-1, byte for byte."""
    try:
        return line(value.encode("latin-1") if isinstance(value, str) else value)
    except UnicodeEncodeError:
        return line(value)


def wide(value: object, *, big: bool = False) -> str:
    """Return a line of UTF-16, as Windows' XP tags hold it: bytes, or Pillow's tuple of them.

    Some programs write their usual encoding there.
    """
    try:
        data = bytes(value[:MOST_BYTES])  # type: ignore[index]
    except (TypeError, ValueError):
        return ""
    narrow = data.rstrip(b"\0")
    text = utf16(data, big=big).strip("\0").partition("\0")[0]
    return line(narrow if _is_narrow(narrow, text) else text)


def _is_narrow(data: bytes, text: str) -> bool:
    """Whether bytes are no UTF-16, which may read as unlikely characters."""
    if _CONTROL.search(data) or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    strange = sum(not c.isprintable() or "\ue000" <= c <= "\uf8ff" for c in text)
    if len(data) % 2 or strange or data.isascii():
        return bool(strange) or len(data) % 2 == 1 or most_familiar(text) < FAMILIAR
    try:
        return most_familiar(decoded(data)) > most_familiar(text)
    except UnreadableText:
        return False


def utf16(data: bytes, *, big: bool = False) -> str:
    """Decode UTF-16 in the order that its mark says, or in which it holds fewer odd characters."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "ignore")
    high, low = sum(not byte for byte in data[::2]), sum(not byte for byte in data[1::2])
    big = high > low or (big and high == low)
    return data.decode("utf-16-be" if big else "utf-16-le", "ignore")


def as_utf8(text: str) -> str:
    """Undo what a program does that takes every byte of UTF-8 for a Latin-1 character."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text.encode("utf-8", "replace").decode()


def is_byte(character: str) -> bool:
    """Whether it stands for a byte that could not be read yet."""
    return "\udc80" <= character <= "\udcff"


def _kept(value: object) -> str:
    if not isinstance(value, bytes):
        return ""
    data = value[:MOST_BYTES]
    try:
        return decoded(data) if ESCAPED.search(data) else data.decode("utf-8-sig")
    except UnreadableText:
        return data.decode("ascii", "surrogateescape")
    except UnicodeDecodeError as error:
        if error.end == len(data) == MOST_BYTES:  # cut in the middle of a character
            return data.decode("utf-8", "ignore")
        return data.decode("ascii", "surrogateescape")
