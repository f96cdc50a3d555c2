"""Files that a command writes for its user: never over what it reads, nor over another's work.

They appear whole or not at all; only a file of the same kind is replaced, as a page by a page.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PAGE = b"<!doctype html"


@contextmanager
def new_file(path: Path, *, kind: bytes = b"", force: bool = False) -> Iterator[Path]:
    """Give a place to write to, and put what was written there at the path.

    Args:
        path: the file; what is no file, such as a pipe, is written to as it is.
        kind: how a file begins that may be replaced; empty: none may.
        force: replace any.

    Raises:
        ValueError: the file may not be replaced.
    """
    refuse_to_lose(path, kind=kind, force=force)
    target = path.resolve()  # a link stays a link
    if target.exists() and not target.is_file():
        yield target
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name[:200]}.partial")
    try:
        yield partial
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def refuse_to_lose(
    path: Path, *, reads: Sequence[Path] = (), kind: bytes = b"", force: bool = False
) -> None:
    """Refuse a path at which something would be lost.

    Args:
        path: where the command will write.
        reads: what it reads, which is not replaced by force either.
        kind: how a file begins that may be replaced; empty: none may.
        force: replace any other.

    Raises:
        ValueError: the command reads it, or it holds something of another kind.
    """
    if not path.exists():
        return
    if any(one.exists() and one.samefile(path) for one in reads):
        raise ValueError(f"{str(path)!r} is what is read; name another file to write")
    if path.is_dir():
        raise ValueError(f"{str(path)!r} is a folder; name a file to write")
    if force or not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as file:
        held = file.read(len(kind)).lower()
    if not kind or held != kind.lower():
        raise ValueError(f"{str(path)!r} is there already and is not replaced; name another file")
