"""What a conversation writes for its user: lists of pictures, and itself as a document.

Both lie beside the session's file: a list in a folder of the session's name, one path a line.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agent.conversation.transcript import markdown
from agent.turns.turn import Turn
from retrievers.files.regular_file import read_regular
from retrievers.files.whole_file import write_whole
from retrievers.hit import Hit
from retrievers.text.lettering import named

TranscriptWriter = Callable[[Sequence[Turn], Path], str]
"""Makes a document of turns; the path is where it will lie, for relative links."""

LARGEST = 10_000_000  # bytes of a saved list
_ENDINGS = {"markdown": ".md", "html": ".html"}


def list_name(name: str | None) -> str:
    """Return what a list is called whose user calls it so: letters that a file's name may have."""
    kept = named(name or "", "_ -")[:80].strip(" -")
    return kept or "saved"


def lists_folder(session_file: Path) -> Path:
    """Return the folder of a session's lists; it may not exist."""
    return session_file.with_suffix("")


def list_file(name: str, session_file: Path) -> Path:
    """Return the file of the list of that name."""
    return lists_folder(session_file) / f"{name}.txt"


def save(name: str, hits: Sequence[Hit], session_file: Path) -> int:
    """Add the pictures' paths to the list of that name; return how many it has then.

    Raises:
        OSError: the list can't be written.
    """
    path = list_file(name, session_file)
    path.parent.mkdir(exist_ok=True, parents=True)
    old = read_regular(path, LARGEST).splitlines() if path.exists() else []
    new = [os.fsencode(hit.picture.path) for hit in hits]
    lines = list(dict.fromkeys([*old, *(line for line in new if b"\n" not in line)]))
    write_whole(path, b"".join(line + b"\n" for line in lines))
    return len(lines)


def saved_paths(name: str, session_file: Path) -> list[Path]:
    """Return the files that a list names.

    Raises:
        FileNotFoundError: there is no list of that name.
        OSError: it can't be read.
    """
    if name != list_name(name):
        raise FileNotFoundError(name)
    lines = read_regular(list_file(name, session_file), LARGEST).splitlines()
    return [Path(os.fsdecode(line)) for line in lines]


def forms(writers: Mapping[str, TranscriptWriter] | None) -> dict[str, TranscriptWriter]:
    """Return what writes each form of document that there is; the first is the usual one."""
    return {**(writers or {}), "markdown": markdown}


def export(turns: Sequence[Turn], form: str, write: TranscriptWriter, session_file: Path) -> Path:
    """Write the conversation as a document of this form and return where it lies.

    Raises:
        OSError: the document can't be written.
    """
    path = session_file.with_suffix(_ENDINGS[form])
    write_whole(path, write(turns, path).encode("utf-8", "surrogateescape"))
    return path
