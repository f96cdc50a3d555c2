"""The sessions in the home folder: listing, reading, deleting, naming and opening them."""

import json
import re
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from agent.journal import Journal, SessionError, session_names, session_path
from agent.plain import to_plain
from agent.transcript import markdown
from app.printable import printable
from retrievers.home import dialens_home


def folder() -> Path:
    """Return where sessions lie; it may not exist."""
    return dialens_home() / "sessions"


def memory(name: str) -> Path:
    """Return the file that an agent remembers this conversation in; it may not exist."""
    return folder() / f"{name}.agent.db"


def new_name(collection: str, now: datetime) -> str:
    """Return a name that no session has, made of the collection and the minute."""
    base = re.sub(r"[^\w .-]", "-", collection)[:50]
    known = set(session_names(folder()))
    names = chain([""], (f"-{number}" for number in count(2)))
    return next(name for end in names if (name := f"{base}-{now:%Y-%m-%d-%H%M}{end}") not in known)


def read(name: str) -> Journal:
    """Open a session's file.

    Raises:
        SessionError: there is none of that name, or it is damaged.
    """
    return Journal.read(folder(), name)


def summaries() -> list[dict[str, Any]]:
    """Return name, collection, number of turns and last words of every session."""
    return [_summary(name) for name in session_names(folder())]


def _summary(name: str) -> dict[str, Any]:
    try:
        journal = read(name)
    except SessionError as error:
        return {"name": name, "collection": "", "turns": 0, "last": str(error), "at": None}
    last = journal.turns[-1] if journal.turns else None
    return {
        "name": name,
        "collection": journal.facts.get("collection", ""),
        "turns": len(journal.turns),
        "last": printable(last.understood or last.said) if last else "",
        "at": last.at.isoformat() if last else None,
    }


def as_markdown(name: str) -> str:
    """Return the transcript."""
    journal = read(name)
    return markdown(journal.turns, journal.path)


def as_json(name: str) -> str:
    """Return every turn as one JSON document."""
    journal = read(name)
    return json.dumps({**journal.facts, "turns": [to_plain(turn) for turn in journal.turns]})


def remove(name: str) -> None:
    """Delete a session's file, and what an agent remembers of it.

    Raises:
        SessionError: there is none of that name.
    """
    if not (path := session_path(folder(), name)).exists():
        known = ", ".join(session_names(folder())) or "none"
        raise SessionError(f"no conversation {name!r}; there are {known}")
    path.unlink()
    for end in ("", "-wal", "-shm"):
        memory(name).with_name(f"{memory(name).name}{end}").unlink(missing_ok=True)
