"""Whether there is a way to the hub: asked once, and a "no" is remembered for a while.

A machine without a way to the hub is not to wait for it at each new collection.
"""

import json
import time
from contextlib import suppress
from pathlib import Path

from huggingface_hub import constants

from retrievers.files.home import dialens_home
from retrievers.loading.hub.repository import Repository, UnreachableHubError, look_up

REMEMBERED = 600.0  # seconds
PATIENCE = 2.5  # seconds; with what a start takes, a person waits three and a half


def ask(repo: str, revision: str) -> Repository:
    """Look a repository up, unless the hub could not be reached a moment ago.

    Raises:
        EncoderError: the hub has no such repository or revision, or does not give it out.
        UnreachableHubError: there is no way to it, or HF_HUB_OFFLINE says so.
    """
    if reason := _remembered():
        raise UnreachableHubError(reason)
    try:
        return look_up(repo, revision, within=PATIENCE)
    except UnreachableHubError as error:
        if not constants.is_offline_mode():
            _remember(str(error))
        raise


def forget() -> None:
    """Ask the hub again the next time."""
    _place().unlink(missing_ok=True)


def _place() -> Path:
    return dialens_home() / "no-way-to-the-hub.json"


def _remembered() -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads(_place().read_text("utf-8"))
        age = time.time() - float(told["at"])
        if told["endpoint"] == constants.ENDPOINT and 0 <= age < REMEMBERED:
            return str(told["reason"])
    return ""


def _remember(reason: str) -> None:
    told = {"endpoint": constants.ENDPOINT, "at": time.time(), "reason": reason}
    with suppress(OSError):  # the next one waits, too
        _place().parent.mkdir(parents=True, exist_ok=True)
        _place().write_text(json.dumps(told), "utf-8")
