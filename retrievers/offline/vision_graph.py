"""EfficientNet-Lite2 (arXiv:1905.11946; the Lite line drops squeeze-and-excitation) as ONNX.

Batch norms are folded into the convolutions, so the graph is convolutions, clips and additions.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from retrievers.offline.onnx_graph import OnnxGraph, Weights

SIZE = 260
_STAGES = ((1, 1), (3, 2), (3, 2), (4, 2), (4, 1), (5, 2), (1, 1))  # (blocks, stride of the first)
_EPSILON = 1e-3


def vision_graph(weights: Weights) -> onnx.ModelProto:
    """Build `pixels` [n, 260, 260, 3] (RGB, 0..255) -> `logits` [n, 1000].

    The network's own input, (value - 127) / 128 by channel, is made in the graph.

    Raises:
        KeyError: a weight is missing.
    """
    build = _MobileNet(weights)
    x = build.conv(build.scaled("pixels"), "_conv_stem", "_bn0", stride=2, relu6=True)
    number = 0
    for blocks, first in _STAGES:
        for place in range(blocks):
            x = build.block(x, f"_blocks.{number}", stride=first if place == 0 else 1)
            number += 1
    x = build.conv(x, "_conv_head", "_bn1", stride=1, relu6=True)
    x = build.node("GlobalAveragePool", x)
    x = build.node("Flatten", x, axis=1)
    build.node(
        "Gemm",
        x,
        build.weight("_fc.weight"),
        build.weight("_fc.bias"),
        output="logits",
        transB=1,
    )
    pixels, logits = ["n", SIZE, SIZE, 3], ["n", len(weights["_fc.bias"])]
    return build.model(
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, pixels)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, logits)],
    )


class _MobileNet(OnnxGraph):
    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        self.low = self.constant(np.float32(0))
        self.high = self.constant(np.float32(6))

    def scaled(self, x: str) -> str:
        x = self.node("Cast", self.node("Transpose", x, perm=[0, 3, 1, 2]), to=TensorProto.FLOAT)
        x = self.node("Sub", x, self.constant(np.float32(127)))
        return self.node("Mul", x, self.constant(np.float32(1 / 128)))

    def block(self, x: str, prefix: str, *, stride: int) -> str:
        """Expand, filter depthwise, project; add the input where the shape allows."""
        y = x
        if f"{prefix}._expand_conv.weight" in self.weights:
            y = self.conv(y, f"{prefix}._expand_conv", f"{prefix}._bn0", stride=1, relu6=True)
        y = self.conv(y, f"{prefix}._depthwise_conv", f"{prefix}._bn1", stride=stride, relu6=True)
        y = self.conv(y, f"{prefix}._project_conv", f"{prefix}._bn2", stride=1, relu6=False)
        first = self.weights.get(f"{prefix}._expand_conv.weight")
        same = first is not None and first.shape[1] == len(self.weights[f"{prefix}._bn2.weight"])
        return self.node("Add", y, x) if stride == 1 and same else y

    def conv(self, x: str, conv: str, norm: str, *, stride: int, relu6: bool) -> str:
        kernel, bias = _folded(self.weights, conv, norm)
        y = self.node(
            "Conv",
            x,
            self.constant(kernel),
            self.constant(bias),
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            group=len(kernel) if kernel.shape[1] == 1 else 1,
        )
        return self.node("Clip", y, self.low, self.high) if relu6 else y


def _folded(
    weights: Weights, conv: str, norm: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the kernel [o, i, k, k] and bias [o] of a convolution with its batch norm."""
    variance = weights[f"{norm}.running_var"].astype(np.float64)
    scale = weights[f"{norm}.weight"] / np.sqrt(variance + _EPSILON)  # [o]
    kernel = weights[f"{conv}.weight"] * scale[:, None, None, None]
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    return kernel.astype(np.float32), bias.astype(np.float32)
