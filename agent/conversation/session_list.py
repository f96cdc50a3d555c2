"""The sessions of a folder at a glance: who lists them reads a first and a last line of each.

What a file of one size and time of change holds is read once; the sessions themselves are opened by
`agent.conversation.journal`.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from agent.conversation.journal import (
    LONGEST_LINE,
    SessionError,
    SessionFile,
    check_header,
    session_path,
)
from retrievers.files.regular_file import open_regular

REMEMBERED = 20_000  # states of files
AT_ONCE = 64_000  # bytes that are read from the end


class Glance(NamedTuple):
    """What the first and the last line of a session say; without turns, `last` is empty."""

    facts: Mapping[str, str]
    turns: int = 0
    last: str = ""
    at: datetime | None = None


def session_facts(folder: Path, name: str) -> Mapping[str, str]:
    """Return what a session is about, from its first line.

    Raises:
        SessionError: there is none of that name, or it is no session's file.
        ValueError: the name can't be a file name.
    """
    path = session_path(folder, name)
    try:
        with open_regular(path) as file:
            return check_header(path, file.readline(LONGEST_LINE))
    except FileNotFoundError:
        raise SessionError(f"{path}: no such session; start it first") from None
    except OSError as error:
        raise SessionError(f"{path}: can't be read: {error.strerror}") from error


@lru_cache(maxsize=REMEMBERED)
def glance(file: SessionFile) -> Glance:
    """Read a session's first and last whole line, once in each state of the file.

    Raises:
        SessionError: one of them is damaged, or the file is gone.
    """
    path = Path(file.place)
    try:
        with open_regular(path) as opened:
            facts = check_header(path, opened.readline(LONGEST_LINE))
            last = _last_line(opened)
    except OSError as error:
        raise SessionError(f"{path}: can't be read: {error.strerror}") from error
    if last is None:
        return Glance(facts)
    try:
        turn = json.loads(last)
        said = str(turn.get("understood") or turn["said"])
        return Glance(facts, int(turn["number"]), said, datetime.fromisoformat(turn["at"]))
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise SessionError(f"{path}: the last line is damaged ({error})") from error


def _last_line(file: BinaryIO) -> bytes | None:
    """Return the last whole line after the place where the file stands, if there is one."""
    first, at, held = file.tell(), file.seek(0, os.SEEK_END), b""
    while at > first and held.count(b"\n") < 2 and len(held) < LONGEST_LINE:
        size = min(AT_ONCE, at - first)
        at = file.seek(at - size)
        held = file.read(size) + held
    lines = held[: held.rfind(b"\n") + 1].splitlines()
    return lines[-1] if lines else None
