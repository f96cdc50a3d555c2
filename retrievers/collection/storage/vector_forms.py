"""In how many bytes a vector is kept: float32 as it came, float16, or int8 with a factor.

Fewer bytes are compared as they are, in float arithmetic: what is lost is lost once, when a vector
is written. int8 has the largest number of a row at 127, and one factor that makes it of length 1.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from retrievers.encoder import Vectors

Form = Literal["float32", "float16", "int8"]
FORMS: Sequence[Form] = get_args(Form)
"""Each keeps no less than those that follow it."""

SUFFIX: dict[Form, str] = {"float32": "f32", "float16": "f16", "int8": "i8"}
_BLOCK = 512  # rows that are made float32 at a time, which stay in a processor's cache
_UP = np.float32(2.0**112)  # by which a half's bits, read as a float32's, are too small
_KEPT = np.int32(-0x70000001)  # 0x8fffffff


def form_named(name: str) -> Form:
    """Return the form of that name.

    Raises:
        ValueError: there is none.
    """
    for form in FORMS:
        if form == name:
            return form
    raise ValueError(f"vectors must be one of {', '.join(FORMS)}; got {name!r}")


def row_type(form: Form, dim: int) -> np.dtype[Any]:
    """Return how a row lies in a file."""
    if form == "int8":
        return np.dtype([("factor", "<f4"), ("codes", "i1", (dim,))])
    return np.dtype(("<f4" if form == "float32" else "<f2", (dim,)))


def row_bytes(form: Form, dim: int) -> int:
    """Return how many bytes a row has."""
    return row_type(form, dim).itemsize


def packed(form: Form, vectors: Vectors) -> bytes:
    """Return the bytes of unit rows [n, d]; rows of zeros stay so."""
    if form != "int8":
        return np.ascontiguousarray(vectors, row_type(form, 1).base).tobytes()
    rows = np.zeros(len(vectors), row_type(form, vectors.shape[1]))
    largest = np.abs(vectors).max(axis=1, initial=0.0, keepdims=True)
    codes = np.rint(vectors / np.where(largest > 0, largest, 1) * 127)
    lengths = np.linalg.norm(codes, axis=1)
    rows["codes"] = codes
    rows["factor"] = np.where(lengths > 0, 1 / np.where(lengths > 0, lengths, 1), 0)
    return rows.tobytes()


def unpacked(raw: NDArray[Any], form: Form) -> Vectors:
    """Return rows as they lie in a file, of `row_type`, as float32."""
    if form != "int8":
        return np.asarray(raw, dtype=np.float32)
    factor = np.asarray(raw["factor"], dtype=np.float32)
    rows: Vectors = np.asarray(raw["codes"], dtype=np.float32) * factor[..., None]
    return rows


class PackedVectors:
    """Rows in fewer bytes, mapped; what is taken out is float32.

    Args:
        raw: [n], of `row_type`.
        form: `float16` or `int8`.
        dim: length of a vector.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, raw: NDArray[Any], form: Form, dim: int) -> None:
        self.raw, self.form, self.shape = raw, form, (len(raw), dim)

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def nbytes(self) -> int:
        return int(self.raw.nbytes)

    def __getitem__(self, key: Any) -> Vectors:
        """Return a row [d], or rows [n, d], as NumPy would."""
        return unpacked(self.raw[key], self.form)

    def products(self, queries: Vectors) -> Vectors:
        """Return the inner products of all rows with queries [q, d]: [q, n]."""
        found = np.empty((len(queries), len(self)), dtype=np.float32)
        half = self.form == "float16"
        turned = np.ascontiguousarray((queries * _UP if half else queries).T)  # [d, q]
        for start in range(0, len(self), _BLOCK):
            some = self.raw[start : start + _BLOCK]
            if half:
                found[:, start : start + _BLOCK] = (_small_floats(some) @ turned).T
            else:
                codes = np.asarray(some["codes"], dtype=np.float32)
                found[:, start : start + _BLOCK] = (codes @ turned).T * some["factor"]
        return found


StoredVectors = Vectors | PackedVectors
"""Rows of length 1 [n, d], as a collection keeps them."""


def _small_floats(halves: NDArray[Any]) -> Vectors:
    """Return halves as float32, too small by a power of two; NumPy's own way takes 5 times as long.

    The bits of exponent and fraction move to their new place; the exponent's offset stays wrong.
    """
    bits = np.asarray(halves).view(np.int16).astype(np.int32)
    bits <<= 16
    bits >>= 3  # the sign goes along, twice more
    bits &= _KEPT
    floats: Vectors = bits.view(np.float32)
    return floats
