"""A vision tower of random weights for llama.cpp: pictures really enter SmolLM2's prompt."""

from pathlib import Path

import numpy as np
from gguf import GGUFWriter
from numpy.typing import NDArray

WIDTH, HIDDEN, LAYERS, HEADS = 64, 128, 2, 4
SIDE, PATCH, SCALE = 64, 8, 2
TEXT_WIDTH = 576  # SmolLM2-135M's


def write_mmproj(path: Path) -> None:
    """Write a SigLIP-like tower of 0.9 MB with Gemma 3's projector."""
    rng = np.random.default_rng(0)

    def random(*shape: int) -> NDArray[np.float32]:
        return (rng.standard_normal(shape) * 0.02).astype(np.float32)

    writer = GGUFWriter(path, "clip")
    _write_facts(writer)
    tensors = {
        "v.patch_embd.weight": random(WIDTH, 3, PATCH, PATCH),
        "v.patch_embd.bias": random(WIDTH),
        "v.position_embd.weight": random((SIDE // PATCH) ** 2, WIDTH),
        "v.post_ln.weight": np.ones(WIDTH, np.float32),
        "v.post_ln.bias": random(WIDTH),
        "mm.input_projection.weight": random(WIDTH, TEXT_WIDTH),
        "mm.soft_emb_norm.weight": np.ones(WIDTH, np.float32),
    }
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
            tensors[f"v.blk.{layer}.{name}.weight"] = random(WIDTH, WIDTH)
            tensors[f"v.blk.{layer}.{name}.bias"] = random(WIDTH)
        for name in ("ln1", "ln2"):
            tensors[f"v.blk.{layer}.{name}.weight"] = np.ones(WIDTH, np.float32)
            tensors[f"v.blk.{layer}.{name}.bias"] = random(WIDTH)
        for name, rows, columns in (("ffn_up", HIDDEN, WIDTH), ("ffn_down", WIDTH, HIDDEN)):
            tensors[f"v.blk.{layer}.{name}.weight"] = random(rows, columns)
            tensors[f"v.blk.{layer}.{name}.bias"] = random(rows)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_facts(writer: GGUFWriter) -> None:
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_bool("clip.has_audio_encoder", False)
    writer.add_bool("clip.use_gelu", True)
    writer.add_string("clip.projector_type", "gemma3")
    writer.add_file_type(1)
    for name, number in {
        "image_size": SIDE,
        "patch_size": PATCH,
        "embedding_length": WIDTH,
        "feed_forward_length": HIDDEN,
        "block_count": LAYERS,
        "attention.head_count": HEADS,
        "projection_dim": TEXT_WIDTH,
        "projector.scale_factor": SCALE,
    }.items():
        writer.add_uint32(f"clip.vision.{name}", number)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
