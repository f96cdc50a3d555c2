"""Texts of one file whose bytes are no UTF-8: read in one encoding, which all of them tell.

A title alone may be too short to tell Russian from Greek; with the description, the keywords and
the author's name beside it, it rarely is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from retrievers.pictures.metadata.facts import Facts, merged
from retrievers.pictures.metadata.texts import is_byte
from retrievers.text.encodings import UnreadableText, encoding_of


def readable_facts(parts: Sequence[Facts], besides: Iterable[str] = ()) -> list[Facts]:
    """Return the parts with every text readable; what cannot be told becomes U+FFFD, or nothing.

    Args:
        parts: of one file, their texts as `texts.line` returns them.
        besides: other texts of the file, which only help to tell.
    """
    strange = {text for part in parts for text in _texts(part) if any(map(is_byte, text))}
    if not strange:
        return list(parts)
    evidence = [*sorted(strange), *(text for text in besides if any(map(is_byte, text)))]
    encoding = _encoding(b"\n".join(map(_bytes, evidence)))
    known = {text: _read(_bytes(text), encoding) for text in strange}

    def read(text: str | None) -> str | None:
        return (text and known.get(text, text)) or None

    return [
        merged(
            [
                replace(
                    part,
                    camera=read(part.camera),
                    title=read(part.title),
                    description="\n".join(read(one) or "" for one in _lines(part)) or None,
                    tags=tuple(filter(None, map(read, part.tags))),
                )
            ]
        )
        for part in parts
    ]


def _texts(part: Facts) -> list[str]:
    return [part.camera or "", part.title or "", *_lines(part), *part.tags]


def _lines(part: Facts) -> list[str]:
    return (part.description or "").split("\n")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _encoding(data: bytes) -> str:
    try:
        return encoding_of(data)
    except UnreadableText:
        return ""


def _read(data: bytes, encoding: str) -> str:
    """Read a text; the last character may be cut."""
    for name in filter(None, (encoding, _encoding(data))):
        try:
            text = data.decode(name)
        except UnicodeDecodeError as error:
            if error.end < len(data) or error.start == 0:
                continue
            text = data[: error.start].decode(name, "replace")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())
    text = data.decode("utf-8", "replace")
    return text if 4 * text.count("\ufffd") <= len(text) else ""  # else it is no text
