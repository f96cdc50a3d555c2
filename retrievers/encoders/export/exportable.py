"""What an export needs of a loaded dual encoder, the same for open_clip and for transformers."""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import open_clip
from timm.utils.model import reparameterize_model
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import CLIPTokenizer

from retrievers.encoder import EncoderError
from retrievers.encoders.clip import open_clip_encoder, transformers_encoder
from retrievers.encoders.clip.dual_encoder import DualEncoder
from retrievers.encoders.clip.open_clip_encoder import OpenClipTowers
from retrievers.encoders.clip.transformers_encoder import TransformersTowers
from retrievers.encoders.onnx_towers.tokenising import TextSettings
from retrievers.loading.encoder_options import Options

POOLED = ("siglip",)
"""Model types whose vector is the tower's pooled state, with no projection behind it."""


@dataclass(frozen=True)
class Exportable:
    """A dual encoder, taken apart.

    Attributes:
        eager: the encoder itself, which the export is measured against.
        kind: the model type that readers of the layout know.
        image: from [n, 3, height, width] to vectors [n, d].
        text: from tokens [n, t] int64 to vectors [n, d].
        size: height and width.
        preprocessor: what `preprocessor_config.json` says.
        config: what `config.json` says.
        tokens: how texts are read.
        export: more that `dialens.json` says of the preparation.
    """

    eager: DualEncoder
    kind: str
    image: nn.Module
    text: nn.Module
    size: tuple[int, int]
    preprocessor: dict[str, Any]
    config: dict[str, Any]
    tokens: TextSettings
    tokenizer: Tokenizer
    export: dict[str, Any] = field(default_factory=dict)

    def output(self, tower: str) -> str:
        """Return what the layout calls the output of the tower `image` or `text`."""
        return "pooler_output" if self.kind in POOLED else f"{tower}_embeds"


def open_exportable(spec: str) -> Exportable:
    """Load an encoder of open_clip or transformers on the CPU, in float32.

    Raises:
        EncoderError: it is none of these, cannot be loaded, or has pictures of no fixed size.
    """
    family, _, which = spec.partition(":")
    options = Options(device="cpu", dtype="float32", batch=1)
    if family == "open_clip":
        return _of_open_clip(*open_clip_encoder.open_towers(which, options))
    if family == "transformers":
        return _of_transformers(*transformers_encoder.open_towers(which, options))
    raise EncoderError(f"{spec!r} cannot be exported; open_clip and transformers encoders can")


class Tower(nn.Module):
    """One tower of a model, as a module of its own: exporters trace modules."""

    def __init__(self, model: nn.Module, method: str, *, first: bool = False) -> None:
        super().__init__()
        self.model, self._method, self._first = model, method, first
        self.eval()  # an exporter puts the model back into the mode that it found

    def forward(self, given: Tensor) -> Tensor:
        output = getattr(self.model, self._method)(given)
        vectors: Tensor = getattr(output, "pooler_output", output)
        return vectors[:, 0] if self._first else vectors


def _of_open_clip(name: str, towers: OpenClipTowers) -> Exportable:
    model, said = merged(towers.model), dict(towers.model.visual.preprocess_cfg)
    height, width = _sides(said["size"])
    tokenizer, tokens = _open_clip_tokens(towers)
    preprocessor = {
        "do_resize": True,
        "size": {"height": height, "width": width}
        if said["resize_mode"] == "squash"
        else {"shortest_edge": height},
        "do_center_crop": said["resize_mode"] != "squash",
        "crop_size": {"height": height, "width": width},
        "resample": 2 if said["interpolation"] == "bilinear" else 3,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(said["mean"]),
        "image_std": list(said["std"]),
        "image_processor_type": "CLIPImageProcessor",
    }
    return Exportable(
        DualEncoder(name, towers.image_size, towers.see, towers.read, 1, towers.model),
        "clip",
        Tower(model, "encode_image"),
        Tower(model, "encode_text"),
        (height, width),
        preprocessor,
        {"model_type": "clip", "text_config": {"max_position_embeddings": tokens.tokens}},
        tokens,
        tokenizer,
        {"pixels": {key: said[key] for key in said if key != "mode"}},
    )


def merged(model: nn.Module) -> nn.Module:
    """Return a copy in which branches of a layer that add up to one layer are one (MobileOne)."""
    copied: nn.Module = reparameterize_model(deepcopy(model)).eval()
    return copied


def _open_clip_tokens(towers: OpenClipTowers) -> tuple[Tokenizer, TextSettings]:
    tokenizer: Any = towers.tokenizer
    length = int(tokenizer.context_length)
    if isinstance(tokenizer, open_clip.tokenizer.SimpleTokenizer):
        return _clips(tokenizer), TextSettings(length, 0, clean="lower")
    inner = tokenizer.tokenizer
    clean = tokenizer.clean_fn.__name__.removeprefix("_clean_")
    if (
        tokenizer.tokenizer_mode
        or tokenizer.strip_sep_token
        or not hasattr(inner, "backend_tokenizer")
    ):
        raise EncoderError("its tokenizer has no counterpart as one tokenizer.json")
    return inner.backend_tokenizer, TextSettings(length, int(inner.pad_token_id), clean=clean)


def _clips(simple: Any) -> Tokenizer:
    """Return CLIP's tokenizer as transformers builds it, of open_clip's own vocabulary."""
    merges = sorted(simple.bpe_ranks, key=lambda pair: simple.bpe_ranks[pair])
    named = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocab = {named.get(piece, piece): number for piece, number in simple.encoder.items()}
    made: Tokenizer = CLIPTokenizer(vocab=vocab, merges=merges).backend_tokenizer
    return made


def _of_transformers(name: str, towers: TransformersTowers) -> Exportable:
    size = getattr(towers.pixels, "crop_size", None) if _cropped(towers) else towers.pixels.size
    if size is None or getattr(towers.pixels, "max_num_patches", None):
        raise EncoderError(f"{name} sees pictures of no fixed size, which cannot be exported")
    height, width = _sides(size)
    family, tokenizer = towers.family, towers.tokenizer
    if not hasattr(tokenizer, "backend_tokenizer"):
        raise EncoderError("its tokenizer has no counterpart as one tokenizer.json")
    config = json.loads(towers.model.config.to_json_string()) | {"model_type": towers.model_type}
    config["text_config"] = (config.get("text_config") or {}) | {
        "max_position_embeddings": towers.tokens
    }
    return Exportable(
        DualEncoder(name, towers.image_size, towers.see, towers.read, 1, towers.model),
        towers.model_type,
        Tower(towers.model, "get_image_features", first=family.first),
        Tower(towers.model, "get_text_features", first=family.first),
        (height, width),
        json.loads(towers.pixels.to_json_string()),
        config,
        TextSettings(
            towers.tokens,
            int(tokenizer.pad_token_id) if family.full and not family.mask else None,
            masked=family.mask,
            lower=family.lower,
        ),
        tokenizer.backend_tokenizer,
        {"prepared_by": "torchvision" if _on_tensors(towers) else "pillow"},
    )


def _cropped(towers: TransformersTowers) -> bool:
    return bool(getattr(towers.pixels, "do_center_crop", False))


def _on_tensors(towers: TransformersTowers) -> bool:
    """Whether pictures are resized as tensors, by a filter that is known here."""
    resample = int(getattr(towers.pixels, "resample", None) or 0)
    return getattr(towers.pixels, "backend", "") == "torchvision" and resample in (2, 3)


def _sides(size: Any) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    if isinstance(size, tuple | list):
        return int(size[0]), int(size[1])
    return int(size["height"]), int(size["width"])
