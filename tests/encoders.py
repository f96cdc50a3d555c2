"""A real encoder that needs no weights: pictures and texts meet in the colours they hold."""

from collections.abc import Sequence

import numpy as np
from PIL.Image import Image, Resampling

from retrievers.encoder import Vectors

COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "purple": (255, 0, 255),
    "cyan": (0, 255, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
GRID = 2


class ColourEncoder:
    """A vector is the share of each of eight colours in each cell of a 2 x 2 grid: [32].

    A text holds its colour words in every cell; one without any is an even mixture.
    """

    name = "test:colours-2x2"
    dim = GRID * GRID * len(COLOURS)
    image_size = 16

    def __init__(self) -> None:
        self.seen = 0  # pictures encoded so far

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        self.seen += len(images)
        rows = [_shares(image) for image in images]
        return _unit(np.array(rows, dtype=np.float32).reshape(-1, self.dim))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        words = [set(text.lower().replace(",", " ").split()) for text in texts]
        cells = [[float(colour in said) for colour in COLOURS] for said in words]
        rows = np.tile(np.array(cells, dtype=np.float32).reshape(-1, len(COLOURS)), GRID * GRID)
        return _unit(rows)


def _shares(image: Image) -> np.ndarray:
    cells = image.convert("RGB").resize((GRID, GRID), Resampling.BOX)
    pixels = np.asarray(cells, dtype=np.float32).reshape(-1, 1, 3)  # [cells, 1, 3]
    distance = np.abs(pixels - np.array(list(COLOURS.values()), dtype=np.float32)).sum(axis=2)
    shares: np.ndarray = np.exp(-distance / 100).ravel()
    return shares


def _unit(rows: np.ndarray) -> Vectors:
    rows = rows + np.float32(1e-3)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit.astype(np.float32)


class BareColourEncoder(ColourEncoder):
    """Likewise for the whole picture, which it looks at smaller: [8]."""

    name = "test:colours-1x1"
    dim = len(COLOURS)
    image_size = 8

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return _whole(super().encode_images(images))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return _whole(super().encode_texts(texts))


class TurnedColourEncoder(ColourEncoder):
    """Likewise with another order of the numbers: of the same length, and not to be compared."""

    name = "test:colours-turned"

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return np.ascontiguousarray(super().encode_images(images)[:, ::-1])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return np.ascontiguousarray(super().encode_texts(texts)[:, ::-1])


def _whole(rows: Vectors) -> Vectors:
    return _unit(rows.reshape(-1, GRID * GRID, len(COLOURS)).sum(axis=1))
