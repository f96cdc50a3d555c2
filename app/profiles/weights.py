"""The model weights on this machine: converted ones in the home folder, and the hub's cache."""

import sys
from pathlib import Path
from typing import Any

from PIL import Image

from retrievers.encoder import Encoder, EncoderError
from retrievers.encoders.load import load_encoder
from retrievers.encoders.onnx_towers.export_folders import exports_folder
from retrievers.encoders.spec import parted
from retrievers.files.home import dialens_home
from retrievers.offline.weights import TEXT, locate
from retrievers.offline.weights import fetch as fetch_offline
from retrievers.places.error import PlacesError
from retrievers.places.gazetteer import gazetteer
from retrievers.places.sources import versions

OFFLINE = "offline"
FROM_HUB = ("embedding", "onnx", "open_clip", "transformers")


def fetch(spec: str) -> str:
    """Get the weights of that encoder ready, and return their exact name.

    Raises:
        EncoderError: they cannot be had or loaded here.
    """
    if spec == OFFLINE and not (installed() and _knows_places()):
        fetch_offline()
    encoder = load_encoder(newest(spec), device="cpu")
    prepare(spec, encoder)
    return encoder.name


def newest(spec: str) -> str:
    """Add the main branch to what comes from the hub and names no commit: fetching asks for it."""
    parts = parted(spec)
    ours = parts.family not in FROM_HUB or Path(parts.where).expanduser().exists()
    file = parts.family == "open_clip" and Path(parts.where.partition("/")[2]).expanduser()
    if ours or "@" in parts.where or (file and file.is_file()):
        return spec
    return parts.at(f"{parts.where}@main")


def prepare(spec: str, encoder: Encoder) -> None:
    """Convert the offline towers if that was not done yet, and say so: it takes a while.

    And the names of places with them.
    """
    models = dialens_home() / "models"
    if spec == OFFLINE and not any(models.glob("classes-*")):
        sys.stderr.write("Preparing the offline models, once; less than a minute ...\n")
        sys.stderr.flush()
        encoder.encode_images([Image.new("RGB", (encoder.image_size, encoder.image_size))])
        encoder.encode_texts(["a picture"])
        if _knows_places():
            gazetteer()


def installed() -> bool:
    """Whether the packages with the offline weights are here."""
    try:
        locate(TEXT)
    except EncoderError:
        return False
    return True


def _knows_places() -> bool:
    """Whether the packages with the names of places are here."""
    try:
        versions()
    except PlacesError:
        return False
    return True


def installed_weights() -> list[dict[str, Any]]:
    """Return name, path and size of all weights that are here."""
    models = dialens_home() / "models"
    folders = sorted(path for path in models.glob("*") if path.name != "exported")
    folders += sorted(exports_folder().glob("*"))
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
