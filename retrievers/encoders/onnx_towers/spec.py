"""What follows `onnx:`: where the towers lie, and in which precision: `WHERE[#PRECISION]`."""

from typing import NamedTuple

SUFFIXES = {
    "fp32": "",
    "fp16": "_fp16",
    "int8": "_int8",
    "quantized": "_quantized",
    "uint8": "_uint8",
    "q4": "_q4",
    "q4f16": "_q4f16",
    "bnb4": "_bnb4",
}
"""By precision, how the name of a graph's file ends before `.onnx`; the best precision first."""


class OnnxSpec(NamedTuple):
    """A folder or an id on the hub, and one of `SUFFIXES`; empty: the best that is there."""

    where: str
    precision: str


def read_spec(which: str) -> OnnxSpec:
    """Part a spec; a `#` that no precision follows belongs to a folder's name."""
    where, mark, precision = which.rpartition("#")
    return OnnxSpec(where, precision) if mark and precision in SUFFIXES else OnnxSpec(which, "")
