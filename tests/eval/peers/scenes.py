"""Pictures of every make with five captions each, and an encoder that is often wrong about them."""

import hashlib
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
from PIL import Image

from eval.benchmarks.captioned import Captioned
from retrievers.encoder import Vectors
from tests.encoders import COLOURS, ColourEncoder

SOME = ("red", "green", "blue", "yellow", "purple")
SAYINGS = ("{} and {}", "{} beside {}", "a wall, {} and {}", "half {} half {}", "{} meets {}")


class OftenWrong(ColourEncoder):
    """Sees colours through noise that depends on every pixel and letter; ties do not happen."""

    name = "test:often-wrong"

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        noise = [_noise(image.mode.encode() + image.tobytes()) for image in images]
        return _unit(super().encode_images(images) + np.array(noise).reshape(-1, self.dim))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        noise = [_noise(text.encode()) for text in texts]
        return _unit(super().encode_texts(texts) + np.array(noise).reshape(-1, self.dim))


def captioned(folder: Path) -> list[Captioned]:
    """Twenty pictures, large and small, transparent, grey, and one that lies on its side."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        Captioned(f"{left} {right}", _picture(folder, at, left, right), _said(left, right))
        for at, (left, right) in enumerate(permutations(SOME, 2))
    ]


def _said(left: str, right: str) -> tuple[str, ...]:
    return tuple(saying.format(left, right) for saying in SAYINGS)


def _picture(folder: Path, at: int, left: str, right: str) -> Path:
    side = 32 * (1 + at % 3)
    image = Image.new("RGB", (side, side), COLOURS[left])
    image.paste(COLOURS[right], (side // 2, 0, side, side))
    path = folder / f"{at}.png"
    match at % 4:
        case 0:
            image.putalpha(Image.linear_gradient("L").resize(image.size))
        case 1:
            image = image.convert("P")
        case 2 if at == 2:
            image = image.convert("L")
        case 3:
            exif = Image.Exif()
            exif[0x0112] = 6  # turned clockwise to be upright
            image.save(path, exif=exif)
            return path
    image.save(path)
    return path


def _noise(content: bytes) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(content).digest()[:8])
    return 0.12 * np.random.default_rng(seed).standard_normal(ColourEncoder.dim)


def _unit(rows: np.ndarray) -> Vectors:
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit
