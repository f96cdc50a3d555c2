"""Pictures that lie inside other files, taken out once: webdataset tars, parquet with bytes.

A key's files stand one after another in a tar: `000.jpg`, `000.txt`, `000.json`. They become a
folder of pictures with a `captions.jsonl`, written last, so that a folder without it is not whole.
Nothing in a tar chooses where a file is written: pictures are named by their content.
"""

import hashlib
import json
import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from eval.benchmarks.dataset import DatasetError
from eval.benchmarks.own.caption_columns import CAPTION
from eval.benchmarks.own.caption_lines import ALWAYS, MAX_GROWTH, Line
from retrievers.files.regular_file import read_regular
from retrievers.pictures import SUFFIXES
from retrievers.pictures.files.kinds import kind_of
from retrievers.text.encodings import UnreadableText, decoded
from retrievers.text.json_text import json_of

CAPTIONS = "captions.jsonl"
MAX_PICTURE = 1 << 28  # bytes
MAX_TEXT = 1 << 20
MAX_MEMBERS = 5_000_000


HEADERS = (b"x", b"g", b"X", b"L", b"K")
TOO_MUCH = f"the pictures are over {MAX_GROWTH} times as large as the files that hold them"


class _Info(tarfile.TarInfo):
    """A member whose name and remarks are no larger than a name and remarks are."""

    def _proc_member(self, tar: tarfile.TarFile) -> "_Info":  # where tarfile reads them, whole
        if self.type in HEADERS and self.size > MAX_TEXT:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes; the limit is {MAX_TEXT:,}")
        return super()._proc_member(tar)  # type: ignore[misc, no-any-return]


class _Member(NamedTuple):
    where: str
    key: str
    kind: str  # what follows the key: ".jpg", ".txt", ".json"
    data: bytes


def taken_out(lines: Iterable[Line], sources: Sequence[Path], folder: Path) -> Path:
    """Write the lines' pictures into a folder below `folder`, unless that was done before.

    Args:
        lines: their pictures are bytes.
        sources: the files they come from; changed ones are taken out again.
        folder: where such folders are kept.

    Returns:
        The `captions.jsonl` beside the pictures.

    Raises:
        DatasetError: a picture is none, or too large.
    """
    whole = folder / _mark(sources)
    if (whole / CAPTIONS).exists():
        return whole / CAPTIONS
    partial = folder / f".{whole.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    most = ALWAYS + MAX_GROWTH * sum(path.stat().st_size for path in sources)
    try:
        _write(lines, partial, most)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    shutil.rmtree(whole, ignore_errors=True)
    partial.rename(whole)
    return whole / CAPTIONS


def _write(lines: Iterable[Line], folder: Path, most: int) -> None:
    with (folder / CAPTIONS).open("w", encoding="utf-8") as file:
        for line in lines:
            name = _written(line, folder)
            if (most := most - (folder / name).stat().st_size) < 0:
                raise DatasetError(f"{line.where}: {TOO_MUCH}")
            held = {"file": name, "captions": line.captions}
            held |= {"split": line.split} if line.split else {}
            file.write(json.dumps(held) + "\n")


def read_tars(paths: Sequence[Path]) -> Iterator[Line]:
    """Read the pictures and captions of webdataset tars, plain or compressed.

    Raises:
        DatasetError: a tar is damaged, or a member has a name that leaves the folder, is too
            large, or is a picture without a caption.
    """
    for path in paths:
        for _, members in groupby(_members(path), key=attrgetter("key")):
            if line := _of_key(members):
                yield line


def _members(path: Path) -> Iterator[_Member]:
    try:
        with tarfile.open(path, "r|*", tarinfo=_Info) as tar:
            for number, info in enumerate(tar, start=1):
                where = f"{path}: {info.name!r}"
                _refuse(where, info, number)
                key, kind = _split(info.name)
                if info.isfile() and kind in (*SUFFIXES, ".txt", ".json"):
                    file = tar.extractfile(info)
                    yield _Member(where, key, kind, file.read() if file else b"")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DatasetError(f"{path} cannot be read as a tar: {error}") from error


def _refuse(where: str, info: tarfile.TarInfo, number: int) -> None:
    name = PurePosixPath(info.name.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or re.match("[A-Za-z]:", info.name):
        raise DatasetError(f"{where}: a name must stay in its folder; the tar is not used")
    most = MAX_PICTURE if _split(info.name)[1] in SUFFIXES else MAX_TEXT
    if info.isfile() and info.size > most and _split(info.name)[1] in (*SUFFIXES, ".txt", ".json"):
        raise DatasetError(f"{where}: {info.size:,} bytes; the limit is {most:,}")
    if number > MAX_MEMBERS:
        raise DatasetError(f"{where}: more than {MAX_MEMBERS:,} members")


def _split(name: str) -> tuple[str, str]:
    """Split a name into key and kind, as webdataset does: at the first dot of the last part."""
    path = PurePosixPath(name)
    stem, _, kind = path.name.partition(".")
    return str(path.with_name(stem)) if stem else name, f".{kind.lower()}"


def _of_key(members: Iterable[_Member]) -> Line | None:
    """Join what a key holds; without a picture, or with an empty caption, it asks for nothing."""
    held: dict[str, _Member] = {}
    for one in members:
        held.setdefault("picture" if one.kind in SUFFIXES else one.kind, one)
    if (picture := held.get("picture")) is None:
        return None
    if not held.keys() & {".txt", ".json"}:
        raise DatasetError(f"{picture.where} has no caption; it needs a .txt or a .json beside it")
    captions = text_captions(held[".txt"].where, held[".txt"].data) if ".txt" in held else ()
    captions = captions or (_json_captions(held[".json"]) if ".json" in held else ())
    return Line(picture.where, picture.data, captions) if captions else None


def text_captions(where: object, data: bytes) -> tuple[str, ...]:
    """Return the captions of a text file, one a line.

    Raises:
        DatasetError: its characters cannot be told.
    """
    try:
        lines = decoded(data).splitlines()
    except UnreadableText as error:
        raise DatasetError(
            f"{where}: its characters cannot be told ({error}); save it as UTF-8"
        ) from error
    return tuple(" ".join(line.split()) for line in lines if line.strip())


def captions_beside(picture: Path) -> tuple[str, ...]:
    """Return the captions of the text file of the same name, if it is there and no link elsewhere.

    Raises:
        DatasetError: it is too large, or its characters cannot be told.
    """
    text = picture.with_suffix(".txt")
    if not text.is_file() or text.resolve().parent != picture.resolve().parent:
        return ()
    try:
        return text_captions(text, read_regular(text, MAX_TEXT))
    except OSError as error:
        raise DatasetError(f"{text} cannot be read: {error.strerror}") from error


def _json_captions(member: _Member) -> tuple[str, ...]:
    held = None
    with suppress(ValueError):
        held = json_of(decoded(member.data))
    if not isinstance(held, dict):
        raise DatasetError(f"{member.where}: no JSON object")
    said: Any = next((held[name] for name in CAPTION if held.get(name)), [])
    texts = said if isinstance(said, list) else [said]
    return tuple(text.strip() for text in texts if isinstance(text, str) and text.strip())


def _written(line: Line, folder: Path) -> str:
    data = line.picture if isinstance(line.picture, bytes) else _bytes_of(line)
    if len(data) > MAX_PICTURE:
        raise DatasetError(f"{line.where}: {len(data):,} bytes; the limit is {MAX_PICTURE:,}")
    if (kind := kind_of(data)) is None:
        raise DatasetError(f"{line.where}: not a picture: its content is of no known kind")
    name = f"{hashlib.sha256(data).hexdigest()[:16]}.{kind.lower().replace('jpeg', 'jpg')}"
    if not (path := folder / name).exists():
        path.write_bytes(data)
    return name


def _bytes_of(line: Line) -> bytes:
    raise DatasetError(f"{line.where}: a file's name among pictures' bytes; got {line.picture!r}")


def _mark(sources: Sequence[Path]) -> str:
    """Name the files as they are now."""
    stats = [(str(path.absolute()), path.stat()) for path in sources]
    plain = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    return f"{sources[0].stem}-{hashlib.sha256(repr(plain).encode()).hexdigest()[:12]}"
