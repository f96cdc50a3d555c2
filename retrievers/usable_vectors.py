"""Encode pictures of which the encoder may refuse some: those get nan, and hurt no other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from retrievers.encoder import Encoder, EncoderError, Vectors

TOLERANCE = 1e-3  # how far from 1 the length of a usable vector may be


def encoded(encoder: Encoder, images: Sequence[Image]) -> Vectors:
    """Return a row for each picture [n, d]; of one that the encoder refuses it is nan."""
    if not images:
        return np.zeros((0, encoder.dim), dtype=np.float32)
    try:
        return encoder.encode_images(images)
    except EncoderError:
        if len(images) == 1:
            return np.full((1, encoder.dim), np.nan, dtype=np.float32)
    return np.concatenate([encoded(encoder, [image]) for image in images])


def usable(vectors: Vectors) -> NDArray[np.bool_]:
    """Return which rows are of length 1: [n]."""
    lengths: NDArray[np.bool_] = np.abs(np.linalg.norm(vectors, axis=1) - 1) < TOLERANCE
    return lengths  # False for nan


def unusable(encoder: Encoder) -> str:
    """Say why a picture has no vector."""
    return f"the encoder gave no usable vector for it ({encoder.name})"
