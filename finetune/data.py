"""What training data has in common: splitting off validation, hashing, and pictures' vectors."""

import hashlib
import random
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from finetune.error import FinetuneError
from retrievers.encoder import Encoder, Vectors
from retrievers.pictures import read_picture

Example = TypeVar("Example")


def split(
    examples: Sequence[Example],
    groups: Sequence[Hashable],
    share: float,
    *,
    seed: int,
) -> tuple[list[Example], list[Example]]:
    """Return what is trained on and what validates; a group, such as a picture's, stays whole.

    Raises:
        FinetuneError: one of the two would be empty.
    """
    known = list(dict.fromkeys(groups))
    random.Random(f"{seed}/split").shuffle(known)
    held = set(known[: round(share * len(known))])
    if not held or len(held) == len(known):
        raise FinetuneError(
            f"validation={share} of {len(known)} pictures leaves {len(known) - len(held)} to train"
            f" on and {len(held)} to validate; give more data or another share"
        )
    pairs = list(zip(examples, groups, strict=True))
    return [one for one, of in pairs if of not in held], [one for one, of in pairs if of in held]


def fingerprint(parts: Iterable[str]) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of texts."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def encoded(encoder: Encoder, paths: Sequence[Path], *, batch: int = 32) -> Vectors:
    """Return the vectors [N, d] of picture files.

    Raises:
        UnreadablePicture: one cannot be read.
    """
    import numpy as np

    rows = [np.empty((0, encoder.dim), np.float32)]
    for start in range(0, len(paths), batch):
        some = paths[start : start + batch]
        images = [read_picture(path, min_side=encoder.image_size).image for path in some]
        rows.append(encoder.encode_images(images))
    return np.concatenate(rows)
