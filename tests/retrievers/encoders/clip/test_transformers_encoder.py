"""Every family with tiny random weights of its real classes, saved and loaded as any other."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL.Image import Image
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoProcessor

from retrievers.encoder import EncoderError, Vectors
from retrievers.encoders.clip.text_families import FAMILIES
from retrievers.encoders.load import load_encoder
from tests.retrievers.encoders.tiny_checkpoints import CHECKPOINTS, save

Checkpoint = Callable[[str], Path]
TEXTS = ["a dog", "two red cars in the snow at night", "sky"]
LONG = "a red car in the snow " * 100
AS_DOCUMENTED: dict[str, dict[str, Any]] = {
    "siglip": {"padding": "max_length", "max_length": 64},
    "siglip2_fixed": {"padding": "max_length", "max_length": 64},
    "siglip2_naflex": {"padding": "max_length", "patch_size": 8, "max_num_patches": 16},
    "tipsv2": {"padding": "max_length"},
    "align": {"padding": "max_length"},
    "flava": {"padding": "max_length", "max_length": 77},
}
every = pytest.mark.parametrize("name", CHECKPOINTS)


def unit(features: torch.Tensor) -> Vectors:
    rows: Vectors = torch.nn.functional.normalize(features.float(), dim=-1).numpy()
    return rows


def joint_forward(name: str, folder: Path, images: list[Image]) -> tuple[Vectors, Vectors]:
    """What the library's own documented call over pictures and texts together gives."""
    processor, model = AutoProcessor.from_pretrained(folder), AutoModel.from_pretrained(folder)
    options = {"padding": True, "truncation": True} | AS_DOCUMENTED.get(name, {})
    inputs = processor(images=images, text=TEXTS, return_tensors="pt", **options)
    with torch.inference_mode():
        if name == "flava":
            out = model(**inputs)
            return (
                unit(model.image_projection(out.image_embeddings[:, 0])),
                unit(model.text_projection(out.text_embeddings[:, 0])),
            )
        out = model(**inputs)
    return unit(out.image_embeds), unit(out.text_embeds)


def test_every_family_of_the_table_is_tried() -> None:
    assert {name.replace("_fixed", "").replace("_naflex", "") for name in CHECKPOINTS} == {
        family.replace("-", "_") for family in FAMILIES
    }


@every
def test_vectors_are_those_of_the_librarys_joint_forward(
    name: str, checkpoint: Checkpoint, pictures: list[Image]
) -> None:
    folder, images = checkpoint(name), [pictures[0], pictures[3], pictures[5]]
    seen, read = joint_forward(name, folder, images)
    encoder = load_encoder(f"transformers:{folder}", device="cpu")
    np.testing.assert_allclose(encoder.encode_images(images), seen, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), read, atol=1e-5)
    assert encoder.dim == seen.shape[1]


@every
def test_a_batch_of_mixed_sizes_and_lengths_equals_one_by_one(
    name: str, checkpoint: Checkpoint, pictures: list[Image]
) -> None:
    encoder = load_encoder(f"transformers:{checkpoint(name)}", batch=4)
    together, texts = encoder.encode_images(pictures), [*TEXTS, LONG, "Two DOGS", "a"]
    alone = np.concatenate([encoder.encode_images([one]) for one in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert len(np.unique(together.round(4), axis=0)) == len(pictures)
    one_by_one = np.concatenate([encoder.encode_texts([one]) for one in texts])
    np.testing.assert_allclose(encoder.encode_texts(texts), one_by_one, atol=1e-5)


@every
def test_rows_are_unit_float32_and_contiguous(
    name: str, checkpoint: Checkpoint, pictures: list[Image]
) -> None:
    encoder = load_encoder(f"transformers:{checkpoint(name)}")
    for rows in (encoder.encode_images(pictures), encoder.encode_texts([*TEXTS, LONG])):
        assert rows.dtype == np.float32
        assert rows.flags.c_contiguous
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert encoder.encode_images([]).shape == encoder.encode_texts([]).shape == (0, encoder.dim)


@every
def test_a_long_text_is_cut_where_the_tower_ends(name: str, checkpoint: Checkpoint) -> None:
    encoder = load_encoder(f"transformers:{checkpoint(name)}")
    twice, other = encoder.encode_texts([LONG, LONG + "two dogs on a beach"]), LONG[::-1]
    np.testing.assert_allclose(twice[0], twice[1], atol=1e-5)
    assert not np.allclose(twice[0], encoder.encode_texts([other])[0], atol=1e-3)


@every
def test_half_the_bits_point_the_same_way(
    name: str, checkpoint: Checkpoint, pictures: list[Image]
) -> None:
    full = load_encoder(f"transformers:{checkpoint(name)}")
    half = load_encoder(f"transformers:{checkpoint(name)}", dtype="bfloat16")
    assert half.name == full.name
    rows = half.encode_images(pictures[:1])
    assert rows.dtype == np.float32
    assert (rows * full.encode_images(pictures[:1])).sum() > 0.98
    assert (half.encode_texts(TEXTS) * full.encode_texts(TEXTS)).sum(axis=1).min() > 0.98


@pytest.mark.parametrize("name", ["siglip", "siglip2_fixed", "siglip2_naflex"])
def test_siglip_reads_lower_case_and_knows_no_padding(
    name: str, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folder = shutil.copytree(checkpoint(name), tmp_path / "masked")
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings["model_input_names"] = ["input_ids", "attention_mask"]
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    published = load_encoder(f"transformers:{checkpoint(name)}").encode_texts(TEXTS)
    masked = load_encoder(f"transformers:{folder}").encode_texts([one.upper() for one in TEXTS])
    np.testing.assert_allclose(published, masked, atol=1e-6)


def test_naflex_keeps_the_patches_that_the_checkpoint_asks_for(checkpoint: Checkpoint) -> None:
    assert load_encoder(f"transformers:{checkpoint('siglip2_naflex')}").image_size == 32


def test_the_name_changes_with_weights_and_vocabulary_but_not_with_the_place(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    first = load_encoder(f"transformers:{checkpoint('clip')}").name
    moved = shutil.copytree(checkpoint("clip"), tmp_path / "moved")
    assert load_encoder(f"transformers:{moved}").name == first
    other = save("clip", tmp_path / "other", seed=1)
    assert load_encoder(f"transformers:{other}").name != first
    settings = json.loads((moved / "processor_config.json").read_text())
    (moved / "processor_config.json").write_text(json.dumps(settings | {"note": 1}))
    assert load_encoder(f"transformers:{moved}").name != first
    assert first.startswith("transformers:clip#")


def test_weights_that_lack_a_part_are_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    folder = shutil.copytree(checkpoint("clip"), tmp_path / "part")
    tensors = load_file(folder / "model.safetensors")
    del tensors["text_projection.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"lacks 1 weights, such as 'text_projection.weight'"):
        load_encoder(f"transformers:{folder}")


def test_pickled_weights_are_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    folder = shutil.copytree(checkpoint("clip"), tmp_path / "pickled")
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(tensors, folder / "pytorch_model.bin")
    with pytest.raises(EncoderError, match=r"holds no \.safetensors file; convert"):
        load_encoder(f"transformers:{folder}")


def test_a_truncated_file_is_named_in_one_line(checkpoint: Checkpoint, tmp_path: Path) -> None:
    folder = shutil.copytree(checkpoint("clip"), tmp_path / "short")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:5000])
    with pytest.raises(EncoderError, match=f"cannot load {folder}: [^\n]+$"):
        load_encoder(f"transformers:{folder}")


def test_code_that_comes_with_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "mine", "auto_map": {"AutoConfig": "trap.Config"}})
    )
    (tmp_path / "trap.py").write_text("raise SystemExit('the code was run')")
    with pytest.raises(EncoderError, match="cannot load"):
        load_encoder(f"transformers:{tmp_path}")


def test_a_family_without_a_row_is_refused_with_the_list(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "blip"}))
    with pytest.raises(EncoderError, match=r"of type 'blip'; served are .*siglip2, tipsv2"):
        load_encoder(f"transformers:{tmp_path}")
