"""The model hub's cache on this disk, as a download leaves it."""

from pathlib import Path


def cached(cache: Path, repo: str, revision: str, commit: str) -> Path:
    """Return the empty folder of one commit, known by that branch or tag."""
    kept = cache / f"models--{repo.replace('/', '--')}"
    (kept / "refs").mkdir(parents=True, exist_ok=True)
    (kept / "refs" / revision).write_text(commit)
    folder = kept / "snapshots" / commit
    folder.mkdir(parents=True)
    return folder
