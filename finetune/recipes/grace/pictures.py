"""What a generative retriever learns: pictures as their encoder sees them, with their captions."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eval.benchmarks.captioned import Captioned
from finetune.data.training_data import same
from retrievers.encoder import Encoder
from retrievers.grace.identifiers import Vector
from retrievers.pictures import read_picture

BLOCK = 32


@dataclass(frozen=True, slots=True)
class GracePicture:
    """A picture to be learnt.

    Attributes:
        id: as every collection has it, the first 16 digits of the file's SHA-256.
        vector: of the picture [d].
        captions: to learn from, at least one.
        held_out: to measure with; never learnt from.
    """

    id: str
    vector: Vector
    captions: tuple[str, ...]
    held_out: tuple[str, ...] = ()


def look(
    captioned: Sequence[Captioned], encoder: Encoder, held_out: Sequence[Captioned] = ()
) -> list[GracePicture]:
    """Encode the pictures; files of one content are one picture.

    Raises:
        UnreadablePicture: a file is no picture.
    """
    found: dict[str, GracePicture] = {}
    ids: dict[str, str] = {}
    for start in range(0, len(captioned), BLOCK):
        block = captioned[start : start + BLOCK]
        read = [read_picture(one.path, min_side=encoder.image_size) for one in block]
        vectors = encoder.encode_images([one.image for one in read])
        for one, picture, vector in zip(block, read, vectors, strict=True):
            ids[one.id] = id_ = picture.sha256[:16]
            before = found.get(id_, GracePicture(id_, vector, ()))
            found[id_] = replace(before, captions=_joined(before.captions, one.captions))
    for one in held_out:
        if known := found.get(ids.get(one.id, "")):
            captions = _joined(known.held_out, one.captions)
            learnt = {same(caption) for caption in known.captions}
            unseen = tuple(caption for caption in captions if same(caption) not in learnt)
            found[known.id] = replace(known, held_out=unseen)
    return list(found.values())


def digest(pictures: Sequence[GracePicture]) -> str:
    """Return a hash of everything that is learnt."""
    whole = hashlib.sha256()
    for one in pictures:
        whole.update(np.ascontiguousarray(one.vector).tobytes())
        whole.update(repr((one.id, one.captions, one.held_out)).encode())
    return whole.hexdigest()[:16]


def _joined(before: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *more)))
