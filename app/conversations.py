"""The sessions in the home folder: listing, reading, deleting, naming and opening them."""

import json
import os
import re
from collections.abc import Mapping
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from agent.answers import Writer
from agent.journal import Journal, SessionError, session_names, session_path
from agent.plain import to_plain
from agent.session import Session
from agent.transcript import markdown
from app.printable import printable
from retrievers.hit import Retriever
from retrievers.home import dialens_home


def folder(user: str = "") -> Path:
    """Return where a server's user keeps sessions, or the owner of this home; it may not exist."""
    home = dialens_home()
    return (home / "users" / user if user else home) / "sessions"


def memory(name: str) -> Path:
    """Return the file that an agent remembers this conversation in; it may not exist."""
    return _memory(folder(), name)


def new_name(collection: str, now: datetime, *, user: str = "") -> str:
    """Return a name that no session has, made of the collection and the minute."""
    base = re.sub(r"[^\w .-]", "-", collection)[:50]
    known = set(session_names(folder(user)))
    names = chain([""], (f"-{number}" for number in count(2)))
    return next(name for end in names if (name := f"{base}-{now:%Y-%m-%d-%H%M}{end}") not in known)


def begin(
    name: str | None,
    collection: str,
    retriever: Retriever,
    *,
    page: int,
    writers: Mapping[str, Writer],
    user: str = "",
) -> Session:
    """Resume the session of that name, or start it; without a name, start one with a new name.

    Raises:
        SessionError: its file is damaged.
        ValueError: the name cannot be a file's, or the session is about another collection.
    """
    here = folder(user)
    if name and session_path(here, name).exists():
        if (about := read(name, user=user).facts.get("collection")) != collection:
            raise ValueError(f"session {name!r} is about {about!r}, not {collection!r}")
        return Session.resume(name, retriever, folder=here, page=page, writers=writers)
    name = name or new_name(collection, datetime.now(), user=user)
    return Session.start(
        name, retriever, folder=here, collection=collection, page=page, writers=writers
    )


def read(name: str, *, user: str = "") -> Journal:
    """Open a session's file.

    Raises:
        SessionError: there is none of that name, or it is damaged.
        ValueError: the name cannot be a file's.
    """
    return Journal.read(folder(user), name)


def summaries(*, user: str = "") -> list[dict[str, Any]]:
    """Return name, collection, number of turns and last words of every session."""
    return [_summary(name, user) for name in session_names(folder(user))]


def _summary(name: str, user: str) -> dict[str, Any]:
    try:
        journal = read(name, user=user)
    except (SessionError, ValueError) as error:
        return {"name": name, "collection": "", "turns": 0, "last": str(error), "at": None}
    last = journal.turns[-1] if journal.turns else None
    return {
        "name": name,
        "collection": journal.facts.get("collection", ""),
        "turns": len(journal.turns),
        "last": printable(last.understood or last.said) if last else "",
        "at": last.at.isoformat() if last else None,
    }


def as_markdown(name: str, *, user: str = "") -> str:
    """Return the transcript."""
    journal = read(name, user=user)
    return markdown(journal.turns, journal.path)


def as_json(name: str, *, user: str = "") -> str:
    """Return every turn as one JSON document."""
    journal = read(name, user=user)
    return json.dumps({**journal.facts, "turns": [to_plain(turn) for turn in journal.turns]})


def remove(name: str, *, user: str = "") -> None:
    """Delete a session's file, and what an agent remembers of it.

    Raises:
        SessionError: there is none of that name.
        ValueError: the name cannot be a file's.
    """
    here = folder(user)
    if not (path := session_path(here, name)).exists():
        known = ", ".join(session_names(here)) or "none"
        raise SessionError(f"no conversation {name!r}; there are {known}")
    path.unlink()
    for end in ("", "-wal", "-shm"):
        kept = _memory(here, name)
        kept.with_name(f"{kept.name}{end}").unlink(missing_ok=True)


def rename(name: str, to: str, *, user: str = "") -> None:
    """Give a session another name.

    Raises:
        SessionError: there is none of that name, or the new one is taken.
        ValueError: the new name cannot be a file's.
    """
    old, new = session_path(folder(user), name), session_path(folder(user), to)
    try:
        os.link(old, new)  # fails where a file is, as rename does not
    except FileNotFoundError:
        raise SessionError(f"no conversation {name!r}") from None
    except FileExistsError:
        raise SessionError(f"there is a conversation {to!r} already; take another name") from None
    old.unlink()
    for end in ("", "-wal", "-shm"):
        kept = _memory(old.parent, name)
        if (part := kept.with_name(f"{kept.name}{end}")).exists():
            part.rename(part.with_name(f"{_memory(old.parent, to).name}{end}"))


def _memory(folder: Path, name: str) -> Path:
    return folder / f"{name}.agent.db"
