"""Tiny models of open_clip's kinds of architecture, registered under names of their own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors.torch import save_file

from tests.retrievers.encoders import letter_tokenizers as letters

TEXT = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
VIT = {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8}
TIMM = {"image_size": 64, "timm_model_pretrained": False}

ARCHITECTURES: Mapping[str, dict[str, Any]] = {
    "tiny-ViT": {"embed_dim": 16, "vision_cfg": VIT, "text_cfg": TEXT},
    "tiny-RN": {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None},
        "text_cfg": TEXT,
    },
    "tiny-timm-no-mask": {  # as MobileCLIP2 and SigLIP are described
        "embed_dim": 48,
        "custom_text": True,
        "vision_cfg": TIMM
        | {"timm_model_name": "test_vit", "timm_pool": "avg", "timm_proj": "linear"},
        "text_cfg": TEXT | {"no_causal_mask": True, "context_length": 64},
    },
    "tiny-coca": {
        "embed_dim": 32,
        "vision_cfg": VIT
        | {"attentional_pool": True, "attn_pooler_heads": 2, "output_tokens": True},
        "text_cfg": TEXT | {"context_length": 76, "embed_cls": True, "output_tokens": True},
        "multimodal_cfg": {
            "context_length": 76,
            "vocab_size": 49408,
            "width": 32,
            "heads": 2,
            "layers": 1,
        },
        "custom_text": True,
    },
    "tiny-words": {  # as SigLIP 2: its tokenizer is on the hub
        "embed_dim": 16,
        "vision_cfg": VIT,
        "text_cfg": {
            "context_length": 20,
            "vocab_size": 64,
            "width": 32,
            "heads": 2,
            "layers": 2,
            "hf_tokenizer_name": "our/words",
            "tokenizer_kwargs": {"clean": "canonicalize"},
        },
    },
}
PREPROCESSING = {
    "mean": [0.5] * 3,
    "std": [0.5] * 3,
    "interpolation": "bicubic",
    "resize_mode": "squash",
}


def register(folder: Path) -> None:
    """Make the architectures known to open_clip, as its own are."""
    for name, settings in ARCHITECTURES.items():
        (folder / f"{name}.json").write_text(json.dumps(settings))
    open_clip.add_model_config(folder)


def save_weights(arch: str, folder: Path, *, seed: int = 0) -> Path:
    """Write `weights.safetensors` and, the way training writes it, `weights.pt`."""
    torch.manual_seed(seed)
    model = open_clip.create_model(arch)
    for parameter in model.parameters():
        if parameter.dim() > 1:  # as initialised, every picture has almost the same vector
            torch.nn.init.normal_(parameter, std=0.2)
    tensors = {key: value.clone().contiguous() for key, value in model.state_dict().items()}
    save_file(tensors, folder / "weights.safetensors")
    trained = {"epoch": 1, "state_dict": {f"module.{key}": one for key, one in tensors.items()}}
    torch.save(trained, folder / "weights.pt")
    return folder


def save_folder(folder: Path, *, seed: int = 0) -> Path:
    """Write a folder as open_clip's own `save_for_hf` would, with a tokenizer of its own."""
    text = TEXT | {"vocab_size": 64, "context_length": 20, "hf_tokenizer_name": "left/out"}
    model_cfg = ARCHITECTURES["tiny-ViT"] | {"text_cfg": text}
    config = {"model_cfg": model_cfg, "preprocess_cfg": PREPROCESSING}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.manual_seed(seed)
    model = open_clip.CLIP(**{key: value for key, value in model_cfg.items()})
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.2)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    letters.siglip2(padding_side="right").save_pretrained(folder)
    return folder
