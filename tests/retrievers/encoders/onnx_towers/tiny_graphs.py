"""Tiny checkpoints of the real classes as ONNX graphs, in the layouts that hubs carry."""

import json
import warnings
from pathlib import Path
from typing import Any

import open_clip
import torch
from torch import Tensor, nn
from transformers import AutoModel, CLIPTokenizer

from tests.retrievers.encoders import letter_tokenizers as letters
from tests.retrievers.encoders.tiny_checkpoints import save

NAMES = {"clip": "embeds", "siglip2_fixed": "pooler_output"}


class _Part(nn.Module):
    def __init__(self, model: nn.Module, forward: Any) -> None:
        super().__init__()
        self.model, self._forward = model, forward

    def forward(self, given: Tensor) -> Tensor:
        out = self._forward(given)
        vectors: Tensor = getattr(out, "pooler_output", out)
        return vectors


def write_graph(
    model: nn.Module, forward: Any, example: Tensor, given: str, output: str, path: Path
) -> None:
    """Trace a function of one tensor, its first axis free."""
    path.parent.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Part(model, forward),
            (example,),
            str(path),
            dynamo=False,
            input_names=[given],
            output_names=[output],
            dynamic_axes={
                given: {0: "n", 1: "t"} if example.dim() == 2 else {0: "n"},
                output: {0: "n"},
            },
            opset_version=17,
        )


def as_transformers_js(name: str, folder: Path, *, seed: int = 0) -> Path:
    """Write a checkpoint with its graphs beside it, as transformers.js's converter leaves them."""
    save(name, folder, seed=seed)
    model = AutoModel.from_pretrained(folder).eval()
    image, text = (
        (f"{kind}_embeds" if NAMES[name] == "embeds" else NAMES[name]) for kind in ("image", "text")
    )
    pixels, ids = torch.rand(2, 3, 32, 32), torch.ones(2, 9, dtype=torch.long)
    if name != "clip":
        ids = torch.ones(2, 64, dtype=torch.long)
    see, read = model.get_image_features, model.get_text_features
    write_graph(model, see, pixels, "pixel_values", image, folder / "onnx" / "vision_model.onnx")
    write_graph(
        model,
        lambda ids: read(input_ids=ids),
        ids,
        "input_ids",
        text,
        folder / "onnx" / "text_model.onnx",
    )
    processor = json.loads((folder / "processor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps(processor["image_processor"]))
    (folder / "processor_config.json").unlink()
    return folder


def as_immich(arch: str, folder: Path, preprocessing: dict[str, Any], *, seed: int = 0) -> Any:
    """Write a model of open_clip as Immich's exporter leaves it; returns the model."""
    torch.manual_seed(seed)
    model = open_clip.create_model(arch).eval()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.normal_(parameter, std=0.2)
    config = open_clip.get_model_config(arch)
    side, length = config["vision_cfg"]["image_size"], config["text_cfg"]["context_length"]
    write_graph(
        model,
        model.encode_image,
        torch.rand(2, 3, side, side),
        "image",
        "embedding",
        folder / "visual" / "model.onnx",
    )
    write_graph(
        model,
        lambda ids: model.encode_text(ids.long()),
        torch.ones(2, length, dtype=torch.int32),
        "text",
        "embedding",
        folder / "textual" / "model.onnx",
    )
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "visual" / "preprocess_cfg.json").write_text(
        json.dumps({"size": [side, side], "mode": "RGB", **preprocessing})
    )
    tokenizer = (
        letters.siglip2(padding_side="right")
        if config["text_cfg"].get("hf_tokenizer_name")
        else clip_tokenizer()
    )
    tokenizer.save_pretrained(folder / "textual")
    if not config["text_cfg"].get("hf_tokenizer_name"):
        words = folder / "textual" / "tokenizer_config.json"
        words.write_text(json.dumps({"pad_token": "!"}))  # token 0, as open_clip pads
    return model


def clip_tokenizer() -> CLIPTokenizer:
    """CLIP's own vocabulary, which open_clip brings."""
    simple = open_clip.tokenizer.SimpleTokenizer()
    merges = sorted(simple.bpe_ranks, key=lambda pair: simple.bpe_ranks[pair])
    named = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocab = {named.get(piece, piece): number for piece, number in simple.encoder.items()}
    return CLIPTokenizer(vocab=vocab, merges=list(merges), model_max_length=77)
