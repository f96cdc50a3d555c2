"""The encoder that needs no model hub: EfficientNet-Lite2 and MiniLM, joined by class names.

It is a weak encoder: it knows a thousand kinds of things and neither their number, their colour nor
what they do. Its figures are in the README, with the command that makes them.
"""

from collections.abc import Sequence
from functools import cached_property

from PIL.Image import Image

from retrievers.encoder import Vectors
from retrievers.offline.concepts import Concepts, concepts_digest, likeliest, load_concepts
from retrievers.offline.text_graph import WIDTH
from retrievers.offline.towers import TextTower, VisionTower, vision_digest
from retrievers.offline.vision_graph import SIZE
from retrievers.text.lettering import is_latin


class OfflineEncoder:
    """Load a tower when it is first needed; a text search never loads the image tower.

    Args:
        threads: how many to use; all cores by default.

    Raises:
        EncoderError: the weights are not installed (`dialens models fetch`).
    """

    dim = WIDTH
    image_size = SIZE

    def __init__(self, *, threads: int | None = None) -> None:
        self._threads = threads
        self.name = f"offline:efficientnet-lite2-{vision_digest()}+minilm-l6-{concepts_digest()}"

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return self._concepts.of_logits(self._vision.logits(images))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self._concepts.of_texts(self._text.vectors(texts))

    def reads(self, text: str) -> bool:
        """Whether any of it is in Latin letters, the script that its text tower learnt."""
        letters = [character for character in text if character.isalpha()]
        return not letters or any(is_latin(character) for character in letters)

    def describe(self, images: Sequence[Image], most: int = 3) -> list[list[tuple[str, float]]]:
        """Name what each picture most likely shows: (class, probability), likeliest first."""
        names = self._concepts.names
        return [
            [(names[place], float(row[place])) for place in (-row).argsort()[:most]]
            for row in likeliest(self._vision.logits(images))
        ]

    @cached_property
    def _vision(self) -> VisionTower:
        return VisionTower(threads=self._threads)

    @cached_property
    def _text(self) -> TextTower:
        return TextTower(threads=self._threads)

    @cached_property
    def _concepts(self) -> Concepts:
        return load_concepts()
