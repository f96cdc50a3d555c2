"""A graph in 8 bits: weights by row and column, activations by what passes through at the time.

Layers that lose too much stay in float32: which, is searched for by what the vectors lose.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from retrievers.encoder import EncoderError
from retrievers.encoders.export.graphs import save

Given = Mapping[str, NDArray[Any]]
Array = NDArray[np.float32]
LARGE_TABLE = 2**20  # numbers in a table of token vectors that is worth quantising


@dataclass(frozen=True, slots=True)
class Quantised:
    """What became of a graph.

    Attributes:
        layers: how many there are.
        kept: how many of them stay in float32.
        cosine: the least, between a vector of the 8-bit graph and that of the other.
    """

    layers: int
    kept: int
    cosine: float


def quantise(
    source: Path,
    target: Path,
    given: Sequence[Given],
    *,
    bar: float,
    told: Callable[[str], None] = lambda line: None,
) -> Quantised:
    """Write a graph in 8 bits with as few layers left out as the bar allows.

    Args:
        source: a graph in float32.
        target: where the other goes.
        given: inputs to measure with, each of n = 1.
        bar: the least cosine.
        told: each step, for people who wait.

    Raises:
        EncoderError: even with half of the layers left out it is below the bar.
    """
    with TemporaryDirectory(dir=target.parent, prefix=".quantise-") as scratch:
        plain = Path(scratch) / "plain.onnx"
        model = _prepared(source)
        save(model, plain)
        layers = _layers(model)
        wanted = _vectors(plain, given)

        def tried(kept: Sequence[str]) -> float:
            _write(plain, target, kept)
            return least_cosine(wanted, _vectors(target, given))

        reached = tried([])
        if reached >= bar:
            return Quantised(len(layers), 0, reached)
        told(f"8 bits keep a cosine of {reached:.4f}; looking for the layers that lose most")
        worst = _by_loss(model, Path(scratch) / "seen.onnx", layers, given[:2])
        low, high = 0, len(layers) // 2
        if tried(worst[:high]) < bar:
            raise EncoderError(
                f"8 bits keep a cosine of {reached:.4f} at most, below {bar}; take fp16"
            )
        while high - low > 1:  # enough are left out at `high`, too few at `low`
            middle = (low + high) // 2
            reached = tried(worst[:middle])
            told(f"with {middle} of {len(layers)} layers left out: {reached:.4f}")
            low, high = (low, middle) if reached >= bar else (middle, high)
        return Quantised(len(layers), high, tried(worst[:high]))


def least_cosine(first: Array, second: Array) -> float:
    """Return the least cosine of rows [n, d] of one with those of the other."""
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return float(((first * second).sum(axis=1) / np.maximum(lengths, 1e-30)).min())


def _prepared(source: Path) -> onnx.ModelProto:
    """Return the graph with its `Gemm`s as `MatMul`s, which are what is quantised."""
    from onnxruntime.quantization.onnx_model import ONNXModel

    model = ONNXModel(onnx.load(source))
    model.replace_gemm_with_matmul()
    made: onnx.ModelProto = model.model
    for number, node in enumerate(made.graph.node):
        node.name = node.name or f"node_{number}"
    return made


def _layers(model: onnx.ModelProto) -> list[str]:
    """Return the names of the nodes that multiply with weights."""
    weights = {one.name for one in model.graph.initializer}
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in weights
    ]


def _write(source: Path, target: Path, kept: Sequence[str]) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    level = logging.root.level
    logging.root.setLevel(logging.ERROR)  # it advises on steps that dynamic ranges do not need
    try:
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=list(kept),
            use_external_data_format=False,
            extra_options={"MatMulConstBOnly": True},
        )
    finally:
        logging.root.setLevel(level)
    model = onnx.load(target)
    _quantise_tables(model)
    save(model, target)


def _vectors(path: Path, given: Sequence[Given]) -> Array:
    session = _session(path)
    return np.concatenate([session.run(None, dict(one))[0] for one in given])


def _session(path: Path) -> Any:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _by_loss(
    model: onnx.ModelProto, path: Path, layers: Sequence[str], given: Sequence[Given]
) -> list[str]:
    """Return the layers, first those whose own output 8 bits change most.

    Each is judged by itself, on what it is given in float32.
    """
    weights = {one.name: one for one in model.graph.initializer}
    nodes = {node.name: node for node in model.graph.node}
    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    inputs = sorted({nodes[name].input[0] for name in layers})
    have = {one.name for one in seen.graph.output}
    seen.graph.output.extend(
        helper.make_tensor_value_info(one, TensorProto.FLOAT, None)
        for one in inputs
        if one not in have
    )
    save(seen, path)
    session = _session(path)
    loss = dict.fromkeys(layers, 0.0)
    for one in given:
        passing = dict(zip(inputs, session.run(inputs, dict(one)), strict=True))
        for name in layers:
            activations = passing[nodes[name].input[0]].reshape(
                -1, passing[nodes[name].input[0]].shape[-1]
            )
            weight = numpy_helper.to_array(weights[nodes[name].input[1]])
            loss[name] = max(loss[name], _lost(activations, weight))
    return sorted(layers, key=lambda name: -loss[name])


def _lost(activations: Array, weight: Array) -> float:
    """Return how far 8 bits move a product of [t, k] and [k, m], in parts of its size."""
    low, high = min(0.0, float(activations.min())), max(0.0, float(activations.max()))
    step = (high - low) / 255 or 1.0
    zero = np.round(-low / step)
    rough = (np.clip(np.round(activations / step) + zero, 0, 255) - zero) * step
    steps = np.maximum(np.abs(weight).max(axis=0, keepdims=True) / 127, 1e-30)  # [1, m]
    exact = activations @ weight
    moved = rough.astype(np.float32) @ (np.round(weight / steps) * steps) - exact
    return float(np.linalg.norm(moved) / max(float(np.linalg.norm(exact)), 1e-30))


def _quantise_tables(model: onnx.ModelProto) -> None:
    """Keep large tables of token vectors in 8 bits with one scale for each token."""
    tables = {one.name: one for one in model.graph.initializer}
    nodes = list(model.graph.node)
    for place, node in reversed(list(enumerate(nodes))):
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or table.data_type != TensorProto.FLOAT or len(table.dims) != 2:
            continue
        if np.prod(table.dims) < LARGE_TABLE or any(
            table.name in other.input for other in nodes if other is not node
        ):
            continue
        rows = numpy_helper.to_array(table)
        steps = np.maximum(np.abs(rows).max(axis=1, keepdims=True) / 127, 1e-30)
        codes, scales = f"{table.name}_codes", f"{table.name}_scales"
        model.graph.initializer.remove(table)
        model.graph.initializer.extend(
            (
                numpy_helper.from_array(np.round(rows / steps).astype(np.int8), codes),
                numpy_helper.from_array(steps.astype(np.float32), scales),
            )
        )
        out, ids = node.output[0], node.input[1]
        made = (
            helper.make_node("Gather", [codes, ids], [f"{out}_codes"], axis=0),
            helper.make_node("Cast", [f"{out}_codes"], [f"{out}_cast"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [scales, ids], [f"{out}_scales"], axis=0),
            helper.make_node("Mul", [f"{out}_cast", f"{out}_scales"], [out]),
        )
        model.graph.node.remove(node)
        for step, one in enumerate(made):
            model.graph.node.insert(place + step, one)
