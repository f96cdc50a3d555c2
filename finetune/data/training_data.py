"""What training data has in common: splitting off validation, hashing, and pictures' vectors."""

import hashlib
import random
import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from finetune.error import FinetuneError
from retrievers.encoder import Encoder, Vectors
from retrievers.pictures import read_picture

Example = TypeVar("Example")
FEW = 20  # pictures or questions, below which a figure is mostly chance


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


def cautions(trained: Sequence[str], held: Sequence[str], *, learnt: int, ranked: int) -> list[str]:
    """Return what the figures of such data cannot be trusted for, a line each.

    Args:
        trained: texts that are trained on.
        held: texts that validate.
        learnt: how many pictures the trained texts are about.
        ranked: how many pictures a validation ranks.
    """
    known = {same(text) for text in trained}
    seen = [text for text in held if same(text) in known]
    found = []
    if seen:
        found.append(
            f"{len(seen)} of {len(held)} texts that validate are trained on, too, such as"
            f" {seen[0]!r}: they measure what was memorised; take them out of one of the two"
        )
    if learnt == 1:
        found.append("everything to train on is about one picture: there is none to tell it from")
    elif len(known) == 1 < len(trained):
        found.append(
            f"all {len(trained)} texts to train on say {trained[0]!r}: nothing tells them apart"
        )
    if ranked < FEW:
        found.append(
            f"only {ranked} pictures are ranked, R@1 is {1 / max(ranked, 1):.3f} by chance alone:"
            " the figures say nothing of a larger collection"
        )
    elif 0 < len(held) < FEW:
        found.append(f"only {len(held)} texts validate: one more or less is {1 / len(held):.3f}")
    return found


def same(text: str) -> str:
    """Return what texts have in common that only differ in case, spaces or Unicode's forms."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def contents(paths: Sequence[Path]) -> list[str]:
    """Return what tells pictures' contents apart, so that copies are kept together."""
    known: dict[Path, str] = {}
    for path in dict.fromkeys(paths):
        try:
            with path.open("rb") as file:
                known[path] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:  # said where the picture is looked at
            known[path] = str(path)
    return [known[path] for path in paths]


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
