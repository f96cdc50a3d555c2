"""The encoder that needs no model hub: weights that package registries carry, run on ONNX Runtime."""
