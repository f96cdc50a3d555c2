"""The encoder that needs no model hub: weights from package registries, run on ONNX Runtime."""
