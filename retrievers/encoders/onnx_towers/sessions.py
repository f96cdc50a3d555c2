"""One tower on ONNX Runtime: its inputs and output as the graph itself names them."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrievers.encoder import EncoderError
from retrievers.encoders.onnx_towers.graph_checks import check_graph

TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}
POOLED = "pooler_output"
"""A tower's last state, pooled: the vector itself where no projection follows (SigLIP)."""


class Tower:
    """A graph that is opened when it is first run, or asked about.

    Args:
        path: of the graph.
        kind: `image` or `text`, as its inputs and output are named.
        pooled: whether the pooled state is the vector.
        providers: of ONNX Runtime, the first that can is taken.

    Raises:
        EncoderError: on use, if the graph is refused or has not these inputs and output.
    """

    def __init__(self, path: Path, kind: str, *, pooled: bool, providers: list[str]) -> None:
        self.path, self._kind = path, kind
        self._pooled, self._providers = pooled, providers
        self._opening = Lock()

    def run(self, arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Return [1, d] of one picture's or text's arrays, by what they are.

        Args:
            arrays: `pixels` [1, 3, height, width], or `ids` and `mask` [1, t].
        """
        given = {
            name: arrays[what].astype(dtype, copy=False)
            for name, (what, dtype) in self._inputs.items()
        }
        (rows,) = self._session.run([self._output.name], given)
        return np.asarray(rows, dtype=np.float32)

    @property
    def dim(self) -> int | None:
        """Length of a vector, if the graph says it."""
        last = self._output.shape[-1]
        return last if isinstance(last, int) else None

    def fixed(self, what: str, axis: int) -> int | None:
        """Return how long the graph wants an axis of `pixels`, `ids` or `mask`, if it does."""
        for given in self._session.get_inputs():
            if _meaning(given.name) == what:
                side = given.shape[axis] if len(given.shape) > axis else None
                return side if isinstance(side, int) else None
        return None

    @property
    def _session(self) -> Any:
        with self._opening:  # threads that are the first at once share one session
            return self._opened

    @cached_property
    def _opened(self) -> Any:
        import onnxruntime as ort

        check_graph(self.path)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # its warnings are of graphs that others exported
        try:
            return ort.InferenceSession(str(self.path), options, providers=self._providers)
        except Exception as error:  # the library's own classes share no other base
            told = str(error).strip().splitlines()[0]
            raise EncoderError(f"ONNX Runtime cannot open {self.path}: {told}") from error

    @cached_property
    def _inputs(self) -> dict[str, tuple[str, Any]]:
        found = {}
        for given in self._session.get_inputs():
            what = _meaning(given.name)
            if what is None or given.type not in TYPES:
                raise EncoderError(f"{self.path} wants {given.name!r} ({given.type}): not known")
            found[given.name] = (what, TYPES[given.type])
        return found

    @cached_property
    def _output(self) -> Any:
        outputs = {one.name: one for one in self._session.get_outputs()}
        for name in (f"{self._kind}_embeds", "embeds", "embedding", POOLED):
            if name in outputs and (name != POOLED or self._pooled):
                return outputs[name]
        if len(outputs) == 1 and POOLED not in outputs and "last_hidden_state" not in outputs:
            return next(iter(outputs.values()))
        raise EncoderError(
            f"{self.path} has no output {self._kind}_embeds; it has {', '.join(outputs)}"
        )


def _meaning(name: str) -> str | None:
    return {
        "pixel_values": "pixels",
        "image": "pixels",
        "input_ids": "ids",
        "text": "ids",
        "attention_mask": "mask",
    }.get(name)
