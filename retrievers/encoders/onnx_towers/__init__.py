"""Dual encoders whose two towers are ONNX graphs: the base installation runs them, without torch.

From a model hub in the layout of transformers.js or of Immich, or written by `dialens models
export`.
"""
