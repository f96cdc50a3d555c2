"""Which layers stay in float32, found by what the vectors lose."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from retrievers.encoder import EncoderError
from retrievers.encoders.export import quantising
from retrievers.encoders.export.quantising import Given, least_cosine, quantise

WIDTH, DEPTH = 32, 6


def network(path: Path, spoilt: int | None) -> list[Given]:
    """Write a residual network; what enters the spoilt layer has one huge column that it ignores.

    The huge column leaves no steps for the others once it is in 8 bits.
    """
    dice = np.random.default_rng(0)
    nodes, weights, now = [], [], "x"
    for number in range(DEPTH):
        weight = (dice.normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH)).astype(np.float32)
        scale = np.ones(WIDTH, dtype=np.float32)
        if number == spoilt:
            scale[0], weight[0] = 1e5, 0
        for name, value in (("w", weight), ("s", scale)):
            weights.append(numpy_helper.from_array(value, f"{name}{number}"))
        nodes += [
            helper.make_node("Mul", [now, f"s{number}"], [f"m{number}"], f"scale{number}"),
            helper.make_node(
                "MatMul", [f"m{number}", f"w{number}"], [f"p{number}"], f"layer{number}"
            ),
            helper.make_node("Add", [f"p{number}", now], [f"a{number}"], f"add{number}"),
        ]
        now = f"a{number}"
    nodes[-1].output[0] = "y"
    shape = ["n", WIDTH]
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        weights,
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save_model(helper.make_model(made, opset_imports=opsets, ir_version=9), path)
    return [{"x": dice.normal(size=(1, WIDTH)).astype(np.float32)} for _ in range(6)]


def test_a_network_that_bears_it_is_quantised_whole(tmp_path: Path) -> None:
    given = network(tmp_path / "in.onnx", None)
    done = quantise(tmp_path / "in.onnx", tmp_path / "out.onnx", given, bar=0.995)
    assert (done.layers, done.kept) == (DEPTH, 0)
    assert done.cosine >= 0.995


@pytest.mark.parametrize("spoilt", [0, 3, DEPTH - 1])
def test_the_one_layer_that_does_not_is_left_out(spoilt: int, tmp_path: Path) -> None:
    given = network(tmp_path / "in.onnx", spoilt)
    lines: list[str] = []
    done = quantise(
        tmp_path / "in.onnx", tmp_path / "out.onnx", given, bar=0.995, told=lines.append
    )
    assert done.kept == 1
    assert done.cosine >= 0.995
    left = [one for one in onnx.load(tmp_path / "out.onnx").graph.node if one.op_type == "MatMul"]
    assert [one.name for one in left] == [f"layer{spoilt}"]
    assert lines[0].startswith("8 bits keep a cosine of")


def test_a_bar_that_cannot_be_met_is_said(tmp_path: Path) -> None:
    given = network(tmp_path / "in.onnx", None)
    with pytest.raises(EncoderError, match=r"at most, below 1\.1; take fp16"):
        quantise(tmp_path / "in.onnx", tmp_path / "out.onnx", given, bar=1.1)


def test_a_large_table_of_token_vectors_is_a_quarter_and_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantising, "LARGE_TABLE", 1)
    dice = np.random.default_rng(0)
    table = dice.normal(size=(5000, 64)).astype(np.float32) * dice.uniform(0.01, 9, (5000, 1))
    weights = [
        numpy_helper.from_array(table.astype(np.float32), "table"),
        numpy_helper.from_array(np.eye(64, dtype=np.float32), "w"),
    ]
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["g"], "gather"),
        helper.make_node("MatMul", ["g", "w"], ["y"], "layer"),
    ]
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 64])],
        weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save_model(model, tmp_path / "in.onnx")
    ids = [{"ids": np.array([one])} for one in (0, 17, 4999)]
    done = quantise(tmp_path / "in.onnx", tmp_path / "out.onnx", ids, bar=0.999)
    session = ort.InferenceSession(str(tmp_path / "out.onnx"), providers=["CPUExecutionProvider"])
    rows = np.concatenate([session.run(None, one)[0] for one in ids])
    assert least_cosine(rows, table[[0, 17, 4999]].astype(np.float32)) >= 0.999
    assert done.cosine >= 0.999
    before, after = ((tmp_path / name).stat().st_size for name in ("in.onnx", "out.onnx"))
    assert after < before * 0.3
