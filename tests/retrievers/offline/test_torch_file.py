import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from retrievers.encoder import EncoderError
from retrievers.offline.torch_file import MAGIC, read_tensors


def test_tensors_equal_what_torch_reads(tmp_path: Path) -> None:
    state = {
        "kernel": torch.randn(4, 3, 2, 2),
        "transposed": torch.randn(3, 5).T,
        "part": torch.arange(20.0)[5:11].reshape(2, 3),
        "count": torch.tensor(7),
    }
    path = tmp_path / "old.pth"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    read = read_tensors(path)
    assert list(read) == list(state)
    for name, tensor in state.items():
        np.testing.assert_array_equal(read[name], tensor.numpy())


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/dialens-was-here",)


def written(path: Path, state: object, tail: bytes = b"") -> Path:
    parts: tuple[object, ...] = (MAGIC, 1001, {})
    head = [pickle.dumps(part, protocol=2) for part in parts]
    path.write_bytes(b"".join(head) + pickle.dumps(state, protocol=2) + tail)
    return path


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "evil.pth", {"x": Evil()})
    with pytest.raises(EncoderError, match=r"evil\.pth: .* asks for posix\.system"):
        read_tensors(path)
    assert not Path("/tmp/dialens-was-here").exists()


def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path) -> None:
    torch.save({"x": torch.zeros(4)}, tmp_path / "x.pth", _use_new_zipfile_serialization=False)
    data = (tmp_path / "x.pth").read_bytes()
    at = data.rindex(struct.pack("<q", 4))
    (tmp_path / "x.pth").write_bytes(data[:at] + struct.pack("<q", 2) + b"\0" * 8)
    with pytest.raises(EncoderError, match="a tensor reaches beyond its storage"):
        read_tensors(tmp_path / "x.pth")


@pytest.mark.parametrize("data", [b"", b"not a pickle", pickle.dumps(5), pickle.dumps([1]) * 9])
def test_any_other_file_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(data)
    with pytest.raises(EncoderError, match=r"weights\.pth: not readable as weights"):
        read_tensors(path)
