"""What changed in a folder since a collection last looked: by path, size and time of change.

No file is opened.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Collection as SizedIterable
from dataclasses import dataclass, field
from pathlib import Path

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.sync.mount_boundaries import Boundaries, away, remembered, standing
from retrievers.collection.sync.volumes import Held, Volumes, volumes
from retrievers.pictures import FoundFile, UnreadablePicture, find_pictures
from retrievers.pictures.folders.globs import compile_globs
from retrievers.pictures.metadata.facts import READING

States = dict[bytes, tuple[int, int]]  # size and time of change by path
_BELOW = "path >= ? AND path < ?"


@dataclass(slots=True)
class Changes:
    """What a walk found.

    Attributes:
        found: picture files in the folder.
        unchanged: those of them that need not be opened.
        fresh: those that are new or changed.
        stale: those whose facts are to be read again: another reading, or other files beside them.
        gone: recorded files that are no more.
        cured: recorded failures that are no more, without their file having been opened.
        failed: folders that cannot be listed, and things that are no files, with the reason.
        away: how many recorded files lie behind each boundary that is away; see `boundaries`.
        boundaries: those that are there, and those that are away.
        volumes: which drives are there.
        others: files of kinds that are not opened here, by the end of their names.
        idle: globs that nothing in the folder matched.
    """

    found: int = 0
    unchanged: int = 0
    fresh: list[FoundFile] = field(default_factory=list)
    stale: list[FoundFile] = field(default_factory=list)
    gone: list[Path] = field(default_factory=list)
    cured: list[Path] = field(default_factory=list)
    failed: list[UnreadablePicture] = field(default_factory=list)
    away: dict[Path, int] = field(default_factory=dict)
    boundaries: Boundaries = field(default_factory=dict)
    volumes: Volumes = field(default_factory=Volumes)
    others: Counter[str] = field(default_factory=Counter)
    idle: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a folder is looked into; see `retrievers.collection.sync.sync.sync`."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    only: SizedIterable[Path] | None = None
    retry_failed: bool = False
    forget_missing: bool = False
    follow_links: bool = False


def changes(
    collection: Collection,
    root: Path,
    look: Look,
    *,
    on_found: Callable[[int], None],
    should_stop: Callable[[], bool],
) -> Changes:
    """Compare a folder with the records. Where roots lie in each other, a file is its finder's.

    Once `should_stop` says yes, which it must go on saying, what comes back is not the whole.

    Raises:
        CollectionError: the folder is not there, or all that was in it is not.
    """
    now, places = Changes(), list[FoundFile]()
    seen, tried = _recorded(collection, root, "files"), _recorded(collection, root, "failures")
    read, unread = _read_as(collection, root), set[bytes]()
    for found in _walk(root, look, now, should_stop):
        if look.only is not None and found.path not in look.only:
            continue
        now.found += 1
        places.append(found)
        name, state = os.fsencode(found.path), (found.size, found.mtime_ns)
        held, unreadable = seen.pop(name, None), tried.pop(name, None)
        mute = _mute(found, tried)
        unread |= mute
        again = bool(mute) and look.retry_failed
        if state == held and (again or read.get(name) != (beside_stamp(found), READING)):
            now.stale.append(found)
        elif state == held or (state == unreadable and not look.retry_failed):
            now.unchanged += 1
        else:
            now.fresh.append(found)
        on_found(now.found)
    if should_stop():
        return now
    now.boundaries = standing(root, [found.path for found in places])
    now.volumes = _volumes(now, collection, root, look, places)
    failed = {os.fsencode(failure.path) for failure in now.failed}
    own = seen.keys() - _of_others(collection, root)
    unseen = failed | (
        set() if look.forget_missing else _keep_away(now, own, collection, root, look)
    )
    kept = set() if look.forget_missing else _keep_of_others(now, own - unseen, unseen)
    lost = {name for name in own - kept if not _below(unseen, name)}
    if len(lost) == len(own) and not look.forget_missing:
        _refuse_empty(collection, root, now, lost, should_stop)
    now.gone = _paths(lost - failed)
    cured = tried.keys() - failed - unread
    now.cured = _paths({name for name in cured if not _below(unseen, name)})
    return now


def _keep_away(
    now: Changes, own: SizedIterable[bytes], collection: Collection, root: Path, look: Look
) -> set[bytes]:
    """Note the boundaries that are away, with their files that are no more; returns their paths."""
    known, found = _kept_boundaries(collection, root, look), set[bytes]()
    for folder in away(known, root):
        name = os.fsencode(folder)
        if held := sum(_below({name}, one) for one in own):
            found.add(name)
            now.away[Path(folder)] = held
            now.boundaries = {**now.boundaries, folder: known[folder]}
    return found


def _kept_boundaries(collection: Collection, root: Path, look: Look) -> Boundaries:
    """Return the remembered boundaries that are not left out from now on."""
    left_out = compile_globs(look.exclude, root)

    def is_left_out(folder: str) -> bool:
        below = os.fsencode(os.path.relpath(folder, root)).decode("utf-8", "replace")
        return left_out is not None and left_out.fullmatch(below)

    known = remembered(collection, root)
    return {folder: kind for folder, kind in known.items() if not is_left_out(folder)}


def _volumes(
    now: Changes, collection: Collection, root: Path, look: Look, found: Sequence[FoundFile]
) -> Volumes:
    """Tell which drives are in the places where there are some, or were and are still reached."""
    known = {one for one in _kept_boundaries(collection, root, look) if os.path.lexists(one)}
    places = {*now.boundaries, *known}
    if not places:
        return Volumes()
    sql = f"SELECT path, size, mtime_ns, volume FROM files WHERE {_BELOW}"
    return volumes(places, map(Held._make, collection.db.execute(sql, _span(root))), found)


def _keep_of_others(now: Changes, own: SizedIterable[bytes], unseen: set[bytes]) -> set[bytes]:
    """Note the files of drives whose place another one has, or whose pictures are all missing."""
    kept = set[bytes]()
    for place, absent in now.volumes.absent.items():
        some = {
            name
            for name in absent
            if name in own and not _below(unseen, name) and not os.path.lexists(name)
        }
        if some:
            now.away[Path(place)] = now.away.get(Path(place), 0) + len(some)
            now.boundaries = {place: "drive", **now.boundaries}
            kept |= some
    return kept


def _refuse_empty(
    collection: Collection,
    root: Path,
    now: Changes,
    lost: set[bytes],
    should_stop: Callable[[], bool],
) -> None:
    """Take nothing for lost when a folder holds no picture at all: its drive may be away."""
    if not lost or now.found or _has_pictures(root, should_stop) or should_stop():
        return
    raise CollectionError(
        f"{root} holds no pictures any more, and the collection has {len(lost)} of its files;"
        " is the drive connected? Nothing was changed. To drop them: index it again with"
        f" --forget-missing, or dialens rm {collection.name}"
    )


def _recorded(collection: Collection, root: Path, table: str) -> States:
    """Return what is recorded below a folder; both None where it is no file that failed."""
    rows = collection.db.execute(
        f"SELECT path, size, mtime_ns FROM {table} WHERE {_BELOW}", _span(root)
    )
    return {path: (size, mtime_ns) for path, size, mtime_ns in rows}


def beside_stamp(found: FoundFile) -> str:
    """Return what changes whenever the files beside a picture do."""
    return "|".join(
        f"{os.fsencode(one.path.name).decode('utf-8', 'replace')}:{one.size}:{one.mtime_ns}"
        f":{one.ctime_ns}"
        for one in found.beside
    )


def _mute(found: FoundFile, tried: States) -> set[bytes]:
    """Return the files beside a picture that could not be read and are as they were."""
    states = {os.fsencode(one.path): (one.size, one.mtime_ns) for one in found.beside}
    return {name for name, state in states.items() if tried.get(name) == state}


def _read_as(collection: Collection, root: Path) -> dict[bytes, tuple[str, int]]:
    """Return the stamp of the files beside each picture file, and how its facts were read."""
    rows = collection.db.execute(
        f"SELECT path, beside, reading FROM files WHERE {_BELOW}", _span(root)
    )
    return {path: (beside, reading) for path, beside, reading in rows}


def _of_others(collection: Collection, root: Path) -> set[bytes]:
    """Return the files below a folder that were found from another root."""
    sql = f"SELECT path FROM files WHERE {_BELOW} AND root != ?"
    return {name for (name,) in collection.db.execute(sql, (*_span(root), os.fsencode(root)))}


def _span(root: Path) -> tuple[bytes, bytes]:
    """Return the first and the last but one of all paths below a folder."""
    first = os.fsencode(root / "_")[:-1]  # with a final separator
    return first, first[:-1] + bytes([first[-1] + 1])


def _walk(
    root: Path, look: Look, now: Changes, should_stop: Callable[[], bool]
) -> Iterator[FoundFile]:
    try:
        yield from find_pictures(
            root,
            look.include,
            look.exclude,
            follow_links=look.follow_links,
            on_failure=now.failed.append,
            on_other=lambda end: now.others.update([end]),
            on_idle=now.idle.append,
            should_stop=should_stop,
        )
    except UnreadablePicture as error:
        raise CollectionError(f"{error}; nothing was changed") from error


def _below(closed: set[bytes], name: bytes) -> bool:
    """Whether it is in a folder that cannot be listed: it may be there still."""
    return name.startswith(tuple(path + os.fsencode(os.sep) for path in closed))


def _has_pictures(root: Path, should_stop: Callable[[], bool]) -> bool:
    """Whether there are some that only the globs leave out."""
    return next(find_pictures(root, should_stop=should_stop), None) is not None


def _paths(names: set[bytes]) -> list[Path]:
    return [Path(os.fsdecode(name)) for name in sorted(names)]
