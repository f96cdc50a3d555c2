"""An encoder for many queries: their texts are encoded together, each once."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from PIL.Image import Image

from retrievers.encoder import (
    Encoder,
    EncoderError,
    Vectors,
    composer,
    encode_documents,
    reads,
)
from retrievers.query import Query

AT_ONCE = 256  # texts, so that any number of them fits the memory


class TextsAtOnce:
    """An `Encoder` that has encoded what these queries say before it is asked."""

    def __init__(self, encoder: Encoder, queries: Iterable[Query]) -> None:
        self._encoder = encoder
        texts = list(dict.fromkeys(text for query in queries for text in _texts(query)))
        self._known: dict[str, Vectors] = {}
        for start in range(0, len(texts), AT_ONCE):
            some = texts[start : start + AT_ONCE]
            self._known.update(zip(some, encoder.encode_texts(some), strict=True))

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dim(self) -> int:
        return self._encoder.dim

    @property
    def image_size(self) -> int:
        return self._encoder.image_size

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return self._encoder.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        if texts and all(text in self._known for text in texts):
            return np.stack([self._known[text] for text in texts])
        return self._encoder.encode_texts(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return encode_documents(self._encoder, texts)

    @property
    def composes(self) -> bool:
        return composer(self._encoder) is not None

    def encode_composed(self, images: Sequence[Image], words: Sequence[str]) -> Vectors:
        compose = composer(self._encoder)
        if compose is None:
            raise EncoderError(f"{self.name} makes no joint vectors")
        return compose(images, words)

    def reads(self, text: str) -> bool:
        return reads(self._encoder, text)


def _texts(query: Query) -> Iterator[str]:
    """What a blend asks for: the phrases, and the wanted ones joined."""
    yield from query.wanted
    yield from query.unwanted
    if len(query.wanted) > 1:
        yield ", ".join(query.wanted)
