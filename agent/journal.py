"""A session's file: JSON lines, one header and one line per turn, each on disk before it counts.

A kill can tear the last line only; reading drops it, and the next turn is written in its place.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.plain import from_plain, to_plain
from agent.turn import Turn

VERSION = 1


class SessionError(Exception):
    """A session can't be made, read or continued. One line: the file, what is wrong, the remedy."""


class Journal:
    """Append-only; `turns` are those on disk."""

    def __init__(
        self, path: Path, facts: Mapping[str, str], turns: list[Turn], *, size: int, end: int
    ) -> None:
        self.path = path
        self.facts = facts
        self.turns = turns
        self._size = size  # of the whole lines
        self._end = end  # of the file, with a torn line

    @classmethod
    def create(cls, folder: Path, name: str, facts: Mapping[str, str]) -> "Journal":
        """Start `<folder>/<name>.jsonl`.

        Raises:
            SessionError: there is one already.
            ValueError: the name can't be a file name.
        """
        path = session_path(folder, name)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            raise SessionError(
                f"{path}: this session exists; resume it or take another name"
            ) from None
        journal = cls(path, {"name": name, **facts}, [], size=0, end=0)
        journal._append({"version": VERSION, **journal.facts})
        return journal

    @classmethod
    def read(cls, folder: Path, name: str) -> "Journal":
        """Read a session back, without a torn last line.

        Raises:
            SessionError: there is none, it is of another version, or a line in it is damaged.
            ValueError: the name can't be a file name.
        """
        path = session_path(folder, name)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise SessionError(f"{path}: no such session; start it first") from None
        whole = content[: content.rfind(b"\n") + 1]
        header, *lines = whole.splitlines() or [b""]
        facts = _check_header(path, header)
        turns = [_turn(path, at, line) for at, line in enumerate(lines, 2)]
        return cls(path, facts, turns, size=len(whole), end=len(content))

    def append(self, turn: Turn) -> None:
        """Write a turn; it is on disk when this returns.

        Raises:
            SessionError: the file is not as this object left it, or can't be written.
        """
        self._append(to_plain(turn))
        self.turns.append(turn)

    def _append(self, record: Mapping[str, Any]) -> None:
        line = json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            with self.path.open("r+b") as file:
                if file.seek(0, os.SEEK_END) != self._end:
                    raise SessionError(f"{self.path}: another program continued it; resume it")
                file.truncate(self._size)
                file.seek(self._size)
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SessionError(f"{self.path}: can't be written: {error.strerror}") from error
        self._size += len(line)
        self._end = self._size


def session_path(folder: Path, name: str) -> Path:
    """Return the file of a session.

    Raises:
        ValueError: the name can't be a file name everywhere.
    """
    if not re.fullmatch(r"\w[\w .-]{0,79}", name) or name.endswith((".", " ")):
        rule = "a session's name is 1 to 80 letters, digits, spaces, dots, - or _"
        raise ValueError(f"{rule}, and starts with a letter or digit; got {name!r}")
    return folder / f"{name}.jsonl"


def session_names(folder: Path) -> list[str]:
    """List the sessions of a folder, the one continued last first."""
    found = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [path.stem for path in found]


def _check_header(path: Path, line: bytes) -> dict[str, str]:
    try:
        facts = json.loads(line)
        version = facts.pop("version")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise SessionError(f"{path}: not a session file; move it away") from None
    if version != VERSION:
        remedy = "use the dialens that wrote it"
        raise SessionError(f"{path}: version must be {VERSION}; got {version!r}; {remedy}")
    return {key: str(value) for key, value in facts.items()}


def _turn(path: Path, at: int, line: bytes) -> Turn:
    try:
        turn: Turn = from_plain(Turn, json.loads(line))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise SessionError(f"{path}: line {at} is damaged ({error}); delete it") from error
    return turn
