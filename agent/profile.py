"""A profile: a named set of models that fit together, read from a TOML table.

Example of `<dialens home>/profiles.toml`:
    [holiday]
    about = "My own fine-tuned checkpoint"
    encoder = "open_clip:/home/me/models/holiday"
    device = "cuda"
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from agent.typed_toml import TomlError, read_toml, typed
from retrievers.files.home import dialens_home

DEFAULT = "auto"
OWN = "own"
"""The profile that stands for an encoder by its own name."""

CHOSEN = "DIALENS_PROFILE"
"""The environment's variable that names another default."""

LARGEST = 1_000_000  # bytes of the user's file


class ProfileError(ValueError):
    """A profile is missing or malformed. A line for each key: which file, which, the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Which models to open, and on what: a table of a file.

    Attributes:
        encoder: what `retrievers.encoders.load.load_encoder` takes; `auto`: chosen when a
            collection is made.
        about: one line for people who choose.
        licence: of the encoder's weights.
        languages: that the encoder reads; empty: as it says itself.
        download: of the encoder, in MB.
        memory: that the encoder needs, in GB.
        gpu_memory: likewise of a GPU; 0: it needs none.
        published: a figure of the encoder's, with its source.
        mllm: what looks at pictures and answers, and captions; none if empty.
        llm: what rewrites text; none if empty.
        rewriter: what puts the conversation into one query, as a stages file names it; likewise
            the other stages.
        shortlist: how many pictures the reranker is given.
        budget: seconds after which nothing new is begun.
        reranker_options: keyword arguments of the reranker.
        device: `cpu`, `cuda`, `cuda:1`, `mps`; chosen by the encoder if empty.
        threads: CPU threads; as many as there are cores if empty.
    """

    encoder: str
    about: str = ""
    licence: str = ""
    languages: str = ""
    download: int = 0
    memory: float = 0
    gpu_memory: float = 0
    published: str = ""
    mllm: str | None = None
    llm: str | None = None
    rewriter: str | None = None
    reranker: str | None = None
    understand: str | None = None
    shortlist: int | None = None
    budget: float | None = None
    reranker_options: Mapping[str, Any] = field(default_factory=dict)
    device: str | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Models):
    """A table with its name."""

    name: str


def own_profiles() -> Path:
    """Return the user's file, which may not exist."""
    return dialens_home() / "profiles.toml"


def shipped() -> Mapping[str, Profile]:
    """Return our own profiles by name, whatever the user's file says."""
    told = tomllib.loads(files("agent").joinpath("profiles.toml").read_text("utf-8"))
    return {name: Profile(name=name, **table) for name, table in told.items()}  # tests check it


def profiles() -> dict[str, Profile]:
    """Return every profile by name, the user's own in place of ours of the same name.

    Raises:
        ProfileError: the user's file is not TOML, or a table in it is no profile.
    """
    found = dict(shipped())
    if (own := own_profiles()).exists():
        found |= {name: Profile(name=name, **asdict(one)) for name, one in _read(own).items()}
    return found


def profile(name: str) -> Profile:
    """Return the profile of that name.

    Raises:
        ProfileError: there is none, or the user's file is malformed.
    """
    known = profiles()
    if name not in known:
        raise ProfileError(
            f"no profile {name!r}; there are {', '.join(known)}; add your own in {own_profiles()}"
        )
    return known[name]


def default_profile() -> Profile:
    """Return the profile of new collections for which none is named.

    Raises:
        ProfileError: `$DIALENS_PROFILE` names one that there is not, or the file is malformed.
    """
    name = default_name()
    try:
        return profile(name)
    except ProfileError as error:
        raise ProfileError(f"${CHOSEN}: {error}" if name != DEFAULT else str(error)) from error


def default_name() -> str:
    """Return the name of that profile, whether it exists or not."""
    return os.environ.get(CHOSEN, "").strip() or DEFAULT


def _read(path: Path) -> dict[str, Models]:
    try:
        return typed(dict[str, Models], read_toml(path, most=LARGEST), path)
    except TomlError as error:
        raise ProfileError(str(error)) from error
