"""Standard output and error that no text from elsewhere can take over.

A file's name, a caption or a model's reply can hold codes that move the cursor, set the title, or
turn the direction of writing. What a command writes goes through here, so that none has to think of
it; only rich, which makes codes of its own, writes past it (`app.terminal.terminal` makes its texts
safe).
"""

import re
import sys
from io import TextIOWrapper
from typing import Any

from retrievers.text.display import visible

_LINE = re.compile(r"(?:(?!\r\n)[^\n\t])+")
_TO_A_BAR = re.compile(r"(?:\n|\x1b\[A)+")
"""How tqdm goes to the line of another bar."""


def guard() -> None:
    """Put standard output and error behind it, for the rest of this process."""
    for name in ("stdout", "stderr"):
        if type(stream := getattr(sys, name)) is TextIOWrapper:
            line = stream.line_buffering
            encoding = stream.encoding
            made = Guarded(stream.detach(), encoding, "backslashreplace", line_buffering=line)
            setattr(sys, name, made)
            setattr(sys, f"__{name}__", made)


class Guarded(TextIOWrapper):
    """A stream of text that shows codes instead of sending them."""

    def write(self, text: str) -> int:
        """Write it, all but line breaks and tabs as `visible` has it."""
        super().write(text if text.isprintable() or text == "\n" else safe(text))
        return len(text)

    @property
    def rich_proxied_file(self) -> "Unguarded":
        """Where rich writes: it asks a stream for this name."""
        return Unguarded(self)


class Unguarded:
    """The same stream for who makes codes."""

    def __init__(self, stream: Guarded) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it as it is."""
        return TextIOWrapper.write(self._stream, text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def safe(text: str) -> str:
    """Return a text of many lines as `visible` has it; a bar may go back to its line's start."""
    if _TO_A_BAR.fullmatch(text):
        return text
    start = "\r" if text.startswith("\r") else ""
    return start + _LINE.sub(lambda line: visible(line[0]), text.removeprefix(start))
