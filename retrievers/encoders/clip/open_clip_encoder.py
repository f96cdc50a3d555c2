"""Dual encoders of open_clip: published weights by tag, a checkpoint file, or a folder.

Preprocessing, context length and tokenizer are open_clip's own for these weights.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NamedTuple

import open_clip
import torch
from open_clip.pretrained import get_pretrained_cfg
from open_clip.tokenizer import HFTokenizer
from PIL.Image import Image
from safetensors import SafetensorError
from torch import Tensor

from retrievers.encoder import EncoderError
from retrievers.encoders.clip.dual_encoder import DualEncoder
from retrievers.loading.device import Machine, choose_machine
from retrievers.loading.downloads import refused_in_libraries
from retrievers.loading.encoder_options import Options
from retrievers.loading.local_weights import (
    WORDS,
    content_hash,
    download,
    find_snapshot,
    first_line,
)
from retrievers.pictures.long_pictures import shorten

BROKEN = (  # bytes that are no checkpoint raise whatever torch's unpickler stumbles over
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
    EOFError,
    TypeError,
    AttributeError,
    struct.error,
    ImportError,
    UnpicklingError,
    SafetensorError,
)
CHECKPOINTS = (".safetensors", ".bin", ".pth")
"""What open_clip looks for in a folder; a .pt is named as ARCH/FILE."""


class Weights(NamedTuple):
    """What to ask open_clip for, and the name it gets here.

    Attributes:
        model: an architecture, or `local-dir:FOLDER`.
        file: the checkpoint; none: in the folder.
        settings: of preprocessing and activation, which a checkpoint alone does not tell.
        fetched: a revision was named, so that what belongs to the weights may be downloaded too.
    """

    name: str
    model: str
    file: Path | None = None
    settings: Mapping[str, Any] = {}
    fetched: bool = False


def load_open_clip(which: str, options: Options) -> DualEncoder:
    """Load `ARCH/TAG[@REVISION]`, `ARCH/FILE`, `FOLDER` or `hf-hub:ORG/NAME[@REVISION]`.

    Raises:
        EncoderError: there are no such weights, or they do not fit the architecture.
    """
    name, towers = open_towers(which, options)
    return DualEncoder(
        name, towers.image_size, towers.see, towers.read, options.batch, towers.model
    )


def open_towers(which: str, options: Options) -> tuple[str, "OpenClipTowers"]:
    """Return the exact weights' name and the two towers; see `load_open_clip`."""
    machine = choose_machine(options)
    weights = _find(which)
    try:
        with refused_in_libraries():
            return f"open_clip:{weights.name}", _load(weights, machine)
    except BROKEN as error:
        raise EncoderError(f"cannot load {weights.model!r}: {first_line(error)}") from error


def weights_name(which: str) -> str:
    """Return the name of the exact weights without loading them; see `load_open_clip`."""
    return f"open_clip:{_find(which).name}"


def _find(which: str) -> Weights:
    which = which.removeprefix("local-dir:")
    hub = which.startswith("hf-hub:")
    if hub or not which or Path(which).expanduser().is_dir():
        folder, mark = find_snapshot(which.removeprefix("hf-hub:"))
        if not any(file.suffix in CHECKPOINTS for file in folder.iterdir()):
            raise EncoderError(f"{folder} holds no weights ({', '.join(CHECKPOINTS)})")
        return Weights(f"hf-hub:{mark}" if hub else mark, f"local-dir:{folder}")
    arch, _, tag = which.partition("/")
    said, _, revision = tag.partition("@")
    if arch not in open_clip.list_models():
        raise EncoderError(f"{which!r} is neither a folder nor ARCH/TAG; {_like(arch)}")
    if published := get_pretrained_cfg(arch, said):
        file = _download(published, revision)
        name = f"{arch}/{said}" + (f"@{file.parent.name}" if revision else "")
        return Weights(name, arch, file, _settings(published), bool(revision))
    if (file := Path(tag).expanduser()).is_file():
        return Weights(f"{arch}#{content_hash([file])}", arch, file, _usual_preprocessing(arch))
    tags = ", ".join(open_clip.list_pretrained_tags_by_model(arch)) or "none"
    raise EncoderError(f"{tag!r} is neither a file nor a tag of {arch}; its tags are {tags}")


def _like(arch: str) -> str:
    """Say which architectures there are, the closest ones only, as there are over a hundred."""
    close = get_close_matches(arch, open_clip.list_models(), n=5, cutoff=0.3)
    return f"close to {arch!r} are {', '.join(close)}" if close else "see open_clip.list_models()"


def _download(published: Mapping[str, Any], revision: str) -> Path:
    """Return a tag's checkpoint, as .safetensors where there is one.

    Not by open_clip's own function, which without a connection retries for half a minute, even for
    what is on this disk already.
    """
    repo, _, file = published["hf_hub"].rpartition("/")
    file = file or "open_clip_pytorch_model.bin"
    safe = file.replace("open_clip_pytorch_model.bin", "open_clip_model.safetensors")
    for one in dict.fromkeys((Path(safe).with_suffix(".safetensors").name, file)):
        if (path := download(repo, [one], revision=revision) / one).is_file():
            return path
    raise EncoderError(f"the model hub's {repo!r} holds no {file}")


def _settings(published: Mapping[str, Any]) -> dict[str, Any]:
    return _preprocessing(published) | {"force_quick_gelu": bool(published.get("quick_gelu"))}


def _preprocessing(published: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("mean", "std", "interpolation", "resize_mode")
    return {f"image_{key}": published[key] for key in keys if key in published}


def _usual_preprocessing(arch: str) -> dict[str, Any]:
    """Return what all published weights of an architecture agree on: a file does not say it."""
    tags = open_clip.list_pretrained_tags_by_model(arch)
    settings = [_preprocessing(get_pretrained_cfg(arch, tag)) for tag in tags]
    return settings[0] if settings and all(one == settings[0] for one in settings) else {}


def _load(weights: Weights, machine: Machine) -> "OpenClipTowers":
    model, preprocess = open_clip.create_model_from_pretrained(
        weights.model,
        str(weights.file) if weights.file else None,
        weights_only=True,
        **weights.settings,
    )
    model.eval().requires_grad_(False).to(machine.device, machine.dtype)
    return OpenClipTowers(model, preprocess, _tokenizer(weights), machine)


def _tokenizer(weights: Weights) -> Any:
    text = open_clip.get_model_config(weights.model)["text_cfg"]
    if weights.model.startswith("local-dir:") or not text.get("hf_tokenizer_name"):
        return open_clip.get_tokenizer(weights.model)
    words = download(text["hf_tokenizer_name"], WORDS, revision="main" if weights.fetched else "")
    return HFTokenizer(
        str(words),
        context_length=text.get("context_length", 77),
        tokenizer_mode=text.get("tokenizer_mode"),
        **text.get("tokenizer_kwargs", {}),
    )


class OpenClipTowers:
    """The two towers of a loaded model with the preprocessing of its weights."""

    def __init__(
        self,
        model: Any,
        preprocess: Callable[[Image], Tensor],
        tokenizer: Callable[[list[str]], Tensor],
        machine: Machine,
    ) -> None:
        self.model, self._machine = model, machine
        self._preprocess, self.tokenizer = preprocess, tokenizer
        settings = model.visual.preprocess_cfg
        self._middle_only = settings["resize_mode"] == "shortest"
        size = settings["size"]
        self.image_size = size if isinstance(size, int) else max(size)

    def see(self, images: Sequence[Image]) -> Tensor:
        if self._middle_only:
            images = [shorten(image) for image in images]
        pixels = torch.stack([self._preprocess(image) for image in images])  # [n, 3, side, side]
        features: Tensor = self.model.encode_image(
            pixels.to(self._machine.device, self._machine.dtype)
        )
        return features

    def read(self, texts: Sequence[str]) -> Tensor:
        ids = self.tokenizer(list(texts)).to(self._machine.device)  # [n, context length]
        features: Tensor = self.model.encode_text(ids)
        return features
