"""A conversation as Markdown, with its pictures."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from agent.turns.turn import Turn
from retrievers.hit import Hit, Picture
from retrievers.text.display import visible


def markdown(
    turns: Sequence[Turn], path: Path, *, link: Callable[[Picture], str] | None = None
) -> str:
    """Write turns as a Markdown document.

    Args:
        turns: what is written.
        path: where the document will lie; its links to the pictures' files start there.
        link: gives the address of a picture instead, for who does not have the files.
    """

    def beside(picture: Picture) -> str:
        return _link(picture.path, path.parent)

    return "# Conversation\n\n" + "\n".join(_turn(turn, link or beside) for turn in turns)


def _turn(turn: Turn, link: Callable[[Picture], str]) -> str:
    lines = [f"## {turn.number}. {_escaped(turn.said)}", "", f"*{_escaped(turn.understood)}*", ""]
    if turn.reply:
        lines += [f"> {_escaped(line)}" for line in turn.reply.splitlines()] + [""]
    lines += [f"- lost: {_escaped(reason)}" for reason in turn.lost]
    lines += [_picture(hit, link) for hit in turn.hits]
    return "\n".join(lines) + "\n"


def _picture(hit: Hit, link: Callable[[Picture], str]) -> str:
    name = _escaped(hit.picture.path.name)
    return f"{hit.rank}. ![{name}]({link(hit.picture)}) {name}"


def _link(path: Path, folder: Path) -> str:
    """A relative link where one exists, else the file's URL; every odd byte percent-encoded."""
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        return path.absolute().as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")))


def _escaped(text: str) -> str:
    """Text of any origin as plain words of one line: no markup of it takes effect."""
    flat = visible(" ".join(text.split()))
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|~&" else c for c in flat)
