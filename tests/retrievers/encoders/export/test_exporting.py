"""Tiny encoders of open_clip and transformers, written as ONNX graphs and compared with torch."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL.Image import Image

from retrievers.encoder import Encoder, EncoderError
from retrievers.encoders.export import exporting, graphs
from retrievers.encoders.export.exporting import BARS, TEXTS, export_encoder
from retrievers.encoders.load import load_encoder
from retrievers.encoders.onnx_towers.export_folders import export_folder
from retrievers.encoders.onnx_towers.exports import find_twin
from retrievers.encoders.onnx_towers.graph_checks import check_graph
from tests.retrievers.encoders.tiny_open_clip import register, save_folder, save_weights

Weights = Callable[[str], Path]
FAMILIES = ["clip", "siglip2_fixed", "altclip", "chinese_clip", "flava", "groupvit", "metaclip_2"]


def agree(first: Encoder, second: Encoder, pictures: list[Image], least: float) -> None:
    seen = (first.encode_images(pictures) * second.encode_images(pictures)).sum(axis=1)
    read = (first.encode_texts(TEXTS) * second.encode_texts(TEXTS)).sum(axis=1)
    assert min(seen.min(), read.min()) >= least


@pytest.mark.parametrize("name", FAMILIES)
def test_an_export_of_transformers_gives_torchs_vectors(
    name: str, weights: Weights, pictures: list[Image], tmp_path: Path
) -> None:
    spec = f"transformers:{weights(name)}"
    report = export_encoder(spec, lambda _: tmp_path / "out", pictures=pictures[3:4])
    eager = load_encoder(spec, device="cpu")
    assert report.of == eager.name
    assert report.real == 1
    assert min(report.pictures, report.texts) >= BARS["fp32"]
    agree(load_encoder(f"onnx:{tmp_path / 'out'}"), eager, pictures[3:], 0.9999)


@pytest.mark.parametrize("arch", ["tiny-ViT", "tiny-RN", "tiny-coca"])
def test_an_export_of_open_clip_gives_torchs_vectors(
    arch: str, pictures: list[Image], tmp_path: Path
) -> None:
    (tmp_path / "architectures").mkdir()
    register(tmp_path / "architectures")
    spec = f"open_clip:{arch}/{save_weights(arch, tmp_path) / 'weights.safetensors'}"
    export_encoder(spec, lambda _: tmp_path / "out")
    ours, eager = load_encoder(f"onnx:{tmp_path / 'out'}"), load_encoder(spec, device="cpu")
    np.testing.assert_allclose(
        ours.encode_images(pictures), eager.encode_images(pictures), atol=1e-4
    )
    np.testing.assert_allclose(ours.encode_texts(TEXTS), eager.encode_texts(TEXTS), atol=1e-4)


def test_an_open_clip_folder_keeps_its_tokenizer(pictures: list[Image], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    spec = f"open_clip:{save_folder(tmp_path / 'in')}"
    export_encoder(spec, lambda _: tmp_path / "out")
    agree(load_encoder(f"onnx:{tmp_path / 'out'}"), load_encoder(spec), pictures, 0.99999)


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_fewer_bits_stay_above_their_bar_and_are_an_encoder_of_their_own(
    precision: str, weights: Weights, pictures: list[Image], tmp_path: Path
) -> None:
    spec = f"transformers:{weights('siglip2_fixed')}"
    export_encoder(spec, lambda _: tmp_path / "out", precision=precision)
    ours = load_encoder(f"onnx:{tmp_path / 'out'}")
    assert ours.name.endswith(f"#{precision}")
    agree(ours, load_encoder(spec), pictures[3:], BARS[precision])
    kinds = {
        node.op_type
        for node in onnx.load(tmp_path / f"out/onnx/text_model_{precision}.onnx").graph.node
    }
    assert "MatMulInteger" in kinds if precision == "int8" else "Cast" in kinds
    assert find_twin(load_encoder(spec).name) is None


def test_a_folder_that_is_there_is_left_alone(weights: Weights, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    spec = f"transformers:{weights('clip')}"
    for place in (tmp_path, tmp_path / "mine"):
        with pytest.raises(EncoderError, match="is there already; remove it or name another"):
            export_encoder(spec, lambda _, place=place: place)  # type: ignore[misc]
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("at", ["tracing the text tower", "comparing int8", "converting the text"])
def test_one_that_is_stopped_leaves_nothing_half(at: str, weights: Weights, tmp_path: Path) -> None:
    def told(line: str) -> None:
        if line.startswith(at):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_encoder(
            f"transformers:{weights('clip')}",
            lambda _: tmp_path / "out",
            precision="int8",
            told=told,
        )
    assert not list(tmp_path.iterdir())


def test_one_whose_vectors_change_is_refused(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if attention's softmax had been exported wrongly."""
    write = graphs.write_graph

    def spoiled(tower: torch.nn.Module, example: torch.Tensor, path: Path, **how: object) -> None:
        write(tower, example, path, **how)  # type: ignore[arg-type]
        model = onnx.load(path)
        for node in model.graph.node:
            if node.op_type == "Softmax":
                node.op_type = "Sigmoid"
                del node.attribute[:]
        onnx.save_model(model, path)

    monkeypatch.setattr(exporting, "write_graph", spoiled)
    with pytest.raises(EncoderError, match=r"as ONNX in fp32, .* 0\.9999 is the least"):
        export_encoder(f"transformers:{weights('clip')}", lambda _: tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("offline", "cannot be exported; open_clip and transformers encoders can"),
        ("siglip2_naflex", "sees pictures of no fixed size"),
        ("siglip", r"has no counterpart as one tokenizer\.json"),
        ("tipsv2", "it cannot be exported: Exporting the operator"),
    ],
)
def test_what_cannot_be_exported_is_told_in_one_line(
    spec: str, says: str, weights: Weights, tmp_path: Path
) -> None:
    spec = spec if spec == "offline" else f"transformers:{weights(spec)}"
    with pytest.raises(EncoderError, match=says) as caught:
        export_encoder(spec, lambda _: tmp_path / "out")
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="precision must be one of fp32, fp16, int8; got 'q4'"):
        export_encoder(spec, lambda _: tmp_path / "out", precision="q4")


def test_weights_too_large_for_one_file_lie_beside_it(
    weights: Weights, pictures: list[Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "LARGEST_INLINE", 10_000)
    spec = f"transformers:{weights('clip')}"
    export_encoder(spec, lambda _: tmp_path / "out")
    assert check_graph(tmp_path / "out/onnx/vision_model.onnx").beside == (
        "vision_model.onnx_data",
    )
    agree(load_encoder(f"onnx:{tmp_path / 'out'}"), load_encoder(spec), pictures[3:], 0.9999)


def test_a_twin_has_torchs_name_and_is_none_once_its_files_change(
    weights: Weights, pictures: list[Image]
) -> None:
    spec = f"transformers:{weights('clip')}"
    eager = load_encoder(spec, device="cpu")
    assert find_twin(eager.name) is None
    export_encoder(spec, lambda name: export_folder(name, "fp32"))
    folder = export_folder(eager.name, "fp32")
    twin = find_twin(eager.name)
    assert twin is not None and twin.name == eager.name
    agree(twin, eager, pictures[3:], 0.9999)
    assert find_twin("transformers:clip#000000000000") is None
    said = json.loads((folder / "dialens.json").read_text())
    for changed in (
        said | {"of": "transformers:other"},
        said | {"cosine": {"pictures": 0.99, "texts": 1.0}},
        said | {"graphs": {}},
    ):
        (folder / "dialens.json").write_text(json.dumps(changed))
        assert find_twin(eager.name) is None
    (folder / "dialens.json").write_text(json.dumps(said))
    assert find_twin(eager.name) is not None
    shutil.copy(folder / "onnx/text_model.onnx", folder / "onnx/vision_model.onnx")
    assert find_twin(eager.name) is None
