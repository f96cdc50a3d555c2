"""Tiny towers of the real classes, run by ONNX Runtime and, beside it, by their own library."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL.Image import Image
from transformers import AutoModel, AutoTokenizer, CLIPImageProcessorPil, SiglipImageProcessorPil

from retrievers.encoder import EncoderError, Vectors
from retrievers.encoders.load import load_encoder
from tests.retrievers.encoders.hub_cache import cached

Graphs = Callable[[str], Path]
TEXTS = ["a dog", "Two RED cars in the snow at night", "sky", "a red car in the snow " * 50, ""]
both = pytest.mark.parametrize("name", ["clip", "siglip2_fixed"])


def unit(features: torch.Tensor) -> Vectors:
    rows: Vectors = torch.nn.functional.normalize(features.float(), dim=-1).numpy()
    return rows


@both
def test_vectors_are_those_of_the_librarys_own_forward(
    name: str, graphs: Graphs, pictures: list[Image]
) -> None:
    folder = graphs(name)
    kind = CLIPImageProcessorPil if name == "clip" else SiglipImageProcessorPil
    model, processor = AutoModel.from_pretrained(folder), kind.from_pretrained(folder)
    options = {"padding": True} if name == "clip" else {"padding": "max_length"}
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="right")
    length = 77 if name == "clip" else 64
    with torch.inference_mode():
        seen = model.get_image_features(
            **processor(images=pictures, input_data_format="channels_last", return_tensors="pt")
        )
        read = tokenizer(TEXTS, truncation=True, max_length=length, return_tensors="pt", **options)
        if name != "clip":  # SigLIP was trained to see its padding
            read.pop("attention_mask", None)
        texts = model.get_text_features(**read)
    encoder = load_encoder(f"onnx:{folder}")
    rows = unit(getattr(seen, "pooler_output", seen))
    np.testing.assert_allclose(encoder.encode_images(pictures), rows, atol=1e-5)
    rows = unit(getattr(texts, "pooler_output", texts))
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), rows, atol=1e-5)
    assert encoder.dim == rows.shape[1]
    assert encoder.image_size == 32


@both
def test_rows_are_unit_float32_and_do_not_depend_on_their_company(
    name: str, graphs: Graphs, pictures: list[Image]
) -> None:
    encoder = load_encoder(f"onnx:{graphs(name)}", threads=2)
    together, texts = encoder.encode_images(pictures), encoder.encode_texts(TEXTS)
    np.testing.assert_array_equal(
        together, np.concatenate([encoder.encode_images([one]) for one in pictures])
    )
    np.testing.assert_array_equal(
        texts, np.concatenate([encoder.encode_texts([one]) for one in TEXTS])
    )
    for rows in (together, texts):
        assert rows.dtype == np.float32
        assert rows.flags.c_contiguous
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert encoder.encode_images([]).shape == encoder.encode_texts([]).shape == (0, encoder.dim)


def test_the_name_tells_weights_settings_and_precision_but_not_the_place(
    graphs: Graphs, tmp_path: Path
) -> None:
    name = load_encoder(f"onnx:{graphs('clip')}").name
    assert name.startswith("onnx:clip#")
    assert name.endswith("#fp32")
    moved = shutil.copytree(graphs("clip"), tmp_path / "moved#here")
    assert load_encoder(f"onnx:{moved}").name == name
    assert load_encoder(f"onnx:{moved}#fp32").name == name
    settings = moved / "preprocessor_config.json"
    settings.write_text(settings.read_text().replace("0.48145466", "0.5"))
    assert load_encoder(f"onnx:{moved}").name != name


def test_a_precision_is_taken_where_it_is_named_or_the_only_one(
    graphs: Graphs, tmp_path: Path
) -> None:
    folder = shutil.copytree(graphs("clip"), tmp_path / "both")
    for tower in ("vision", "text"):
        shutil.copy(folder / f"onnx/{tower}_model.onnx", folder / f"onnx/{tower}_model_int8.onnx")
    assert load_encoder(f"onnx:{folder}").name.endswith("#fp32")
    assert load_encoder(f"onnx:{folder}#int8").name.endswith("#int8")
    (folder / "onnx/vision_model.onnx").unlink()
    assert load_encoder(f"onnx:{folder}").name.endswith("#int8")
    with pytest.raises(EncoderError, match="has no fp16 weights; it has int8"):
        load_encoder(f"onnx:{folder}#fp16")


def test_a_snapshot_of_the_hub_is_named_by_its_commit(
    graphs: Graphs, unreachable_hub: Path
) -> None:
    commit = "c" * 40
    shutil.copytree(
        graphs("clip"), cached(unreachable_hub, "our/clip", "main", commit), dirs_exist_ok=True
    )
    encoder = load_encoder("onnx:our/clip#fp32")
    assert encoder.name == f"onnx:our/clip@{commit}#fp32"
    assert encoder.encode_texts(["a dog"]).shape == (1, 16)


def test_torch_is_never_imported(graphs: Graphs) -> None:
    code = (
        "import sys; from PIL import Image; from retrievers.encoders.load import load_encoder\n"
        f"one = load_encoder('onnx:{graphs('siglip2_fixed')}')\n"
        "one.encode_images([Image.new('RGB', (50, 40))]); one.encode_texts(['a dog'])\n"
        "sys.exit(not {'torch', 'transformers', 'open_clip'}.isdisjoint(sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"device": "cuda"}, EncoderError, "onnx encoders run on 'cpu'"),
        ({"dtype": "float16"}, EncoderError, "the precision is that of the file"),
        ({"threads": 0}, ValueError, "threads must be at least 1; got 0"),
        ({"batch": 0}, ValueError, "batch must be at least 1; got 0"),
    ],
)
def test_options_that_cannot_be_are_refused(
    options: dict[str, str | int], error: type[Exception], says: str, graphs: Graphs
) -> None:
    with pytest.raises(error, match=says):
        load_encoder(f"onnx:{graphs('clip')}", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lost", "says"),
    [
        ("config.json", "lacks config.json"),
        ("preprocessor_config.json", "lacks preprocessor_config.json"),
        ("tokenizer.json", "lacks tokenizer.json"),
        ("onnx/text_model.onnx", "lacks onnx/text_model.onnx"),
        ("onnx/vision_model.onnx", "holds no onnx/vision_model.onnx or visual/model.onnx"),
    ],
)
def test_a_folder_that_lacks_a_file_is_told_which(
    lost: str, says: str, graphs: Graphs, tmp_path: Path
) -> None:
    folder = shutil.copytree(graphs("clip"), tmp_path / "part")
    (folder / lost).unlink()
    with pytest.raises(EncoderError, match=says):
        load_encoder(f"onnx:{folder}")
