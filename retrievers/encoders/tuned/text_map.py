"""The text map, a small one on any encoder's text tower: vectors for words it does not know.

A text's vector becomes exp(g x·a) b + x·V, of length 1: b is the encoder's own, x says which of the
words and parts of words of the training texts are in it (tf-idf, of length 1), V and a are learnt.
A text without any of them keeps the encoder's vector to the bit. Pictures are not touched.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image
from safetensors.numpy import load_file, save_file

from retrievers.checkpoints.adapter import Adapter
from retrievers.encoder import Encoder, EncoderError, Vectors, reads
from retrievers.text.lettering import is_unspaced, words

GATE = 5.0
PART = 0.4  # what a part of a word counts, next to a word
WEIGHTS, WORDS = "map.safetensors", "words.json"
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words and parts of words of some texts.

    Attributes:
        rarity: of each, the logarithm of how rarely it occurs.
    """

    rarity: Mapping[str, float]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Vocabulary":
        """Collect what occurs in texts."""
        counts = Counter(one for text in texts for one in pieces(text))
        return cls({one: log(1 + len(texts) / counts[one]) for one in sorted(counts)})

    def rows(self, texts: Iterable[str]) -> Floats:
        """Return what is in each text [n, N], of length 1, or 0 where nothing is known."""
        at = {one: place for place, one in enumerate(self.rarity)}
        found = [pieces(text) for text in texts]
        rows = np.zeros((len(found), len(at)), dtype=np.float32)
        for row, held in zip(rows, found, strict=True):
            for one, weight in held.items():
                if one in at:
                    row[at[one]] = weight * self.rarity[one]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Floats = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        return unit


def pieces(text: str) -> dict[str, float]:
    """Return a text's words, and their parts of three to five letters, with their weights.

    In a run without spaces, where words have one or two letters, parts begin with one.
    """
    found = Counter[str]()
    for word in words(text):
        found[word] += 1
        framed, sizes = (word, (1, 2, 3)) if is_unspaced(word) else (f"<{word}>", (3, 4, 5))
        for size in sizes:
            for start in range(len(framed) - size + 1):
                found[f"~{framed[start : start + size]}"] += PART  # type: ignore[assignment]
    return dict(found)


class MappedEncoder:
    """An `Encoder`: its texts go through the map, its pictures through the base."""

    def __init__(
        self, base: Encoder, vocabulary: Vocabulary, table: Floats, gate: Floats, *, name: str
    ) -> None:
        self.name, self.dim, self.image_size = name, base.dim, base.image_size
        self._base, self._vocabulary, self._table, self._gate = base, vocabulary, table, gate

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return self._base.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        vectors = self._base.encode_texts(texts)
        held = self._vocabulary.rows(texts)  # [n, N]
        known = held.sum(axis=1, keepdims=True) > 0
        moved = np.exp(GATE * held @ self._gate)[:, None] * vectors + held @ self._table
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        unit: Vectors = np.where(known & (lengths > 1e-6), moved / lengths, vectors)
        return unit.astype(np.float32)

    def reads(self, text: str) -> bool:
        """Whether the base does, or the map has learnt anything of the text."""
        return reads(self._base, text) or bool(self._vocabulary.rows([text]).any())


def save_map(folder: Path, vocabulary: Vocabulary, table: Floats, gate: Floats) -> None:
    """Write a map: table [N, d], gate [N]."""
    weights = {"table": np.ascontiguousarray(table), "gate": np.ascontiguousarray(gate)}
    save_file(weights, folder / WEIGHTS)
    text = json.dumps(dict(vocabulary.rarity), ensure_ascii=False)
    (folder / WORDS).write_text(text + "\n", encoding="utf-8")


def open_text_map(adapter: Adapter, base: Encoder) -> MappedEncoder:
    """Put a map onto the encoder that it was trained for.

    Raises:
        AdapterError: a fact is missing.
        EncoderError: the encoder is another, or the map cannot be read.
    """
    if base.name != (wanted := adapter.fact("pictures")):
        raise EncoderError(f"{adapter.folder} is a map for {wanted}; this is {base.name}")
    try:
        weights = load_file(adapter.folder / WEIGHTS)
        rarity = json.loads((adapter.folder / WORDS).read_text(encoding="utf-8"))
        table, gate = weights["table"], weights["gate"]
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(f"{adapter.folder} cannot be read: {error}") from error
    if table.shape != (len(rarity), base.dim) or gate.shape != (len(rarity),):
        raise EncoderError(
            f"{adapter.folder}: a map of shape {table.shape} does not fit {len(rarity)} words and"
            f" vectors of length {base.dim}; train it again"
        )
    name = f"{base.name}+map:{adapter.mark}"
    return MappedEncoder(base, Vocabulary(rarity), table, gate, name=name)
