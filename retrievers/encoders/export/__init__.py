"""Torch's dual encoders as ONNX graphs, in the layout of transformers.js: written, then measured.

A bare checkpoint of a few hundred megabytes becomes a folder that the base installation runs.
"""
