"""Dual encoders of Hugging Face transformers, all through one code path.

What differs between the families is a row of `text_families`; a type without a row is refused,
as features of a tower that was trained otherwise would be plausible and wrong.
"""

from collections.abc import Mapping, Sequence
from math import isqrt
from pathlib import Path
from typing import Any

from PIL.Image import Image
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoConfig, AutoModel, AutoProcessor

from retrievers.encoder import EncoderError
from retrievers.encoders.clip.dual_encoder import DualEncoder
from retrievers.encoders.clip.folder_names import named
from retrievers.encoders.clip.text_families import FAMILIES
from retrievers.loading.device import Machine, choose_machine
from retrievers.loading.downloads import refused_in_libraries
from retrievers.loading.encoder_options import Options
from retrievers.loading.local_weights import find_snapshot, first_line
from retrievers.loading.quiet_transformers import quiet
from retrievers.pictures.long_pictures import shorten


def load_transformers(which: str, options: Options) -> DualEncoder:
    """Load `FOLDER` or `ORG/NAME[@REVISION]`; see `load_encoder`.

    Raises:
        EncoderError: it is not there, not a family of the table, or not complete.
    """
    name, towers = open_towers(which, options)
    return DualEncoder(
        name, towers.image_size, towers.see, towers.read, options.batch, towers.model
    )


def open_towers(which: str, options: Options) -> tuple[str, "TransformersTowers"]:
    """Return the exact weights' name and the two towers; see `load_transformers`."""
    machine = choose_machine(options)
    folder, mark = find_snapshot(which)
    try:
        with quiet(), refused_in_libraries():
            towers = _load(folder, machine)
    except (OSError, ValueError, ImportError, KeyError, RuntimeError, SafetensorError) as error:
        raise EncoderError(f"cannot load {folder}: {first_line(error)}") from error
    return named(folder, mark), towers


def _load(folder: Path, machine: Machine) -> "TransformersTowers":
    here: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    config = AutoConfig.from_pretrained(folder, **here)
    if config.model_type not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise EncoderError(f"{folder} is of type {config.model_type!r}; served are {known}")
    if not list(folder.glob("*.safetensors")):
        raise EncoderError(f"{folder} holds no .safetensors file; convert its weights to one first")
    processor = AutoProcessor.from_pretrained(folder, **here)
    model, report = AutoModel.from_pretrained(
        folder,
        config=config,
        attn_implementation=FAMILIES[config.model_type].attention,
        use_safetensors=True,
        output_loading_info=True,
        **here,
    )
    if absent := sorted({*report["missing_keys"], *map(str, report["mismatched_keys"])}):
        raise EncoderError(f"{folder} lacks {len(absent)} weights, such as {absent[0]!r}")
    model.eval().requires_grad_(False).to(machine.device, machine.dtype)
    return TransformersTowers(model, processor, machine)


class TransformersTowers:
    """The two towers of a loaded model with the processor that was saved beside it.

    The processor's two halves are called, not the processor: Siglip2Processor's own defaults would
    replace the patches that the checkpoint asks for.
    """

    def __init__(self, model: Any, processor: Any, machine: Machine) -> None:
        self.model, self._machine = model, machine
        self.pixels, self.tokenizer = processor.image_processor, processor.tokenizer
        self.model_type: str = model.config.model_type
        self.family = FAMILIES[self.model_type]
        positions = int(model.config.text_config.max_position_embeddings)
        self.tokens = min(self.family.tokens or positions, positions)
        self._middle_only = bool(getattr(self.pixels, "do_center_crop", False))
        self.image_size = _side(self.pixels)

    def see(self, images: Sequence[Image]) -> Tensor:
        if self._middle_only:
            images = [shorten(image) for image in images]
        inputs = self.pixels(images=list(images), return_tensors="pt")
        return self._vectors(self.model.get_image_features(**self._ready(inputs)))

    def read(self, texts: Sequence[str]) -> Tensor:
        family = self.family
        inputs = self.tokenizer(
            [text.lower() if family.lower else text for text in texts],
            padding="max_length" if family.full else "longest",
            padding_side="right",
            truncation=True,
            max_length=self.tokens,
            return_tensors="pt",
        )
        if not family.mask:
            inputs.pop("attention_mask", None)
        return self._vectors(self.model.get_text_features(**self._ready(inputs)))

    def _vectors(self, output: Any) -> Tensor:
        vectors: Tensor = getattr(output, "pooler_output", output)
        return vectors[:, 0] if self.family.first else vectors  # [n, d]

    def _ready(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        device, dtype = self._machine.device, self._machine.dtype
        return {
            key: value.to(device, dtype) if value.is_floating_point() else value.to(device)
            for key, value in inputs.items()
        }


def _side(pixels: Any) -> int:
    if pixels.size is None:  # NaFlex: as many patches as fit, in the picture's own shape
        return int(pixels.patch_size * isqrt(pixels.max_num_patches))
    return max(int(side) for side in dict(pixels.size).values() if side is not None)
