"""A checkpoint of sentence-transformers: found, checked, and opened without any code of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from transformers import CONFIG_MAPPING

from retrievers.encoder import EncoderError
from retrievers.encoders.embedding.families import FAMILIES
from retrievers.loading.device import Machine
from retrievers.loading.downloads import refused_in_libraries
from retrievers.loading.local_weights import MATTERS, content_hash, find_snapshot, first_line
from retrievers.loading.quiet_transformers import quiet
from retrievers.loading.trusted_code import remedy, trusts_commit, trusts_folder

FILES = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")
OTHERS = ("onnx/*", "openvino/*", "original/*", "checkpoint-*/*")
"""Folders of the hub that hold the same network for other programs."""

MODULES = "modules.json"
OURS = "sentence_transformers."
LARGEST = 1_000_000  # bytes of a settings file; a vocabulary is longer, and wants no code
BROKEN = (
    OSError,
    ValueError,
    ImportError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    RuntimeError,
    SafetensorError,
)


@dataclass(frozen=True, slots=True)
class FoundCheckpoint:
    """A folder on this disk.

    Attributes:
        mark: tells its content from any other's: `ORG/NAME@COMMIT`, or `#HASH` of a local folder.
        trusted: the owner lets its code run.
    """

    folder: Path
    mark: str
    trusted: bool


def find_checkpoint(where: str) -> FoundCheckpoint:
    """Return the folder that a path, or an id on the hub, names.

    Raises:
        EncoderError: it is neither, or the hub has not got it or cannot be reached.
    """
    if where and (folder := Path(where).expanduser()).is_dir():
        trusted = trusts_folder(folder)
        return FoundCheckpoint(folder, f"#{content_hash(_inside(folder), folder)}", trusted)
    code = ("*.py",) if trusts_commit(where) else ()
    snapshot = find_snapshot(where, (*FILES, *code), but=OTHERS)
    return FoundCheckpoint(*snapshot, trusts_commit(snapshot.mark))


def _inside(folder: Path) -> list[Path]:
    matters = (*MATTERS, ".jinja", ".py")
    inside = (file for file in folder.rglob("*") if file.suffix in matters and file.is_file())
    return sorted(inside, key=lambda file: file.relative_to(folder).as_posix())


@dataclass(frozen=True)
class Checkpoint:
    """An open one.

    Attributes:
        model: a `SentenceTransformer`.
        model_type: of its network.
        mark: see `FoundCheckpoint`; a local one's begins with the type.
        prompts: its own, by name.
        composes: whether a picture and words fit into one input.
    """

    model: Any
    model_type: str
    mark: str
    prompts: Mapping[str, str]
    composes: bool

    @property
    def pixels(self) -> Any:
        """What prepares pictures."""
        processor = self.model[0].processor
        return getattr(processor, "image_processor", processor)

    def limited(self, budget: str, pixels: int | None, tokens: int | None) -> dict[str, int]:
        """Bound what is looked at of a picture, and return the bound, if the family has one.

        Raises:
            EncoderError: the family has no such bound, or not at that height.
        """
        for key, asked in (("pixels", pixels), ("tokens", tokens)):
            if asked is not None and key != budget:
                knows = f"it knows {budget}" if budget else "it knows none"
                raise EncoderError(f"{key} is no bound of a {self.model_type} model; {knows}")
        if budget == "pixels":
            return {"pixels": self._limit_pixels(pixels)}
        return {"tokens": self._limit_tokens(tokens)} if budget == "tokens" else {}

    def _limit_pixels(self, most: int | None) -> int:
        size = self.pixels.size
        if most is None:
            return int(size["longest_edge"])
        block = (self.pixels.patch_size * self.pixels.merge_size) ** 2
        if most < block:
            raise EncoderError(f"pixels must be at least {block}, one token's; got {most}")
        least = min(int(size["shortest_edge"]), most)
        self.pixels.size = {"shortest_edge": least, "longest_edge": most}
        return most

    def _limit_tokens(self, most: int | None) -> int:
        if most is None:
            return int(self.pixels.max_soft_tokens)
        try:
            type(self.pixels)(max_soft_tokens=most)
        except ValueError as error:
            raise EncoderError(f"tokens: {first_line(error)}") from error
        self.pixels.max_soft_tokens = most
        return most

    def side(self) -> int:
        """Return the pixels a side of a square picture that is not reduced any more."""
        pixels = self.pixels
        if (tokens := getattr(pixels, "max_soft_tokens", None)) is not None:
            return isqrt(int(tokens) * (pixels.pooling_kernel_size * pixels.patch_size) ** 2)
        size = {key: side for key, side in dict(pixels.size).items() if side is not None}
        if "shortest_edge" in size and "longest_edge" in size:  # of the Qwens: numbers of pixels
            return isqrt(int(size["longest_edge"]))
        return max(int(side) for side in size.values())


def open_checkpoint(found: FoundCheckpoint, machine: Machine) -> Checkpoint:
    """Load the modules onto the machine.

    Raises:
        EncoderError: it is not complete, brings code that is not trusted, or reads no pictures.
    """
    folder = found.folder
    if not (folder / MODULES).is_file():
        raise EncoderError(
            f"{folder} has no {MODULES}, which says how a network's states become one vector; "
            "save it with sentence-transformers"
        )
    if not list(folder.rglob("*.safetensors")):
        raise EncoderError(f"{folder} holds no .safetensors file; convert its weights to one first")
    if not found.trusted and (code := _own_code(folder)):
        which = found.mark if "@" in found.mark else str(folder)
        raise EncoderError(f"{folder} wants code of its own ({code}); {remedy(which)}")
    try:
        with quiet(), refused_in_libraries():
            model = SentenceTransformer(
                str(folder),
                device=str(machine.device),
                local_files_only=True,
                trust_remote_code=found.trusted,
                model_kwargs={"dtype": machine.dtype, "use_safetensors": True},
            )
            absent = _absent(model, folder, found.trusted)
    except BROKEN as error:
        raise EncoderError(f"cannot load {folder}: {first_line(error)}") from error
    if absent:
        raise EncoderError(f"{folder} lacks {len(absent)} weights, such as {absent[0]!r}")
    return _usable(model.eval().requires_grad_(False), found)


def _own_code(folder: Path) -> str:
    """Return what a checkpoint wants run that no library here holds, or nothing."""
    for kind in (str(one["type"]) for one in _json(folder / MODULES)):
        if not kind.startswith(OURS):
            return kind
    for path in sorted(folder.rglob("*.json")):
        said = _json(path) if path.stat().st_size < LARGEST else {}
        own = said.get("auto_map") if isinstance(said, dict) else None
        if own and said.get("model_type") not in CONFIG_MAPPING:
            return ", ".join(map(str, own.values())) if isinstance(own, dict) else str(own)
    return ""


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EncoderError(f"{path} cannot be read: {error}") from error


def _absent(model: Any, folder: Path, trusted: bool) -> list[str]:
    """Return the weights that the folder lacks, which the library would leave random."""
    network = model.transformers_model
    if network is None:
        return []
    _, report = type(network).from_pretrained(
        folder / _json(folder / MODULES)[0]["path"],
        config=network.config,
        device_map="meta",
        output_loading_info=True,
        local_files_only=True,
        trust_remote_code=trusted,
    )
    return sorted({*report["missing_keys"], *map(str, report["mismatched_keys"])})


def _usable(model: Any, found: FoundCheckpoint) -> Checkpoint:
    network = model.transformers_model
    kind = str(network.config.model_type) if network is not None else type(model[0]).__name__
    if not {"text", "image"} <= {*model.modalities}:
        raise EncoderError(f"{found.folder} reads {', '.join(model.modalities)}, not pictures too")
    composes = "message" in model.modalities
    if kind in FAMILIES and not composes:
        raise EncoderError(
            f"{found.folder} has no chat template, by which a {kind} model sees pictures; add its "
            "chat_template.jinja"
        )
    mark = kind + found.mark if found.mark.startswith("#") else found.mark
    prompts = {key: prompt or "" for key, prompt in model.prompts.items()}
    return Checkpoint(model, kind, mark, prompts, composes)
