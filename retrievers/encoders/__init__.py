"""The encoder families, one module each, and `load.py`, which opens one by name."""
