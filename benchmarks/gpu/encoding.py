"""Pictures a second by precision: CLIP ViT-B/32 with random weights, through our own encoder."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import save_file

from benchmarks.gpu.row import Row, Scale, seconds
from retrievers.encoders.load import load_encoder

TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
}
LEAST = {"float32": 0.9999, "bfloat16": 0.99, "float16": 0.999}  # cosine to float32 of the CPU


def encoding(scale: Scale) -> Iterator[Row]:
    """Yield a row for each precision."""
    with tempfile.TemporaryDirectory() as folder:
        arch = "gpu-check-tiny" if scale.small else "ViT-B-32"
        spec = f"open_clip:{arch}/{_saved(arch, Path(folder))}"
        images = _noise(scale.of(512, 8), 64 if scale.small else 224)
        reference = load_encoder(spec, device="cpu", dtype="float32").encode_images(images[:8])
        for dtype, least in LEAST.items():
            batch = scale.of(128, 4)
            encoder = load_encoder(spec, device=scale.device, dtype=dtype, batch=batch)
            cosine = float((encoder.encode_images(images[:8]) * reference).sum(axis=1).min())
            whole = len(images) / seconds(lambda encoder=encoder: encoder.encode_images(images))  # type: ignore[misc]
            alone = batch / _forward(encoder, batch, images[0].size[0])
            yield Row(
                f"encode pictures, {arch}, {dtype}, batch {batch}",
                f"{whole:.0f} pictures/s with preprocessing, {alone:.0f} by the network alone",
                f"least cosine to the CPU's float32 {cosine:.5f}, bar {least}",
                cosine >= least,
            )


def _saved(arch: str, folder: Path) -> Path:
    if arch not in open_clip.list_models():
        (folder / f"{arch}.json").write_text(json.dumps(TINY))
        open_clip.add_model_config(folder / f"{arch}.json")
    torch.manual_seed(0)
    tensors = open_clip.create_model(arch).state_dict()
    save_file({key: one.contiguous() for key, one in tensors.items()}, folder / "w.safetensors")
    return folder / "w.safetensors"


def _noise(n: int, side: int) -> list[Image.Image]:
    dice = np.random.default_rng(0)
    shape = (side, side, 3)
    return [Image.fromarray(dice.integers(0, 256, shape, dtype=np.uint8)) for _ in range(n)]


def _forward(encoder: object, batch: int, side: int) -> float:
    network = encoder.network  # type: ignore[attr-defined]
    some = next(network.parameters())
    pixels = torch.randn(batch, 3, side, side, device=some.device, dtype=some.dtype)
    with torch.inference_mode():
        network.encode_image(pixels)
        return seconds(lambda: network.encode_image(pixels), times=5)
