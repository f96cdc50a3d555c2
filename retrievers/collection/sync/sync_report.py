"""How far a sync has come, and what it did."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from retrievers.pictures import UnreadablePicture


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a sync has come.

    Attributes:
        phase: `fetch` gets an encoder's weights, told in megabytes; `find` counts files; `read`
            works through those that are new or changed; `wait` waits for another process that
            writes.
        done: files dealt with in this phase.
        total: files of this phase; 0 while it is not known.
        failed: files that could not be read so far.
        seconds: since the phase began.
    """

    phase: Literal["fetch", "find", "read", "wait"]
    done: int
    total: int
    failed: int
    seconds: float


@dataclass(slots=True)
class SyncReport:
    """What a sync did.

    Attributes:
        found: picture files in the folder.
        encoded: pictures that went through the encoder.
        known: new or moved files whose content the collection had already, or its pixels.
        unchanged: files that were not opened.
        reread: files that were opened only for what they say; their pictures are as they were.
        gone: files that were in the collection and are no longer in the folder.
        away: files that are kept although they cannot be seen now, by the folder where a drive or
            share should be.
        others: files of kinds that are not opened here, by the end of their names.
        idle: globs that nothing in the folder matched.
        failed: files that could not be read this time, with the reason.
        stopped: it was told to stop, and did before all was done; the next run goes on.
        seconds: in all.
    """

    found: int = 0
    encoded: int = 0
    known: int = 0
    unchanged: int = 0
    reread: int = 0
    gone: int = 0
    away: dict[Path, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    idle: list[str] = field(default_factory=list)
    failed: list[UnreadablePicture] = field(default_factory=list)
    stopped: bool = False
    seconds: float = 0.0
