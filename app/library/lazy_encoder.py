"""An encoder that is loaded when it is first needed: an unchanged folder needs none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from PIL.Image import Image

from retrievers.encoder import (
    Encoder,
    EncoderError,
    Vectors,
    composer,
    encode_documents,
    reads,
)


@dataclass
class WaitingEncoder:
    """Stands for the encoder that `load` returns.

    Attributes:
        load: called once, at the first picture or text.
        name: of its weights, as the collection has it.
        dim: length of a vector, as the collection has it.
    """

    load: Callable[[], Encoder]
    name: str
    dim: int

    @cached_property
    def _encoder(self) -> Encoder:
        return self.load()

    @property
    def image_size(self) -> int:
        return self._encoder.image_size

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return self._encoder.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
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
