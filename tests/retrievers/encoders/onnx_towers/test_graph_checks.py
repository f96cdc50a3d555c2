"""Graphs that are let through to ONNX Runtime, and those that are not."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from retrievers.encoder import EncoderError
from retrievers.encoders.onnx_towers import graph_checks
from retrievers.encoders.onnx_towers.graph_checks import OF_MICROSOFT, REFUSED, check_graph

Node = Callable[..., onnx.NodeProto]


def graph(nodes: Sequence[onnx.NodeProto], weights: Sequence[TensorProto] = ()) -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])]
    made = helper.make_graph(list(nodes), "g", inputs, outputs, list(weights))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9)


def with_weights(path: Path, **told: str) -> Path:
    """Write `y = x + w`, with `w` in a file beside it."""
    weights = numpy_helper.from_array(np.arange(4, dtype=np.float32)[None], "w")
    (path.parent / "w.data").write_bytes(weights.raw_data)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in ({"location": "w.data", "offset": "0", "length": "16"} | told).items():
        entry = weights.external_data.add()
        entry.key, entry.value = key, value
    path.write_bytes(
        graph([helper.make_node("Add", ["x", "w"], ["y"])], [weights]).SerializeToString()
    )
    return path


def test_a_graph_and_the_weights_beside_it_are_measured(tmp_path: Path) -> None:
    checked = check_graph(with_weights(tmp_path / "m.onnx"))
    assert checked.beside == ("w.data",)
    assert checked.bytes == (tmp_path / "m.onnx").stat().st_size + 16
    (tmp_path / "w.data").write_bytes(np.ones(4, dtype=np.float32).tobytes())
    assert check_graph(tmp_path / "m.onnx").sha256 != checked.sha256


@pytest.mark.parametrize("location", ["../w.data", "/etc/passwd", "sub/w.data", "..", "", "a\\b"])
def test_weights_outside_the_folder_are_refused(location: str, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="outside its folder: refused"):
        check_graph(with_weights(tmp_path / "m.onnx", location=location))


def test_weights_that_are_a_link_elsewhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    path = with_weights(tmp_path / "model" / "m.onnx")
    (tmp_path / "model" / "w.data").rename(tmp_path / "secret")
    (tmp_path / "model" / "w.data").symlink_to(tmp_path / "secret")
    with pytest.raises(EncoderError, match="a link to elsewhere: refused"):
        check_graph(path)


def test_weights_in_the_hubs_blobs_are_let_through_and_run(tmp_path: Path) -> None:
    folder = tmp_path / "models--our--clip" / "snapshots" / ("a" * 40) / "onnx"
    blobs = tmp_path / "models--our--clip" / "blobs"
    folder.mkdir(parents=True)
    blobs.mkdir()
    path = with_weights(folder / "m.onnx")
    for name in ("m.onnx", "w.data"):
        (folder / name).rename(blobs / name)
        (folder / name).symlink_to(Path("../../../blobs") / name)
    assert check_graph(path).beside == ("w.data",)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (row,) = session.run(None, {"x": np.zeros((1, 4), dtype=np.float32)})
    assert row.tolist() == [[0, 1, 2, 3]]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"length": "17"}, "is shorter than m.onnx says"),
        ({"offset": "8"}, "is shorter than m.onnx"),
    ],
)
def test_weights_that_end_too_early_are_refused(
    told: dict[str, str], says: str, tmp_path: Path
) -> None:
    with pytest.raises(EncoderError, match=says):
        check_graph(with_weights(tmp_path / "m.onnx", **told))


@pytest.mark.parametrize(
    ("domain", "kind"),
    [("", "RandomNormal"), ("com.microsoft", "Trie"), ("evil", "Add"), ("", "NoSuchThing")],
)
def test_an_operator_that_is_not_let_through_is_named(
    domain: str, kind: str, tmp_path: Path
) -> None:
    nodes = [helper.make_node(kind, ["x"], ["y"], domain=domain)]
    (tmp_path / "m.onnx").write_bytes(graph(nodes).SerializeToString())
    with pytest.raises(EncoderError, match=rf"operator {domain or 'ai.onnx'}\.{kind}: refused"):
        check_graph(tmp_path / "m.onnx")


def test_an_operator_inside_a_branch_is_seen(tmp_path: Path) -> None:
    value = helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 4])
    inner = helper.make_graph([helper.make_node("Loop", ["x"], ["z"])], "inner", [], [value])
    outer = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    (tmp_path / "m.onnx").write_bytes(graph([outer]).SerializeToString())
    with pytest.raises(EncoderError, match=r"operator ai\.onnx\.Loop: refused"):
        check_graph(tmp_path / "m.onnx")


def test_the_lists_name_operators_that_there_are() -> None:
    assert all(onnx.defs.has(kind, "") for kind in REFUSED)
    known = {one.name for one in ort.capi.onnxruntime_pybind11_state.get_all_operator_schema()}
    assert known >= OF_MICROSOFT, sorted(OF_MICROSOFT - known)


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no graph at all")
    with pytest.raises(EncoderError, match="is no ONNX graph"):
        check_graph(tmp_path / "m.onnx")
    (tmp_path / "m.onnx").write_bytes(b"")
    with pytest.raises(EncoderError, match="is no ONNX graph"):
        check_graph(tmp_path / "m.onnx")
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(EncoderError, match="is no regular file"):
        check_graph(tmp_path / "pipe.onnx")


def test_a_graph_is_read_again_only_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_weights(tmp_path / "m.onnx")
    first = check_graph(path)
    reads: list[object] = []
    load = onnx.load

    def counted(where: Path, **options: bool) -> onnx.ModelProto:
        reads.append(where)
        return load(where, **options)

    monkeypatch.setattr(onnx, "load", counted)
    assert check_graph(path) == first
    assert not reads
    monkeypatch.setattr(graph_checks, "CHECKS", graph_checks.CHECKS + 1)
    assert check_graph(path) == first
    os.utime(path)
    assert check_graph(path) == first
    assert len(reads) == 2
