"""Generative checkpoints of transformers, opened for whoever thinks or encodes with them."""
