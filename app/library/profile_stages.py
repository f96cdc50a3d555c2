"""What a profile names stands behind a search, without more options: as far as it is here.

A stage whose weights or server are not there is left out, and that is said once a day.
"""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from hashlib import sha256
from importlib.util import find_spec
from typing import NamedTuple
from urllib.parse import urlsplit

from agent.mllm.open_mllm import served
from agent.profile import Profile, profile, profiles
from agent.stages.config import Stages
from agent.stages.stage_table import StageKind, stages_of
from app.library.library import locate
from app.profiles.auto import Say, said_on_stderr
from app.profiles.available_profiles import is_here
from app.profiles.weights import installed_weights
from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.files.home import dialens_home

BLIP2 = "Salesforce/blip2-itm-vit-g-coco"  # what the stage takes where no checkpoint is named
MODELS = ("llm", "mllm")
STAGES: tuple[StageKind, ...] = ("rewriter", "reranker", "understand")
KEYS = (*STAGES, *MODELS)
AGAIN = 86_400.0  # seconds after which it is said again
PATIENCE = 1.0  # seconds for a server to take a connection


class Behind(NamedTuple):
    """Stages, and a line for each that was left out."""

    stages: Stages
    left_out: tuple[str, ...] = ()


def behind(named: str | None, collection: str | None, *, say: Say = said_on_stderr) -> Stages:
    """Return the stages of the profile that is named, or that the collection was made with.

    Args:
        named: a profile; none: the collection's.
        collection: its name; none: the only one.
        say: is told what was left out, once a day.

    Raises:
        ProfileError: there is no such profile, or the file is malformed.
    """
    models = profile(named) if named else _of_collection(collection)
    if models is None or not _names_stages(models):
        return Stages()
    found = usable(models)
    for line in found.left_out:
        if _is_new(line):
            say(line)
    return found.stages


def _of_collection(name: str | None) -> Profile | None:
    """Return the profile that a collection was made with, if it is known here."""
    with suppress(CollectionError, ValueError), closing(Collection.open(locate(name))) as opened:
        return profiles().get(opened.profile())
    return None


def usable(models: Profile) -> Behind:
    """Return a profile's stages, without those whose weights or server are not there.

    Raises:
        StageError: a stage does not exist, or takes no such option.
    """
    cached = {str(one["name"]) for one in installed_weights()}
    reasons = {key: _why_not(getattr(models, key), cached) for key in MODELS}
    lacking = dict(_lacking(models, reasons, cached))
    out = {*lacking, *(key for key, why in reasons.items() if why)}
    kept = {key: value for key in KEYS if (value := getattr(models, key)) and key not in out}
    if "reranker" in kept:
        kept |= {"shortlist": models.shortlist, "reranker_options": models.reranker_options}
    return Behind(
        Stages(**kept, budget=models.budget),
        tuple(f"profile {models.name!r}: no {key}: {why}" for key, why in lacking.items()),
    )


def _names_stages(models: Profile) -> bool:
    return any(getattr(models, key) for key in KEYS)


def _lacking(
    models: Profile, reasons: Mapping[str, str], cached: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield the stages of a profile that cannot be used, and why."""
    for key in STAGES:
        name = getattr(models, key)
        if not (row := stages_of(key).get(name or "")):
            continue  # one that does not exist is refused by `Stages`
        if checkpoint := _checkpoint(row.name, models.reranker_options):
            why = _why_not(f"transformers:{checkpoint}", cached)
        else:
            needed = ["llm"] * row.llm + ["mllm"] * (key == "reranker")
            why = next((reasons[one] for one in needed if reasons[one]), "")
        if why:
            yield key, why


def _checkpoint(stage: str, options: Mapping[str, object]) -> str:
    """Return the checkpoint that a reranker of its own weights takes; empty: it has none."""
    usual = {"blip2": BLIP2, "cross-encoder": ""}
    return str(options.get("checkpoint") or usual[stage]) if stage in usual else ""


def _why_not(spec: str | None, cached: set[str]) -> str:
    """Return why a model cannot be used; empty: it can, or none is named."""
    if not spec or spec == "offline":
        return ""
    model, url = served(spec)
    package = "openai" if model else "transformers"
    if not find_spec(package):
        return f"{package} is not installed"
    if model:
        return "" if _answers(url) else f"no server answers at {url}"
    return "" if is_here(spec, cached) else f"the weights of {spec.partition(':')[2]} are not here"


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=PATIENCE):
            return True
    except OSError:
        return False


def _is_new(line: str) -> bool:
    """Whether a line was not said for a day; from now on it was."""
    path, key, now = (
        dialens_home() / "left-out.json",
        sha256(line.encode()).hexdigest(),
        time.time(),
    )
    said: dict[str, float] = {}
    with suppress(OSError, ValueError, AttributeError, TypeError):
        told = json.loads(path.read_text("utf-8")).items()
        said = {str(one): float(at) for one, at in told if 0 <= now - float(at) < AGAIN}
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**said, key: said.get(key, now)}), "utf-8")
    return key not in said
