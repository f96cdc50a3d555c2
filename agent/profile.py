"""A profile: a named set of models that fit together, read from a TOML table.

Example of `<dialens home>/profiles.toml`:
    [holiday]
    about = "My own fine-tuned checkpoint"
    encoder = "open_clip:/home/me/models/holiday"
    device = "cuda"
"""

import tomllib
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from agent.typed_toml import TomlError, read_toml, typed
from retrievers.files.home import dialens_home

DEFAULT = "offline"
LARGEST = 1_000_000  # bytes of the user's file


class ProfileError(ValueError):
    """A profile is missing or malformed. A line for each key: which file, which, the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Which models to open, and on what: a table of a file.

    Attributes:
        encoder: what `retrievers.encoders.load.load_encoder` takes.
        about: one line for people who choose.
        mllm: what looks at pictures and answers; none if empty.
        llm: what rewrites text; none if empty.
        reranker: what orders the shortlist again; none if empty.
        device: `cpu`, `cuda`, `cuda:1`, `mps`; chosen by the encoder if empty.
        threads: CPU threads; as many as there are cores if empty.
    """

    encoder: str
    about: str = ""
    mllm: str | None = None
    llm: str | None = None
    reranker: str | None = None
    device: str | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Models):
    """A table with its name."""

    name: str


def own_profiles() -> Path:
    """Return the user's file, which may not exist."""
    return dialens_home() / "profiles.toml"


def profiles() -> dict[str, Profile]:
    """Return every profile by name, the user's own in place of ours of the same name.

    Raises:
        ProfileError: the user's file is not TOML, or a table in it is no profile.
    """
    shipped = tomllib.loads(files("agent").joinpath("profiles.toml").read_text("utf-8"))
    found = {name: Profile(name=name, **table) for name, table in shipped.items()}  # tests check it
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


def _read(path: Path) -> dict[str, Models]:
    try:
        return typed(dict[str, Models], read_toml(path, most=LARGEST), path)
    except TomlError as error:
        raise ProfileError(str(error)) from error
