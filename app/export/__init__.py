"""`dialens models export`: an encoder of torch as ONNX graphs."""
