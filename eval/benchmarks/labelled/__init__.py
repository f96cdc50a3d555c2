"""Pairs of a picture and a text with labels, for retrieval by shared label."""
