"""Files of a repository come into the hub's cache on this disk: resumed, and checked.

The hub's client begins a file anew after Ctrl-C or a kill, and checks its size alone. So what it
is to find in its cache is put there: `blobs/DIGEST`, which is `blobs/DIGEST.incomplete` until all
of it came and its digest is right. The client then does the rest.
"""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, sleep

from huggingface_hub import constants, get_session, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import (  # type: ignore[attr-defined]
    WeakFileLock,
    build_hf_headers,
    hf_raise_for_status,
)

from retrievers.encoder import EncoderError
from retrievers.loading.hub.repository import HubFile, Repository, broken_connections
from retrievers.loading.hub.told import Tell, Transfer, teller

PIECE = 1 << 16  # bytes that are written at once
SILENCE = 20.0  # seconds without a byte after which a connection is made anew
TRIES = 5  # connections in a row that may bring nothing
SPARE = 1 << 26  # bytes that are left free on the disk


def fetch(repository: Repository, files: Sequence[HubFile]) -> None:
    """Bring these files into the hub's cache on this disk, each once, and tell how far it has come.

    Raises:
        EncoderError: the connection broke, and the next call goes on from there; or a file is not
            what the hub says it is, or the disk has no room for it.
    """
    blobs = Path(constants.HF_HUB_CACHE, folder_name(repository.repo), "blobs")
    missing = [file for file in _each_once(files) if not (blobs / file.digest).exists()]
    if not missing:
        return
    blobs.mkdir(parents=True, exist_ok=True)
    _refuse_full_disk(blobs, sum(file.size - _had(blobs, file) for file in missing))
    progress = _Progress(repository, missing, blobs, teller())
    for file in missing:
        lock = blobs.parent.parent / ".locks" / blobs.parent.name / f"{file.digest}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock):  # the hub's own, so that its client waits, too
            if not (blobs / file.digest).exists():
                _fetch_one(repository, file, blobs, progress)


def folder_name(repo: str) -> str:
    """Return the folder of a repository in the hub's cache."""
    return f"models--{repo.replace('/', '--')}"


def _each_once(files: Sequence[HubFile]) -> list[HubFile]:
    return list({file.digest: file for file in files}.values())


def _part(blobs: Path, file: HubFile) -> Path:
    return blobs / f"{file.digest}.incomplete"


def _had(blobs: Path, file: HubFile) -> int:
    part = _part(blobs, file)
    return part.stat().st_size if part.exists() else 0


class _Progress:
    """Counts bytes over all files, and tells."""

    def __init__(
        self, repository: Repository, files: Sequence[HubFile], blobs: Path, tell: Tell
    ) -> None:
        self.repository, self.tell = repository, tell
        self.total = sum(file.size for file in files)
        self.had = sum(min(_had(blobs, file), file.size) for file in files)
        self.came, self.began = 0, perf_counter()
        self.add(0)

    def add(self, size: int) -> None:
        """Note that so many bytes came; a negative number came in vain."""
        self.came += size
        self.tell(
            Transfer(
                self.repository.repo,
                self.repository.commit,
                self.repository.licence,
                done=self.had + self.came,
                total=self.total,
                came=self.came,
                seconds=perf_counter() - self.began,
            )
        )


def _fetch_one(repository: Repository, file: HubFile, blobs: Path, progress: _Progress) -> None:
    part, barren = _part(blobs, file), 0
    broken: tuple[type[Exception], ...] = (HfHubHTTPError, *broken_connections())
    part.touch()
    if _had(blobs, file) > file.size:
        part.write_bytes(b"")
    while (before := _had(blobs, file)) < file.size:
        why = ""
        try:
            _stream(repository, file, part, progress)
        except broken as error:
            if _is_final(error):
                raise _interrupted(repository, file, str(error)) from error
            why = str(error)
        barren = 0 if _had(blobs, file) > before else barren + 1
        if barren >= TRIES:
            raise _interrupted(repository, file, why)
        if why:
            sleep(min(2**barren, 8) / 4)
    if (found := _digest(part, file)) != file.digest:
        part.unlink()
        raise EncoderError(
            f"{file.name} of {repository.repo}@{repository.commit} is not what the model hub says"
            f" it is: its digest is {found[:12]}..., not {file.digest[:12]}...; it was removed;"
            " try again, and over another network if that does not help"
        )
    part.replace(blobs / file.digest)


def _is_final(error: Exception) -> bool:
    """Whether the hub refused, rather than failed or was busy."""
    if not isinstance(error, HfHubHTTPError):
        return False
    code = error.response.status_code
    return 400 <= code < 500 and code not in (408, 429)


def _stream(repository: Repository, file: HubFile, part: Path, progress: _Progress) -> None:
    """Add to the part what is missing, as far as the connection holds."""
    url = hf_hub_url(repository.repo, file.name, revision=repository.commit)
    before = part.stat().st_size if part.exists() else 0
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if before:
        headers["Range"] = f"bytes={before}-"
    with get_session().stream(
        "GET", url, headers=headers, timeout=SILENCE, follow_redirects=True
    ) as answer:
        hf_raise_for_status(answer)
        whole = answer.status_code != 206  # it does not go on from where we are
        if whole:
            progress.add(-before)
        with part.open("wb" if whole else "ab") as kept:
            for piece in answer.iter_bytes(PIECE):
                kept.write(piece)
                progress.add(len(piece))


def _digest(path: Path, file: HubFile) -> str:
    """Return the digest of a file's content, of the kind that the hub names it by."""
    if len(file.digest) == 64:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    blob = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(blob) + blob, usedforsecurity=False).hexdigest()


def _interrupted(repository: Repository, file: HubFile, why: str) -> EncoderError:
    reason = (why.strip() or "it broke off").splitlines()[0]
    return EncoderError(
        f"{file.name} of {repository.repo} did not come whole ({reason}); what came is kept, and"
        " the same command goes on from there"
    )


def _refuse_full_disk(folder: Path, needed: int) -> None:
    if (free := shutil.disk_usage(folder).free) < needed + SPARE:
        raise EncoderError(
            f"{folder} has {free / 1e9:.1f} GB free and {needed / 1e9:.1f} GB are to come; make"
            " room, or lead HF_HOME to another disk"
        )
