"""What a graph's file may be, checked before ONNX Runtime opens it.

A graph is a program that somebody else wrote. Only operators that compute an output of their
inputs, and end, are let through, and only weights that lie in the same folder.
"""

import hashlib
import json
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from retrievers.encoder import EncoderError
from retrievers.files.home import dialens_home

CHECKS = 1  # raise when what is let through changes
LARGEST_GRAPH = 2**31
LARGEST_WEIGHTS = 2**36

REFUSED = frozenset(
    "Loop Scan SequenceMap ImageDecoder RandomNormal RandomNormalLike RandomUniform "
    "RandomUniformLike Multinomial Bernoulli".split()
)
"""Standard operators that may not end, give other answers each time, or read files."""

OF_MICROSOFT = frozenset(
    "Attention BiasGelu BiasSplitGelu ConvTransposeWithDynamicPads DequantizeLinear "
    "DynamicQuantizeLSTM DynamicQuantizeMatMul EmbedLayerNormalization FastGelu FusedConv "
    "FusedGemm FusedMatMul GatherBlockQuantized Gelu GroupNorm MatMulBnb4 MatMulInteger16 "
    "MatMulIntegerToFloat MatMulNBits MultiHeadAttention NhwcConv NhwcFusedConv NhwcMaxPool "
    "QAttention QEmbedLayerNormalization QGemm QLinearAdd QLinearAveragePool QLinearConcat "
    "QLinearConv QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearReduceMean "
    "QLinearSigmoid QLinearSoftmax QLinearWhere QOrderedAttention QuantizeLinear QuickGelu "
    "SimplifiedLayerNormalization SkipLayerNormalization SkipSimplifiedLayerNormalization".split()
)
"""Operators of ONNX Runtime's own that fused and quantised graphs have."""


class CheckedGraph(NamedTuple):
    """A graph that may be opened.

    Attributes:
        bytes: of the file and of those with its weights.
        sha256: over the file and those with its weights.
        beside: names of the files with its weights, in the same folder.
    """

    path: Path
    bytes: int
    sha256: str
    beside: tuple[str, ...]


def check_graph(path: Path) -> CheckedGraph:
    """Check a graph's file, once for each state of it on this disk.

    Raises:
        EncoderError: it is no regular file, no ONNX graph, too large, has an operator that is not
            let through, or weights outside its folder or beyond their file's end.
    """
    kept = _verdicts() / f"{_state([path])}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(kept.read_text("utf-8"))
        beside = tuple(map(str, known["beside"]))
        if known["state"] == _state([path, *(path.parent / one for one in beside)]):
            return CheckedGraph(path, int(known["bytes"]), str(known["sha256"]), beside)
    checked = _check(path)
    files = [path, *(path.parent / one for one in checked.beside)]
    document = {
        "bytes": checked.bytes,
        "sha256": checked.sha256,
        "beside": checked.beside,
        "state": _state(files),
    }
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(document), "utf-8")
    return checked


def _verdicts() -> Path:
    return dialens_home() / "checked-graphs"


def _state(files: Iterable[Path]) -> str:
    """Return a hash of where files lie and when they last changed."""
    told = [str(CHECKS)]
    for file in files:
        now = file.stat()
        told += [str(file.absolute()), str(now.st_ino), str(now.st_size)]
        told += [str(now.st_mtime_ns), str(now.st_ctime_ns)]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]


def _check(path: Path) -> CheckedGraph:
    import onnx

    size = _regular(path, LARGEST_GRAPH)
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # protobuf's own class, which has no types
        raise EncoderError(f"{path} is no ONNX graph") from error
    if not model.graph.node or not model.graph.output:
        raise EncoderError(f"{path} is no ONNX graph")
    for domain, kind in sorted(set(_operators(model))):
        if not _is_let_through(domain, kind):
            raise EncoderError(f"{path} has the operator {domain or 'ai.onnx'}.{kind}: refused")
    beside = _weights_beside(path, model)
    size += sum(_regular(path.parent / one, LARGEST_WEIGHTS) for one in beside)
    whole = hashlib.sha256()
    for file in (path, *(path.parent / one for one in beside)):
        with file.open("rb") as opened:
            whole.update(hashlib.file_digest(opened, "sha256").digest())
    return CheckedGraph(path, size, whole.hexdigest(), beside)


def _regular(path: Path, most: int) -> int:
    try:
        found = path.stat()
    except OSError as error:
        raise EncoderError(f"{path} is not there") from error
    if not stat.S_ISREG(found.st_mode):
        raise EncoderError(f"{path} is no regular file")
    if found.st_size > most:
        raise EncoderError(f"{path} has {found.st_size} bytes, more than {most}: refused")
    return found.st_size


def _operators(model: Any) -> Iterator[tuple[str, str]]:
    own = {(one.domain, one.name) for one in model.functions}  # made of the operators inside them
    nodes = [model.graph.node, *(function.node for function in model.functions)]
    while nodes:
        for node in nodes.pop():
            domain = "" if node.domain == "ai.onnx" else node.domain
            if (node.domain, node.op_type) not in own:
                yield domain, node.op_type
            for attribute in node.attribute:
                graphs = [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]
                nodes.extend(graph.node for graph in graphs)


def _is_let_through(domain: str, kind: str) -> bool:
    import onnx

    if domain == "com.microsoft":
        return kind in OF_MICROSOFT
    return domain == "" and kind not in REFUSED and onnx.defs.has(kind, "")


def _weights_beside(path: Path, model: Any) -> tuple[str, ...]:
    """Return the files of the graph's own folder that hold its weights."""
    names = set[str]()
    for tensor in _tensors(model):
        told = {entry.key: entry.value for entry in tensor.external_data}
        if not told:
            continue
        name = told.get("location", "")
        if not name or Path(name).name != name or name in (".", "..") or "\\" in name:
            raise EncoderError(f"{path} wants weights of {name!r}, outside its folder: refused")
        file = path.parent / name
        if not _stays(file):
            raise EncoderError(f"{path} wants weights of {name!r}, a link to elsewhere: refused")
        end = int(told.get("offset", 0)) + int(told.get("length", 0))
        if end > _regular(file, LARGEST_WEIGHTS):
            raise EncoderError(f"{file} is shorter than {path.name} says; get it again")
        names.add(name)
    return tuple(sorted(names))


def _stays(file: Path) -> bool:
    """Whether a file is no link, or the hub's own from a snapshot to its blobs."""
    if not file.is_symlink():
        return True
    blobs = next((one / "blobs" for one in file.parents if (one / "snapshots").is_dir()), None)
    return blobs is not None and file.resolve().parent == blobs.resolve()


def _tensors(model: Any) -> Iterator[Any]:
    functions = [node for function in model.functions for node in function.node]
    graphs, nodes = [model.graph], [functions]
    while graphs or nodes:
        if graphs:
            graph = graphs.pop()
            yield from graph.initializer
            for sparse in graph.sparse_initializer:
                yield from (sparse.values, sparse.indices)
            nodes.append(list(graph.node))
        for node in nodes.pop() if nodes else ():
            for attribute in node.attribute:
                graphs += [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]
                yield from attribute.tensors
                if attribute.HasField("t"):
                    yield attribute.t
