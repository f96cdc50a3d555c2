"""Dual encoders of the CLIP family (arXiv:2103.00020), through open_clip and transformers."""
