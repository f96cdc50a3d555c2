"""How an adapter names what it stands on: so that it means something on another machine, too."""

import re
from functools import lru_cache
from pathlib import Path

from retrievers.loading.local_weights import MATTERS, content_hash

_FAMILY = re.compile(r"(?:open_clip:|transformers:|tuned:)?(?:local-dir:)?")
_CACHED = "models--"
_OFFLINE = "offline"
_PLACELESS = re.compile(r"(?<![^:/])[^:/]*#[0-9a-f]{12}$")


def absolute(spec: str) -> str:
    """Return a model's name with its path made absolute; one without a path as it is."""
    before, path = _parts(spec)
    return f"{before}{path}" if path else spec


def portable(spec: str) -> str:
    """Return a model's name without this machine's path: its id on the hub, or `NAME#HASH`."""
    before, path = _parts(spec)
    if not path:
        return spec
    if cached := _on_the_hub(path):
        return f"{before}{cached}"
    files = [path] if path.is_file() else [one for one in path.iterdir() if one.suffix in MATTERS]
    told = tuple((str(one), one.stat().st_mtime_ns) for one in sorted(files))
    return f"{before}{path.name}#{_hash(told)}"


def _on_the_hub(path: Path) -> str:
    """Return the id of a model in the hub's cache, `models--OWNER--NAME/snapshots/REVISION`."""
    for folder, below, _ in zip(path.parts, path.parts[1:], path.parts[2:], strict=False):
        owner, dashes, name = folder.removeprefix(_CACHED).partition("--")
        if below == "snapshots" and folder.startswith(_CACHED) and owner and dashes and name:
            return f"{owner}/{name}"
    return ""


def is_here(spec: str) -> bool:
    """Whether a name holds a path at which there is something."""
    return _parts(spec)[1] is not None


def placeless(spec: str) -> bool:
    """Whether a name is one that `portable` made of a path."""
    return bool(_PLACELESS.search(spec))


def to_be_filled(spec: str) -> str:
    """Return such a name with PATH for what must be told."""
    return _PLACELESS.sub("PATH", spec)


def _parts(spec: str) -> tuple[str, Path | None]:
    """Return what stands before the path of a model on this disk, and the path; none: no path."""
    match = _FAMILY.match(spec)
    before = match[0] if match else ""
    which = spec[len(before) :]
    if not which or spec == _OFFLINE:
        return spec, None
    if before.startswith("open_clip:") and not Path(which).expanduser().is_dir():
        architecture, slash, which = which.partition("/")
        before += architecture + slash
        if not Path(which).expanduser().is_file():
            return spec, None
    path = Path(which).expanduser().absolute()
    return (before, path) if path.exists() else (spec, None)


@lru_cache(maxsize=8)
def _hash(files: tuple[tuple[str, int], ...]) -> str:
    return content_hash(Path(name) for name, _ in files)
