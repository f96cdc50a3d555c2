"""The model weights on this machine: converted ones in the home folder, and the hub's cache."""

from pathlib import Path
from typing import Any

from agent.profile import profiles
from retrievers.encoders.load import load_encoder
from retrievers.home import dialens_home


def fetch(name: str) -> str:
    """Load the encoder of that profile or spec once, and return the exact weights' name.

    Raises:
        EncoderError: it cannot be loaded here.
    """
    known = profiles()
    spec = known[name].encoder if name in known else name
    return load_encoder(spec, device="cpu").name


def held() -> list[dict[str, Any]]:
    """Return name, path and size of all weights that are here."""
    folders = sorted(path for path in (dialens_home() / "models").glob("*"))
    own = [{"name": path.name, "path": str(path), "bytes": _size(path)} for path in folders]
    return own + _hub()


def _size(path: Path) -> int:
    inside = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in inside)


def _hub() -> list[dict[str, Any]]:
    try:
        from huggingface_hub import CacheNotFound, scan_cache_dir
    except ImportError:  # the extra `models` is not installed
        return []
    try:
        repos = scan_cache_dir().repos
    except CacheNotFound:
        return []
    return [
        {"name": repo.repo_id, "path": str(repo.repo_path), "bytes": repo.size_on_disk}
        for repo in sorted(repos, key=lambda repo: repo.repo_id)
    ]
