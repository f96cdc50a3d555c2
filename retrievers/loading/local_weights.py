"""Weights on this disk: the folder a hub id stands for, and names that tell contents apart."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError
from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]

from retrievers.encoder import EncoderError
from retrievers.files.regular_file import open_regular
from retrievers.loading.downloads import are_refused
from retrievers.loading.hub.repository import UnreachableHubError, look_up
from retrievers.loading.hub.transfer import fetch

MATTERS = (".safetensors", ".json", ".txt", ".model", ".bin", ".pt", ".pth", ".npz")
"""Files that can change a vector: weights, configurations and vocabularies."""

WORDS = ("*.json", "*.txt", "*.model")
WEIGHTS = ("*.safetensors",)
FOLDERS = ("*/*",)
_HUB_ID = re.compile(r"([\w.-]+/)?[\w.-]+(@(?!.*\.\.)[\w./-]+)?")  # a revision becomes a path


class _NoBar(tqdm):
    """No bar of the hub's client: `retrievers.loading.hub` fetches, and tells of it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **(options | {"disable": True}))  # type: ignore[no-untyped-call]


class WeightsSnapshot(NamedTuple):
    """A folder, and what tells its content from any other's.

    Attributes:
        mark: `@COMMIT` of a hub's snapshot after its id, `#HASH` of a local folder.
    """

    folder: Path
    mark: str


def find_snapshot(
    which: str, files: Sequence[str] = WEIGHTS + WORDS, *, but: Sequence[str] = FOLDERS
) -> WeightsSnapshot:
    """Return the folder that a path, or an id on the hub with or without `@REVISION`, names.

    Args:
        which: a folder, or `ORG/NAME[@REVISION]`.
        files: patterns of what to get from the hub.
        but: patterns of what not to get of that.

    Raises:
        EncoderError: it is neither, or the hub has not got it or cannot be reached.
    """
    if not which:
        raise EncoderError("name a folder or an id on the model hub")
    if (folder := Path(which).expanduser()).is_dir():
        inside = sorted(file for file in folder.iterdir() if file.suffix in MATTERS)
        return WeightsSnapshot(folder, f"#{content_hash(inside)}")
    if not _HUB_ID.fullmatch(which):
        raise EncoderError(f"{which!r} is neither a folder nor an id such as ORG/NAME[@REVISION]")
    repo, _, revision = which.partition("@")
    folder = download(repo, files, but=but, revision=revision)
    return WeightsSnapshot(folder, f"{repo}@{folder.name}")


def content_hash(files: Iterable[Path], below: Path | None = None) -> str:
    """Return 12 hexadecimal digits of the SHA-256 over these files' names and bytes.

    Args:
        files: in an order that belongs to their names.
        below: the folder whose inner folders belong to the names; none: a name is the file's.

    Raises:
        EncoderError: one cannot be read, or is a pipe or a device.
    """
    whole = hashlib.sha256()
    for path in files:
        name = path.relative_to(below).as_posix() if below else path.name
        try:
            with open_regular(path) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise EncoderError(f"{path} cannot be read: {error.strerror}") from error
        whole.update(f"{name}\0{digest}\n".encode())
    return whole.hexdigest()[:12]


def download(
    repo: str, files: Sequence[str], *, but: Sequence[str] = FOLDERS, revision: str = ""
) -> Path:
    """Return the folder of one commit of a hub's repository, with the files of these patterns.

    Who controls a repository can change what a branch or tag of it means, so nothing is downloaded
    from one that was not named: without a revision it is the commit that was downloaded last. Nor
    is anything of what a collection names.

    Raises:
        EncoderError: the hub has not got it or cannot be reached, or nothing says which commit.
    """
    refused = are_refused()
    unreachable = _fetch(repo, files, but, revision) if revision and not refused else None
    try:
        folder = snapshot_download(
            repo,
            revision=revision or None,
            allow_patterns=list(files),
            ignore_patterns=list(but),
            local_files_only=refused or not revision or unreachable is not None,
            tqdm_class=_NoBar,
        )
    except (OSError, ValueError) as error:
        if not revision and isinstance(error, LocalEntryNotFoundError):
            raise EncoderError(
                f"{repo!r} is not on this disk and no commit of it is named; `dialens models "
                "fetch` gets an encoder's or profile's newest, NAME@COMMIT just that one, "
                "NAME@main whatever is newest; or name a local folder, or 'offline'"
            ) from error
        asked = repo + (f"@{revision}" if revision else "")
        if refused and isinstance(error, LocalEntryNotFoundError):
            raise EncoderError(
                f"{asked!r} is not on this disk, and what only a collection names is not fetched;"
                " `dialens models fetch` gets it, if you know it, or index the folder again"
            ) from error
        raise EncoderError(
            f"cannot get {asked!r} from the model hub ({first_line(unreachable or error)}); name a"
            " local folder that holds it, or 'offline'"
        ) from error
    return Path(folder)


def _fetch(
    repo: str, files: Sequence[str], but: Sequence[str], revision: str
) -> UnreachableHubError | None:
    """Bring a revision's files into the hub's cache; returns why not, if there is no way to it."""
    try:
        repository = look_up(repo, revision)
    except UnreachableHubError as error:
        return error
    fetch(repository, repository.matching(files, but))
    return None


def first_line(error: BaseException) -> str:
    """Return what an error says, cut to its first line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
