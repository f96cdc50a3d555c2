"""A tower of torch as an ONNX graph's file, in float32 or float16."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import torch
from torch import Tensor, nn

from retrievers.encoder import EncoderError
from retrievers.loading.local_weights import first_line

OPSET = 17
LARGEST_INLINE = 2**31 - 2**20  # bytes of one protobuf message


def write_graph(
    tower: nn.Module, example: Tensor, path: Path, *, given: str, output: str, free: bool
) -> None:
    """Trace a tower.

    Args:
        tower: of one tensor.
        example: of what it is given, n = 2.
        path: of the graph; weights beyond 2 GB lie beside it, in `<name>_data`.
        given: name of the input.
        output: name of the output [n, d].
        free: whether the second axis, too, may have any length.

    Raises:
        EncoderError: the tower does what has no counterpart among ONNX's operators.
    """
    axes = {0: "n", 1: "t"} if free else {0: "n"}
    with TemporaryDirectory(dir=path.parent, prefix=".trace-") as scratch, _traceable():
        try:
            torch.onnx.export(
                tower,
                (example,),
                str(Path(scratch) / path.name),
                dynamo=False,
                input_names=[given],
                output_names=[output],
                dynamic_axes={given: axes, output: {0: "n"}},
                opset_version=OPSET,
            )
        except torch.onnx.errors.OnnxExporterError as error:
            raise EncoderError(f"it cannot be exported: {first_line(error)}") from error
        save(onnx.load(Path(scratch) / path.name), path)


@contextmanager
def _traceable() -> Iterator[None]:
    """Trace attention as its parts, without a fused operator that ONNX has not, and in silence."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings():
            # the exporter that traces is deprecated; torch's newer one needs a package more
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def save(model: onnx.ModelProto, path: Path) -> None:
    """Write a graph, its weights beside it where one file cannot hold them."""
    beside = model.ByteSize() > LARGEST_INLINE
    onnx.save_model(
        model,
        path,
        save_as_external_data=beside,
        all_tensors_to_one_file=True,
        location=f"{path.name}_data",
    )


def halve(source: Path, target: Path) -> None:
    """Write a graph again in float16, its inputs and output still float32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of weights too small for float16
        save(convert_float_to_float16(onnx.load(source), keep_io_types=True), target)
