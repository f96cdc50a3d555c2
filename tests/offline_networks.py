"""The offline networks are read once for all the tests of a process, not once per command."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture(scope="session", autouse=True)
def networks_read_once() -> Iterator[None]:
    """Keep ONNX Runtime's sessions, which nothing that runs in them can change, by their files."""
    import onnxruntime as ort

    from retrievers.offline import towers

    kept: dict[tuple[Path, int], Any] = {}

    def session(network: str | bytes, options: Any, **more: Any) -> Any:
        if isinstance(network, bytes):  # it is made here, to be kept as a file
            return ort.InferenceSession(network, options, **more)
        key = Path(network).resolve(), options.intra_op_num_threads
        if key not in kept:
            kept[key] = ort.InferenceSession(network, options, **more)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        runtime = SimpleNamespace(
            InferenceSession=session,
            SessionOptions=ort.SessionOptions,
            GraphOptimizationLevel=ort.GraphOptimizationLevel,
        )
        patch.setattr(towers, "ort", runtime)
        yield
