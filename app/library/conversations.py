"""The sessions in the home folder: listing, reading, deleting, naming and opening them."""

import os
from collections.abc import Container, Mapping
from datetime import datetime
from itertools import chain, count, islice
from pathlib import Path
from shutil import rmtree
from typing import Any

from agent.conversation.journal import (
    Journal,
    SessionError,
    SessionFile,
    session_files,
    session_path,
)
from agent.conversation.saved_lists import TranscriptWriter, lists_folder
from agent.conversation.serialise import serialise
from agent.conversation.session import Session
from agent.conversation.session_list import glance, session_facts
from agent.conversation.transcript import markdown
from app.output.json_output import as_document
from app.output.printable import printable
from retrievers.files.home import dialens_home
from retrievers.hit import Retriever
from retrievers.text.lettering import named

LISTED = 10  # names in an error


def folder(user: str = "") -> Path:
    """Return where a server's user keeps sessions, or the owner of this home; it may not exist."""
    home = dialens_home()
    return (home / "users" / user if user else home) / "sessions"


def memory(name: str) -> Path:
    """Return the file that an agent remembers this conversation in; it may not exist."""
    return _memory(folder(), name)


def new_name(collection: str, now: datetime, *, user: str = "", taken: Container[str] = ()) -> str:
    """Return a name that no session has, made of the collection and the minute.

    Args:
        collection: its name.
        now: the time.
        user: whose sessions.
        taken: names of sessions that are not on the disk.
    """
    base = named(collection, "_ .-")[:50] + f"-{now:%Y-%m-%d-%H%M}"
    names = chain([base], (f"{base}-{number}" for number in count(2)))
    here = folder(user)
    return next(one for one in names if one not in taken and not (here / f"{one}.jsonl").exists())


def begin(
    name: str | None,
    collection: str,
    retriever: Retriever,
    *,
    page: int,
    writers: Mapping[str, TranscriptWriter],
    user: str = "",
    kept_from: int = 1,
) -> Session:
    """Resume the session of that name, or start it; without a name, start one with a new name.

    A session in which nothing was looked for is not kept, nor is one of fewer turns than
    `kept_from`.

    Raises:
        SessionError: its file is damaged.
        ValueError: the name cannot be a file's, or the session is about another collection.
    """
    here = folder(user)
    if name and session_path(here, name).exists():
        if (about := collection_of(name, user=user)) != collection:
            raise ValueError(f"session {name!r} is about {about!r}, not {collection!r}")
        return Session.resume(name, retriever, folder=here, page=page, writers=writers)
    name = name or new_name(collection, datetime.now(), user=user)
    return Session.start(
        name,
        retriever,
        folder=here,
        collection=collection,
        page=page,
        writers=writers,
        kept_from=kept_from,
    )


def read(name: str, *, user: str = "") -> Journal:
    """Open a session's file.

    Raises:
        SessionError: there is none of that name, or it is damaged.
        ValueError: the name cannot be a file's.
    """
    return Journal.read(folder(user), name)


def collection_of(name: str, *, user: str = "") -> str:
    """Return what a session is about; raises as `read`."""
    return session_facts(folder(user), name).get("collection", "")


def summaries(*, user: str = "", most: int | None = None) -> list[dict[str, Any]]:
    """Return name, collection, number of turns and last words of the sessions continued last."""
    return [summary_of(one) for one in islice(session_files(folder(user)), most)]


def summary(name: str, *, user: str = "") -> dict[str, Any]:
    """Return the same of one session; raises as `read`."""
    path = session_path(folder(user), name)
    try:
        status = path.stat()
    except FileNotFoundError:
        raise SessionError(f"no conversation {name!r}") from None
    return summary_of(SessionFile(status.st_mtime_ns, status.st_size, str(path)))


def summary_of(file: SessionFile) -> dict[str, Any]:
    """Return the same of a session's file; what is wrong with a damaged one are its last words."""
    known: dict[str, Any] = {"name": file.name, "collection": "", "turns": 0, "at": None}
    try:
        seen = glance(file)
    except SessionError as error:
        return {**known, "last": str(error)}
    return {
        **known,
        "collection": seen.facts.get("collection", ""),
        "turns": seen.turns,
        "last": printable(seen.last),
        "at": seen.at.isoformat() if seen.at else None,
    }


def as_markdown(name: str, *, user: str = "") -> str:
    """Return the transcript."""
    journal = read(name, user=user)
    return markdown(journal.turns, journal.path)


def as_json(name: str, *, user: str = "") -> str:
    """Return every turn as one JSON document."""
    journal = read(name, user=user)
    turns = [serialise(turn) for turn in journal.turns]
    return as_document({**journal.facts, "turns": turns}, indent=None)


def remove(name: str, *, user: str = "", lists: bool = False) -> None:
    """Delete a session's file, and what an agent remembers of it.

    Args:
        name: of the session.
        user: whose it is.
        lists: whether the lists that it saved go, too.

    Raises:
        SessionError: there is none of that name.
        ValueError: the name cannot be a file's.
    """
    here = folder(user)
    if not (path := session_path(here, name)).exists():
        known = [one.name for one in session_files(here)]
        listed = ", ".join(known[:LISTED]) or "none"
        more = f" and {len(known) - LISTED} more: dialens sessions list" * (len(known) > LISTED)
        raise SessionError(f"no conversation {name!r}; there are {listed}{more}")
    path.unlink()
    if lists and lists_folder(path).is_dir():
        rmtree(lists_folder(path))
    for end in ("", "-wal", "-shm"):
        kept = _memory(here, name)
        kept.with_name(f"{kept.name}{end}").unlink(missing_ok=True)


def rename(name: str, to: str, *, user: str = "") -> None:
    """Give a session another name; its saved lists go with it.

    Raises:
        SessionError: there is none of that name, or the new one is taken, if by lists alone.
        ValueError: the new name cannot be a file's.
    """
    old, new = session_path(folder(user), name), session_path(folder(user), to)
    if lists_folder(new).exists():
        told = f"{lists_folder(new)} holds lists of another conversation; take another name"
        raise SessionError(told)
    try:
        os.link(old, new)  # fails where a file is, as rename does not
    except FileNotFoundError:
        raise SessionError(f"no conversation {name!r}") from None
    except FileExistsError:
        raise SessionError(f"there is a conversation {to!r} already; take another name") from None
    old.unlink()
    if lists_folder(old).is_dir():
        lists_folder(old).rename(lists_folder(new))
    for end in ("", "-wal", "-shm"):
        kept = _memory(old.parent, name)
        if (part := kept.with_name(f"{kept.name}{end}")).exists():
            part.rename(part.with_name(f"{_memory(old.parent, to).name}{end}"))


def _memory(folder: Path, name: str) -> Path:
    return folder / f"{name}.agent.db"
