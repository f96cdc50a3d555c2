"""Read the tensors of a checkpoint in PyTorch's first file format, without PyTorch and safely.

The file is a run of pickles and then the raw storages. Only the few names that rebuild a tensor
are let through, so that a file cannot run code.
"""

import pickle
import struct
from collections import OrderedDict
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from retrievers.encoder import EncoderError

Tensors = dict[str, NDArray[Any]]
MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def read_tensors(path: Path) -> Tensors:
    """Return the state dict in the file.

    Raises:
        EncoderError: it is not such a file, or it holds anything but tensors.
    """
    data = BytesIO(path.read_bytes())
    try:
        magic, *_ = (_Tensors(data).load() for _ in range(3))  # also a version and byte sizes
        if magic != MAGIC:
            raise ValueError("it is no PyTorch checkpoint of the first format")
        reader = _Tensors(data)
        state = reader.load()
        for key in _Tensors(data).load():
            reader.storages[key].fill(data)
        return {name: pending.array() for name, pending in state.items()}
    except (
        ValueError,
        KeyError,
        EOFError,
        AttributeError,
        TypeError,
        IndexError,
        struct.error,
        pickle.UnpicklingError,
    ) as error:
        raise EncoderError(f"{path}: not readable as weights: {error}") from error


class _Storage:
    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.values: NDArray[Any] | None = None

    def fill(self, data: BytesIO) -> None:
        (count,) = struct.unpack("<q", data.read(8))
        self.values = np.frombuffer(data.read(count * self.dtype.itemsize), dtype=self.dtype)


class _Pending:
    """A tensor whose storage has not been read yet."""

    def __init__(
        self, storage: _Storage, offset: int, size: Sequence[int], stride: Sequence[int]
    ) -> None:
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride

    def array(self) -> NDArray[Any]:
        values = self.storage.values
        if values is None:
            raise ValueError("a tensor has no storage")
        last = self.offset + sum(
            (n - 1) * step for n, step in zip(self.size, self.stride, strict=True)
        )
        if min(self.offset, *self.size, *self.stride, 0) < 0 or last >= len(values):
            raise ValueError("a tensor reaches beyond its storage")
        steps = [step * values.itemsize for step in self.stride]
        return as_strided(values[self.offset :], self.size, steps).copy()


class _Tensors(pickle.Unpickler):
    def __init__(self, data: BytesIO) -> None:
        super().__init__(data)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: _Pending(storage, offset, size, stride)
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise ValueError(f"it asks for {module}.{name}, which is no part of a tensor")

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key, *_ = pid
        return self.storages.setdefault(key, _Storage(dtype))
