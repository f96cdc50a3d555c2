"""all-MiniLM-L6-v2 (arXiv:2002.10957, Sentence-BERT pooling arXiv:1908.10084) as ONNX.

Six layers of BERT, the mean of the last states over the tokens, length 1. The states of a middle
layer and the last come out, too: for whoever asks of each token what it is for, not of the text.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper

from retrievers.offline.onnx_graph import OnnxGraph, Weights

LAYERS, HEADS, WIDTH = 6, 12, 384
MIDDLE = 3
"""Layers under the state that knows a word's place in the sentence better than the last does."""
_EPSILON = 1e-12


def text_graph(weights: Weights) -> onnx.ModelProto:
    """Build `ids` [n, t] and `mask` [n, t] (int64) -> `vectors` [n, 384], `states` [n, t, 768].

    Raises:
        KeyError: a weight is missing.
    """
    build = _Bert(weights)
    x = build.embedded()
    bias = build.attention_bias()
    middle = x
    for layer in range(LAYERS):
        x = build.layer(x, bias, f"encoder.layer.{layer}")
        middle = x if layer + 1 == MIDDLE else middle
    build.node("Concat", middle, x, output="states", axis=-1)
    build.pooled(x)
    tokens = {"ids": ["n", "t"], "mask": ["n", "t"]}
    made = {"vectors": ["n", WIDTH], "states": ["n", "t", 2 * WIDTH]}
    return build.model(
        [helper.make_tensor_value_info(n, TensorProto.INT64, s) for n, s in tokens.items()],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in made.items()],
    )


class _Bert(OnnxGraph):
    def embedded(self) -> str:
        words = self.node("Gather", self.half("embeddings.word_embeddings.weight"), "ids")
        length = self.node("Slice", self.node("Shape", "ids"), *self.ints([1], [2]))
        places = self.node(
            "Slice",
            self.weight("embeddings.position_embeddings.weight"),
            *self.ints([0]),
            length,
            *self.ints([0]),
        )
        kind = self.constant(self.weights["embeddings.token_type_embeddings.weight"][0])
        x = self.node("Add", self.node("Add", words, places), kind)
        return self.norm(x, "embeddings.LayerNorm")

    def half(self, name: str) -> str:
        """The word table takes half the file, so it is kept in half precision."""
        return self.node(
            "Cast", self.constant(self.weights[name].astype(np.float16)), to=TensorProto.FLOAT
        )

    def attention_bias(self) -> str:
        """0 for a token, a large negative number for padding: [n, 1, 1, t]."""
        mask = self.node("Cast", "mask", to=TensorProto.FLOAT)
        hidden = self.node("Sub", self.constant(np.float32(1)), mask)
        low = self.node("Mul", hidden, self.constant(np.float32(-1e9)))
        return self.node("Unsqueeze", low, *self.ints([1, 2]))

    def layer(self, x: str, bias: str, name: str) -> str:
        attended = self.dense(
            self.attend(x, bias, f"{name}.attention.self"), f"{name}.attention.output.dense"
        )
        x = self.norm(self.node("Add", x, attended), f"{name}.attention.output.LayerNorm")
        wide = self.gelu(self.dense(x, f"{name}.intermediate.dense"))
        narrow = self.dense(wide, f"{name}.output.dense")
        return self.norm(self.node("Add", x, narrow), f"{name}.output.LayerNorm")

    def attend(self, x: str, bias: str, name: str) -> str:
        query, key, value = (
            self.heads(self.dense(x, f"{name}.{part}")) for part in ("query", "key", "value")
        )
        across = self.node("Transpose", key, perm=[0, 1, 3, 2])
        scale = self.constant(np.float32((WIDTH // HEADS) ** -0.5))
        scores = self.node("Mul", self.node("MatMul", query, across), scale)
        shares = self.node("Softmax", self.node("Add", scores, bias), axis=-1)
        mixed = self.node("Transpose", self.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        return self.node("Reshape", mixed, *self.ints([0, 0, WIDTH]))

    def heads(self, x: str) -> str:
        split = self.node("Reshape", x, *self.ints([0, 0, HEADS, WIDTH // HEADS]))
        return self.node("Transpose", split, perm=[0, 2, 1, 3])  # [n, heads, t, width / heads]

    def dense(self, x: str, name: str) -> str:
        kernel = self.constant(self.weights[f"{name}.weight"].T)
        return self.node("Add", self.node("MatMul", x, kernel), self.weight(f"{name}.bias"))

    def gelu(self, x: str) -> str:
        one, half, root = (self.constant(np.float32(v)) for v in (1, 0.5, 2**-0.5))
        gate = self.node("Add", self.node("Erf", self.node("Mul", x, root)), one)
        return self.node("Mul", self.node("Mul", x, gate), half)

    def norm(self, x: str, name: str) -> str:
        return self.node(
            "LayerNormalization",
            x,
            self.weight(f"{name}.weight"),
            self.weight(f"{name}.bias"),
            epsilon=_EPSILON,
            axis=-1,
        )

    def pooled(self, x: str) -> str:
        mask = self.node(
            "Cast", self.node("Unsqueeze", "mask", *self.ints([2])), to=TensorProto.FLOAT
        )
        total = self.node(
            "ReduceSum", self.node("Mul", x, mask), *self.ints([1]), keepdims=0
        )  # [n, 384]; its length is of no account
        return self.node("LpNormalization", total, output="vectors", axis=-1, p=2)
