"""A session's journal: JSON lines, one header and one line per turn, each on disk before it counts.

A kill can tear the last line only; reading drops it, and the next turn is written in its place.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple
from unicodedata import normalize

from agent.conversation.serialise import deserialise, serialise
from agent.turns.turn import Turn
from agent.understanding.constraint_list import constraints_of
from retrievers.files.home import private
from retrievers.files.regular_file import read_regular
from retrievers.files.spelling import on_disk
from retrievers.query import Query
from retrievers.text.lettering import named

VERSION = 1
LONGEST_LINE = 16_000_000  # bytes of a turn
LARGEST = 512_000_000  # bytes of a session


class SessionError(Exception):
    """A session can't be made, read or continued. One line: the file, what is wrong, the remedy."""


class Journal:
    """Append-only; `turns` are those on disk, once there are enough for the file to be made."""

    def __init__(
        self, path: Path, facts: Mapping[str, str], turns: list[Turn], *, size: int, end: int | None
    ) -> None:
        self.path = path
        self.facts = facts
        self.turns = turns
        self._size = size  # of the whole lines
        self._end = end  # of the file, with a torn line; None: there is no file
        self._kept_from = 0
        self._state = self._now()

    @classmethod
    def create(
        cls, folder: Path, name: str, facts: Mapping[str, str], *, kept_from: int = 0
    ) -> "Journal":
        """Start `<folder>/<name>.jsonl`.

        Args:
            folder: of the sessions.
            name: of this one.
            facts: what it is about.
            kept_from: the turn that it is kept from, once one has searched; before it, nothing is
                on the disk. 0: from the start.

        Raises:
            SessionError: there is one already.
            ValueError: the name can't be a file name.
        """
        path = session_path(folder, name)
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise SessionError(f"{path}: this session exists; resume it or take another name")
        journal = cls(path, {"name": name, **facts}, [], size=0, end=None)
        journal._kept_from = kept_from
        if not kept_from:
            journal.keep()
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
            content = read_regular(path, LARGEST)
        except FileNotFoundError:
            raise SessionError(f"{path}: no such session; start it first") from None
        except OSError as error:
            raise SessionError(f"{path}: can't be read: {error.strerror}") from error
        whole = content[: content.rfind(b"\n") + 1]
        header, *lines = whole.splitlines() or [b""]
        facts = check_header(path, header) | {"name": name}  # the file's, which may be a new one
        turns = [_turn(path, at, line) for at, line in enumerate(lines, 2)]
        return cls(path, facts, turns, size=len(whole), end=len(content))

    def append(self, turn: Turn) -> None:
        """Write a turn; it is on disk when this returns, if the session is kept by then.

        Raises:
            SessionError: the file is not as this object left it, or can't be written.
        """
        if self.is_kept:
            self._append(serialise(turn))
        elif len(self.turns) + 1 >= self._kept_from and self._searched(turn):
            self._append(*self._whole(), serialise(turn))
        self.turns.append(turn)

    def _searched(self, turn: Turn) -> bool:
        return any(one.searched for one in (*self.turns, turn))

    @property
    def is_kept(self) -> bool:
        """Whether there is a file."""
        return self._size > 0

    @property
    def is_current(self) -> bool:
        """Whether the file is as this object read or left it; nobody else continued it."""
        now = self._now()
        return not self.is_kept or (now == self._state and now is not None and now[0] == self._end)

    def _now(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns

    def keep(self) -> None:
        """Make the file with what there is, however little; raises as `append`."""
        if not self.is_kept:
            self._append(*self._whole())

    def _whole(self) -> list[Mapping[str, Any]]:
        return [{"version": VERSION, **self.facts}, *map(serialise, self.turns)]

    def _append(self, *records: Mapping[str, Any]) -> None:
        made = (json.dumps(one, separators=(",", ":")).encode("ascii") + b"\n" for one in records)
        line = b"".join(made)
        try:
            how = "xb" if self._end is None else "r+b"
            with open(self.path, how, buffering=0, opener=private) as file:
                if file.seek(0, os.SEEK_END) != (self._end or 0):
                    raise SessionError(f"{self.path}: another program continued it; resume it")
                try:
                    self._write(file, line)
                finally:
                    self._end = file.seek(0, os.SEEK_END)  # what a full disk left is ours, too
                    self._state = self._now()
        except FileExistsError:
            raise SessionError(f"{self.path}: another program began it; resume it") from None
        except OSError as error:
            raise SessionError(f"{self.path}: can't be written: {error.strerror}") from error

    def _write(self, file: IO[bytes], line: bytes) -> None:
        file.truncate(self._size)
        file.seek(self._size)
        left = memoryview(line)
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
        self._size += len(line)


def session_path(folder: Path, name: str) -> Path:
    """Return the file of a session: one that is there, whoever named it, or a new one.

    Raises:
        ValueError: there is none, and the name can't be a file name everywhere.
    """
    composed = normalize("NFC", name)
    plain = not set(name) & set("/\\\0")
    if plain and (there := on_disk(folder / f"{composed}.jsonl")).is_file():
        return there
    letters = composed == named(composed, "_ .-") and composed[:1] not in ("", " ", ".", "-")
    if not letters or len(composed) > 80 or name.endswith((".", " ")):
        rule = "a session's name is 1 to 80 letters, digits, spaces, dots, - or _"
        raise ValueError(f"{rule}, and starts with a letter or digit; got {name!r}")
    return folder / f"{composed}.jsonl"


class SessionFile(NamedTuple):
    """A session's file in one of its states."""

    changed: int  # when, in nanoseconds
    size: int
    place: str

    @property
    def name(self) -> str:
        """The session's name."""
        return self.place.rpartition(os.sep)[2].removesuffix(".jsonl")


def session_files(folder: Path) -> list[SessionFile]:
    """List the files of a folder's sessions, the one continued last first; none is opened."""
    found = []
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".jsonl") and not entry.name.startswith("._"):  # of macOS
                with suppress(FileNotFoundError):  # deleted meanwhile
                    status = _status(entry)
                    found.append(SessionFile(status.st_mtime_ns, status.st_size, entry.path))
    return sorted(found, reverse=True)


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    try:
        return entry.stat()
    except OSError:  # a link to nowhere, or to itself
        return entry.stat(follow_symlinks=False)


def session_names(folder: Path) -> list[str]:
    """List the sessions of a folder, the one continued last first."""
    return [one.name for one in session_files(folder)]


def check_header(path: Path, line: bytes) -> dict[str, str]:
    """Return what a session's first line says it is about; SessionError if it is none."""
    try:
        facts = json.loads(line)
        version = facts.pop("version")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        raise SessionError(f"{path}: not a session file; move it away") from None
    if version != VERSION:
        remedy = "use the dialens that wrote it"
        raise SessionError(f"{path}: version must be {VERSION}; got {version!r}; {remedy}")
    return {key: str(value) for key, value in facts.items()}


def _turn(path: Path, at: int, line: bytes) -> Turn:
    try:
        held = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SessionError(f"{path}: line {at} is damaged ({error}); delete it") from error
    try:
        turn: Turn = deserialise(Turn, _with_constraints(held))
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:  # whole
        unknown = f"{path}: line {at} says what this dialens does not know ({error})"
        raise SessionError(f"{unknown}; a newer one wrote it: use that") from error
    return turn


def _with_constraints(held: dict[str, Any]) -> dict[str, Any]:
    """Return a turn as it is written now; before 0.2 its query was written instead."""
    if "query" not in held:
        return held
    asked = constraints_of(deserialise(Query, held["query"]))
    kept = {name: value for name, value in held.items() if name != "query"}
    return kept | {"constraints": serialise(asked)}
