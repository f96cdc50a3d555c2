"""The tagger's network in torch, to be trained; `graph` writes it as ONNX, which runs it.

Letter n-grams summed, the text tower's states made narrow, and flags, through two bidirectional
LSTMs (arXiv:1508.01991); each token's state says its tag, the utterance's whether it begins a new
search.
"""

from collections.abc import Mapping

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from agent.understanding.tagger.features import BUCKETS, FLAGS, GRAMS, STATES
from agent.understanding.tagger.labels import TAGS
from retrievers.offline.onnx_graph import OnnxGraph

IGNORED = -100


class TaggerNetwork(nn.Module):
    """Arrays of `features` to logits.

    Args:
        letters: width of an n-gram's vector.
        narrow: width that the states are made to.
        width: of each direction of an LSTM.
        dropout: share of what is left out while it trains.
        blind: share of utterances that train without the tower's states, so that it works without.
        unseen: share of words that train as if they were unknown, so that it leans on those around.
        smoothing: of the labels, so that certainty means something.
    """

    def __init__(
        self,
        *,
        letters: int = 24,
        narrow: int = 64,
        width: int = 112,
        dropout: float = 0.35,
        blind: float = 0.15,
        unseen: float = 0.04,
        smoothing: float = 0.05,
    ) -> None:
        super().__init__()
        self.blind, self.unseen, self.smoothing = blind, unseen, smoothing
        self.letters = nn.Embedding(BUCKETS, letters, padding_idx=0)
        nn.init.normal_(self.letters.weight, std=0.1)
        self.narrow = nn.Linear(STATES, narrow)
        self.inner = nn.LSTM(letters + narrow + FLAGS, width, bidirectional=True, batch_first=True)
        self.outer = nn.LSTM(2 * width, width, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(4 * width, len(TAGS))
        self.fresh = nn.Linear(2 * width, 1)
        self.dropout = nn.Dropout(dropout)

    def logits(self, grams: Tensor, flags: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return tags [n, t, tags] and whether it begins a new search [n], as logits.

        Args:
            grams: [n, t, 16] buckets of utterances with t tokens each.
            flags: [n, t, flags].
            states: [n, t, 768].
        """
        seen = (states != 0).any(-1, keepdim=True)
        if self.training:
            kept = torch.rand(len(states), 1, 1, device=states.device) >= self.blind
            known = [torch.rand_like(flags[..., :1]) >= self.unseen for _ in range(3)]
            grams, flags = grams * known[0], flags * known[1]
            states, seen = states * (kept & known[2]), seen & kept & known[2]
        x = torch.cat(
            [
                self.dropout(self.letters(grams).sum(2)),
                self.dropout(torch.tanh(self.narrow(states)) * seen),
                flags,
            ],
            dim=-1,
        )
        first, _ = self.inner(x)
        second, _ = self.outer(self.dropout(first))
        both = torch.cat([first, second], dim=-1)
        return self.tag(self.dropout(both)), self.fresh(self.dropout(second.amax(1)))[:, 0]

    def forward(
        self, grams: Tensor, flags: Tensor, states: Tensor, tags: Tensor, fresh: Tensor
    ) -> Tensor:
        """Return the loss; `tags` is [n, t], `fresh` [n] is -100 where unknown."""
        said, begun = self.logits(grams, flags, states)
        loss = cross_entropy(said.flatten(0, 1), tags.flatten(), label_smoothing=self.smoothing)
        known = fresh != IGNORED
        if known.any():
            loss = loss + 0.3 * nn.functional.binary_cross_entropy_with_logits(
                begun[known], fresh[known].float()
            )
        return loss


def graph(weights: Mapping[str, NDArray[np.float32]]) -> onnx.ModelProto:
    """Write the network for one utterance, its weights in half precision.

    `grams` [t, 16], `flags` [t, n], `states` [t, 768] -> `tags` [t, tags], `fresh` [1].
    """
    build = _Graph(weights)
    letters = build.node("Gather", build.half("letters.weight"), "grams")
    letters = build.node("ReduceSum", letters, *build.ints([1]), keepdims=0)
    narrow = build.node("Tanh", build.dense("states", "narrow"))
    size = build.node("ReduceMax", build.node("Abs", "states"), axes=[1], keepdims=1)
    seen = build.node("Cast", build.node("Greater", size, build.constant(np.float32(0))), to=1)
    x = build.node("Concat", letters, build.node("Mul", narrow, seen), "flags", axis=-1)
    first = build.lstm(x, "inner")
    second = build.lstm(first, "outer")
    both = build.node("Concat", first, second, axis=-1)
    build.dense(both, "tag", output="tags")
    build.dense(build.node("ReduceMax", second, axes=[0], keepdims=0), "fresh", output="fresh")
    inputs = {
        "grams": (TensorProto.INT64, ["t", GRAMS]),
        "flags": (TensorProto.FLOAT, ["t", FLAGS]),
        "states": (TensorProto.FLOAT, ["t", STATES]),
    }
    outputs = {"tags": ["t", len(TAGS)], "fresh": [1]}
    return build.model(
        [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
    )


class _Graph(OnnxGraph):
    def half(self, name: str) -> str:
        return self._half(self.weights[name])

    def _half(self, value: NDArray[np.float32]) -> str:
        kept = self.constant(value.astype(np.float16))
        return self.node("Cast", kept, to=TensorProto.FLOAT)

    def dense(self, x: str, name: str, output: str | None = None) -> str:
        product = self.node("MatMul", x, self._half(self.weights[f"{name}.weight"].T))
        return self.node("Add", product, self.weight(f"{name}.bias"), output=output)

    def lstm(self, x: str, name: str) -> str:
        """Add a bidirectional LSTM over [t, d]; returns [t, 2 * width]."""
        parts = {"W": "weight_ih_l0", "R": "weight_hh_l0"}
        weights = {
            key: np.stack([_gates(self.weights[f"{name}.{part}{end}"]) for end in ("", "_reverse")])
            for key, part in parts.items()
        }
        bias = np.stack(
            [
                np.concatenate(
                    [
                        _gates(self.weights[f"{name}.{part}{end}"])
                        for part in ("bias_ih_l0", "bias_hh_l0")
                    ]
                )
                for end in ("", "_reverse")
            ]
        )
        width = weights["R"].shape[-1]
        alone = self.node("Unsqueeze", x, *self.ints([1]))  # [t, 1, d]
        out = self.node(
            "LSTM",
            alone,
            self._half(weights["W"]),
            self._half(weights["R"]),
            self.constant(bias),
            direction="bidirectional",
            hidden_size=width,
        )  # [t, 2, 1, width]
        return self.node("Reshape", out, *self.ints([-1, 2 * width]))


def _gates(value: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put torch's gates (input, forget, cell, output) into ONNX's order."""
    entry, forget, cell, out = np.split(value, 4)
    return np.concatenate([entry, out, forget, cell])
