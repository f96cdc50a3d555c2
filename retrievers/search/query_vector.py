"""One vector for everything a conversation asked for: phrases, exclusions, examples and feedback.

The phrases of the turns are joined as in ChatIR (arXiv:2305.20062, one text with commas) and as a
sum of the phrases' own vectors in which a phrase counts less with age. Pictures that were liked or
disliked move the vector as in Rocchio's feedback (Manning et al. 2008, section 9.1.1). An encoder
that reads a picture and words together ("like this but in red") is given both, with no sums: what
is wanted is then the mean of the joint vectors of the words with each picture that is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL.Image import Image

from retrievers.encoder import Encoder, Vectors, composer
from retrievers.pictures import read_picture
from retrievers.query import Query

PicturesOf = Callable[[Sequence[str]], Sequence[Image]]
"""The pictures of these ids whose files are still there, in that order."""
VectorsOf = Callable[[Sequence[str]], Vectors]
"""The stored vectors of pictures, by id, in that order."""

COMPOSED = 4  # liked pictures, the last ones, that are looked at again: each costs a forward


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """How the parts of a query are weighed. A weight of 0 leaves its part out.

    The defaults were chosen on scripted conversations about one half of the Tux Paint stamps with
    the offline encoder. On the other half they end with a mean reciprocal rank of 0.322, against
    0.316 for the joined text alone and 0.279 for the sum of the phrases; feedback alone raises
    0.267 to 0.303 (`python -m benchmarks.dialogues`, docs/dialogues.md). `example` was not tuned.

    Attributes:
        joined: share of the joined text in what is wanted, 0 to 1; the rest is the sum of the
            phrases' own vectors.
        decay: weight of a phrase in that sum, relative to the phrase said after it, 0 to 1; at 0
            only the last phrase counts.
        example: weight of the mean of the example pictures.
        like: weight of the mean of the liked pictures.
        unlike: weight of the mean of the disliked pictures, taken away.
        unwanted: weight of the unwanted phrases, taken away.
        spare: whether only that part of an unwanted phrase is taken away which is at right angles
            to what is wanted, so that "a dog, no people" loses nothing of the dog.
    """

    joined: float = 0.8
    decay: float = 0.4
    example: float = 1.0
    like: float = 0.7
    unlike: float = 0.4
    unwanted: float = 0.8
    spare: bool = True

    def vector(
        self,
        query: Query,
        encoder: Encoder,
        vectors_of: VectorsOf,
        pictures_of: PicturesOf = lambda ids: (),
    ) -> Vectors | None:
        """Return the unit row [1, d] to compare pictures with, or None if nothing is compared.

        Raises:
            UnreadablePicture: an example can't be read.
        """
        toward = self._composed(query, encoder, pictures_of)
        if toward is None:
            toward = self._added(query, encoder, vectors_of)
        if query.unlike and self.unlike:
            toward = toward - self.unlike * _mean(vectors_of(query.unlike))
        if query.unwanted and self.unwanted:
            toward = self._without(toward, encoder.encode_texts(list(query.unwanted)))
        length = float(np.linalg.norm(toward))
        return None if length < 1e-6 else (toward / length).astype(np.float32)

    def _composed(self, query: Query, encoder: Encoder, pictures_of: PicturesOf) -> Vectors | None:
        """Return the mean joint vector of the words with each picture, if the encoder makes any."""
        compose = composer(encoder)
        if compose is None or not query.wanted:
            return None
        images = _read(query.examples, encoder) if self.example else []
        if query.like and self.like:
            images += pictures_of(query.like[-COMPOSED:])
        if not images:
            return None
        words = ", ".join(query.wanted)
        return _mean(compose(images, [words] * len(images)))

    def _added(self, query: Query, encoder: Encoder, vectors_of: VectorsOf) -> Vectors:
        toward = self._wanted(query.wanted, encoder)
        if query.examples and self.example:
            examples = encoder.encode_images(_read(query.examples, encoder))
            toward = toward + self.example * _mean(examples)
        if query.like and self.like:
            toward = toward + self.like * _mean(vectors_of(query.like))
        return toward

    def _wanted(self, phrases: Sequence[str], encoder: Encoder) -> Vectors:
        if not phrases:
            return np.zeros((1, encoder.dim), dtype=np.float32)
        if len(phrases) == 1:
            return encoder.encode_texts(list(phrases))
        *each, whole = encoder.encode_texts([*phrases, ", ".join(phrases)])
        weights = self.decay ** np.arange(len(each) - 1, -1, -1, dtype=np.float32)
        parts = _unit(weights[None, :] @ np.stack(each))  # [1, d]
        return _unit(self.joined * whole[None, :] + (1 - self.joined) * parts)

    def _without(self, toward: Vectors, away: Vectors) -> Vectors:
        if self.spare and (length := float(np.linalg.norm(toward))) > 0:
            axis = toward / length  # [1, d]
            away = away - (away @ axis.T) @ axis  # [n, d]
        left: Vectors = toward - self.unwanted * away.mean(axis=0, keepdims=True)
        return left


def _unit(row: Vectors) -> Vectors:
    length = float(np.linalg.norm(row))
    scaled: Vectors = row / np.float32(length or 1)
    return scaled


def _mean(rows: Vectors) -> Vectors:
    return _unit(rows.mean(axis=0, keepdims=True))


def _read(paths: Sequence[Path], encoder: Encoder) -> list[Image]:
    return [read_picture(path, min_side=encoder.image_size).image for path in paths]
