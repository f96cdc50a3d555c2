"""Standard input where it is no keyboard: a file or a pipe, in whatever encoding it was written."""

import codecs
import os
import stat
from collections.abc import Iterator
from io import BufferedReader, StringIO, TextIOWrapper
from typing import cast

from retrievers.text.encodings import UnreadableText, encoding_of

MOST_SEEN = 1 << 15  # bytes of earlier lines that help to tell


class Piped(TextIOWrapper):
    """Lines as they come; those that are no UTF-8 are read as text files are."""

    _lines: Iterator[str] | None = None

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """Return the next line with its end, or nothing after the last."""
        if self._lines is None:
            self._lines = _lines(cast("BufferedReader", self.buffer))
        return next(self._lines, "")


def _lines(stream: BufferedReader) -> Iterator[str]:
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):  # all of it tells more than its beginning
        yield from StringIO(_text(stream.read()), newline=None)
        return
    first = stream.peek()  # what is there by now
    if b"\0" in first or first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        yield from StringIO(_text(stream.read()), newline=None)  # ends of lines are no bytes there
        return
    seen = b""
    for line in iter(stream.readline, b""):
        if not line.isascii():
            seen = (seen + line)[-MOST_SEEN:]
        yield from StringIO(_text(line, seen), newline=None)


def _text(data: bytes, seen: bytes = b"") -> str:
    """Return the characters; of what is no text, those that can be told.

    Args:
        data: what is read.
        seen: it and what came before it, which tells more where it is no UTF-8.
    """
    try:
        encoding = encoding_of(data)
        if seen and not encoding.startswith("utf"):
            encoding = encoding_of(seen)
        return data.decode(encoding)
    except (UnreadableText, UnicodeDecodeError):
        return data.decode("utf-8", "replace")
