"""Which profiles can be used on this machine without a download."""

from pathlib import Path

from agent.profile import Profile, profiles
from app.profiles.weights import OFFLINE, installed, installed_weights
from retrievers.encoders.spec import parted


def available() -> list[Profile]:
    """Return the profiles whose weights are here, ours first."""
    cached = {str(one["name"]) for one in installed_weights()}
    return [one for one in profiles().values() if is_here(one.encoder, cached)]


def is_here(spec: str, cached: set[str]) -> bool:
    """Whether an encoder's weights are on this machine.

    Args:
        spec: as `retrievers.encoders.load.load_encoder` takes it.
        cached: the repositories in the hub's cache.
    """
    which = parted(spec).where.removeprefix("local-dir:")
    if spec == OFFLINE:
        return installed()
    if which and Path(which).expanduser().is_dir():
        return True
    return bool(cached) and repository_of(spec)[0] in cached


def repository_of(spec: str) -> tuple[str, str]:
    """Return the hub's repository that an encoder comes from, or nothing, and the revision."""
    family = parted(spec).family
    which, _, revision = parted(spec).where.partition("@")
    revision = revision or "main"
    if family in ("transformers", "onnx", "embedding") or which.startswith("hf-hub:"):
        return which.removeprefix("hf-hub:"), revision
    try:
        from open_clip.pretrained import get_pretrained_cfg
    except ImportError:  # the extra `models` is not installed
        return "", ""
    arch, _, tag = which.partition("/")
    published = str((get_pretrained_cfg(arch, tag) or {}).get("hf_hub", ""))
    return published.rpartition("/")[0], revision
