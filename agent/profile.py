"""A profile: a named set of models that fit together, read from a TOML table.

Example of `<dialens home>/profiles.toml`:
    [holiday]
    about = "My own fine-tuned checkpoint"
    encoder = "open_clip:/home/me/models/holiday"
    device = "cuda"
"""

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from retrievers.home import dialens_home
from retrievers.regular_file import read_regular
from retrievers.text_bytes import UnreadableText, decoded

DEFAULT = "offline"
LARGEST = 1_000_000  # bytes of the user's file


class ProfileError(ValueError):
    """A profile is missing or malformed. One line: which file, which table, the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Which models to open, and on what.

    Attributes:
        encoder: what `retrievers.encoders.load.load_encoder` takes.
        about: one line for people who choose.
        mllm: what looks at pictures and answers; none if empty.
        llm: what rewrites text; none if empty.
        reranker: what orders the shortlist again; none if empty.
        device: `cpu`, `cuda`, `cuda:1`, `mps`; chosen by the encoder if empty.
        threads: CPU threads; as many as there are cores if empty.
    """

    name: str
    encoder: str
    about: str = ""
    mllm: str | None = None
    llm: str | None = None
    reranker: str | None = None
    device: str | None = None
    threads: int | None = None


def own_profiles() -> Path:
    """Return the user's file, which may not exist."""
    return dialens_home() / "profiles.toml"


def profiles() -> dict[str, Profile]:
    """Return every profile by name, the user's own in place of ours of the same name.

    Raises:
        ProfileError: the user's file is not TOML, or a table in it is no profile.
    """
    shipped = tomllib.loads(files("agent").joinpath("profiles.toml").read_text("utf-8"))
    found = {name: _profile(name, table, "agent/profiles.toml") for name, table in shipped.items()}
    if (own := own_profiles()).exists():
        found |= {name: _profile(name, table, str(own)) for name, table in _read(own).items()}
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


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(decoded(read_regular(path, LARGEST)))
    except OSError as error:
        raise ProfileError(f"{path} cannot be read: {error.strerror}") from error
    except (UnreadableText, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError(f"{path} cannot be read as TOML: {error}") from error


def _profile(name: str, table: object, where: str) -> Profile:
    if not isinstance(table, dict):
        raise ProfileError(f"{where}: {name!r} must be a table such as [{name}]; got {table!r}")
    known = [field.name for field in fields(Profile) if field.name != "name"]
    if surplus := sorted(set(table) - set(known)):
        raise ProfileError(f"{where}: [{name}] has {surplus}; a profile has {', '.join(known)}")
    if "encoder" not in table:
        raise ProfileError(f'{where}: [{name}] needs an encoder, such as encoder = "offline"')
    for key, value in table.items():
        wanted = int if key == "threads" else str
        if not isinstance(value, wanted) or isinstance(value, bool):
            kind = "a whole number" if wanted is int else "a text in quotes"
            raise ProfileError(f"{where}: [{name}] {key} must be {kind}; got {value!r}")
    return Profile(name=name, **table)
