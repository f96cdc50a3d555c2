"""A job at a collection: what is asked for, where it stands, and what came of it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Literal

from retrievers.collection.sync.sync_report import SyncProgress

JobState = Literal["waiting", "running", "done", "stopped", "failed"]
JobKind = Literal["index", "migrate"]


@dataclass
class IndexJob:
    """Folders being indexed, or a collection that moves to another encoder.

    Attributes:
        number: by which it is asked for.
        collection: its name.
        folders: what is looked into.
        state: where it stands.
        progress: of the folder it is at.
        failed: files that could not be read, each with its reason.
        away: files that are kept although their drive or share is away, by its folder.
        user: whose job it is.
        others: files of kinds that are not opened, by the end of their names.
        error: why it failed, in one line.
        kind: which of the two.
        told: what came of a migration, or what one should know of how a collection was made.
    """

    number: int
    collection: str
    folders: tuple[Path, ...]
    state: JobState = "waiting"
    progress: SyncProgress | None = None
    encoded: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""
    stopping: bool = False
    forget_missing: bool = False
    away: dict[str, int] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    user: str = ""
    kind: JobKind = "index"
    told: list[str] = field(default_factory=list)
    _turn: Lock = field(default_factory=Lock, repr=False)

    @property
    def over(self) -> bool:
        return self.state in ("done", "stopped", "failed")

    def begin(self) -> bool:
        """Run from now on; returns False if it was stopped while it waited."""
        with self._turn:
            if self.over:
                return False
            self.state = "running"
            return True

    def stop(self) -> None:
        """Stop after the step it is at, or at once if it has not begun."""
        with self._turn:
            self.stopping = True
            if self.state == "waiting":
                self.state = "stopped"
