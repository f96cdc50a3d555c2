"""One commit of a repository on the model hub: its files with their digests, and its licence.

Asked with the hub's own client, so that HF_ENDPOINT, HF_HUB_OFFLINE, proxies and a token that one
signed in with hold as everywhere. Nothing is told to the hub but what is asked for.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from threading import Thread
from typing import TypeVar

from huggingface_hub import HfApi, constants, get_session
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.utils import filter_repo_objects  # type: ignore[attr-defined]

from retrievers.encoder import EncoderError

T = TypeVar("T")

constants.HF_HUB_DISABLE_TELEMETRY = True  # else it tells the hub what else is installed
PATIENCE = 20.0  # seconds for an answer about a repository, if nobody asks for less
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class UnreachableHubError(EncoderError):
    """There is no way to the hub, or it does not answer in time."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a commit.

    Attributes:
        name: its path in the repository.
        size: in bytes.
        digest: SHA-256 of its content if it is large (64 digits), else the SHA-1 that git names it
            by (40); also its name in the hub's cache on this disk.
    """

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Repository:
    """What the hub says of one commit.

    Attributes:
        repo: `ORG/NAME`.
        commit: 40 hexadecimal digits.
        licence: as its card states it; empty if it states none.
    """

    repo: str
    commit: str
    licence: str
    files: tuple[HubFile, ...]

    def matching(self, patterns: Sequence[str], but: Sequence[str] = ()) -> list[HubFile]:
        """Return the files that one of the patterns names, and none of `but`."""
        chosen = filter_repo_objects(
            self.files,
            allow_patterns=list(patterns),
            ignore_patterns=list(but),
            key=lambda file: file.name,
        )
        return list(chosen)


def look_up(repo: str, revision: str, *, within: float = PATIENCE) -> Repository:
    """Ask the hub what a branch, tag or commit holds.

    Args:
        repo: `ORG/NAME`.
        revision: which.
        within: seconds, name lookup and all, after which there is no way to it.

    Raises:
        EncoderError: the hub has no such repository or revision, or does not give it out.
        UnreachableHubError: see there; also if HF_HUB_OFFLINE says so.
    """
    if constants.is_offline_mode():
        raise UnreachableHubError("HF_HUB_OFFLINE forbids to ask the model hub")
    named = f"{repo}@{revision}"
    unanswered: tuple[type[Exception], ...] = (OSError, ValueError, *broken_connections())
    try:
        told = _in_time(
            lambda: HfApi().model_info(
                repo, revision=revision, files_metadata=True, timeout=within
            ),
            within,
        )
    except TimeoutError as error:
        late = f"{constants.ENDPOINT} does not answer within {within:g} s"
        raise UnreachableHubError(late) from error
    except GatedRepoError as error:
        raise EncoderError(
            f"{repo!r} is given out only to those who accepted its terms: do so on "
            f"{constants.ENDPOINT}/{repo}, then sign in with `hf auth login`"
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise EncoderError(f"{constants.ENDPOINT} has no {named!r}") from error
    except unanswered as error:
        raise UnreachableHubError(
            f"{constants.ENDPOINT} cannot be asked ({_reason(error)})"
        ) from error
    commit = told.sha or ""
    if not _COMMIT.fullmatch(commit) or commit != (_commit(revision) or commit):
        raise EncoderError(f"{constants.ENDPOINT} answers for {named!r} with {commit!r}")
    licence = getattr(told.card_data, "license", None) if told.card_data else None
    listed = [
        HubFile(one.rfilename, one.size or 0, (one.lfs.sha256 if one.lfs else one.blob_id) or "")
        for one in told.siblings or ()
    ]
    sound = tuple(file for file in listed if _DIGEST.fullmatch(file.digest))
    return Repository(repo, commit, licence if isinstance(licence, str) else "", sound)


def broken_connections() -> tuple[type[Exception], ...]:
    """Return what the hub's client raises when a connection cannot be made, or breaks."""
    library = import_module(type(get_session()).__module__.partition(".")[0])
    return (library.TransportError,)  # its name changed with the client's releases


def _commit(revision: str) -> str:
    return revision if _COMMIT.fullmatch(revision) else ""


def _in_time(ask: Callable[[], T], seconds: float) -> T:
    """Return what `ask` returns; a name lookup that hangs cannot be told to end, so it is left.

    Raises:
        TimeoutError: it took longer.
    """
    answers: list[T] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            answers.append(ask())
        except Exception as error:
            errors.append(error)

    thread = Thread(target=work, daemon=True, name="model hub")
    thread.start()
    thread.join(seconds)
    if answers:
        return answers[0]
    raise errors[0] if errors else TimeoutError


def _reason(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
