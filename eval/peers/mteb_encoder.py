"""Our encoders as models of mteb, for its image benchmarks too (MIEB, arXiv:2504.10471).

    mteb.evaluate(MtebEncoder(load_encoder("offline")), tasks, cache=None)

The methods are those of mteb 2's `EncoderProtocol`, which says what the arguments mean.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from mteb.models.model_meta import ModelMeta, ScoringFunction
from mteb.types import PromptType
from numpy.typing import NDArray
from PIL.Image import Image

from retrievers.encoder import Encoder, Vectors, composer, encode_documents
from retrievers.pictures.colour.to_rgb import reduced_rgb


class MtebEncoder:
    """Encode texts, pictures, or both.

    Both are one joint vector where the encoder makes any, else the unit sum of the two, as MIEB's
    models do.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    @property
    def mteb_model_meta(self) -> ModelMeta:
        return described(self.encoder.name, embed_dim=self.encoder.dim)

    def encode(
        self,
        inputs: Iterable[Mapping[str, Any]],
        *,
        prompt_type: PromptType | None = None,
        precision: str = "float32",
        **_: Any,
    ) -> Vectors:
        """Encode batches of texts (`text`), upright pictures (`image`), or pairs of them.

        A text alone is stored if `prompt_type` says that it is a document, else searched for.

        Raises:
            ValueError: a batch holds neither, or another precision is asked for, under which mteb
                would file the result.
        """
        if precision != "float32":
            raise ValueError(f"precision must be 'float32'; got {precision!r}")
        return np.concatenate([self._vectors(batch, prompt_type) for batch in inputs])

    def similarity(self, embeddings1: Vectors, embeddings2: Vectors) -> NDArray[np.float32]:
        cosines: NDArray[np.float32] = np.asarray(embeddings1) @ np.asarray(embeddings2).T
        return cosines

    def similarity_pairwise(
        self, embeddings1: Vectors, embeddings2: Vectors
    ) -> NDArray[np.float32]:
        products: NDArray[np.float32] = np.asarray(embeddings1) * np.asarray(embeddings2)
        cosines: NDArray[np.float32] = products.sum(axis=1)
        return cosines

    def _vectors(self, batch: Mapping[str, Any], prompt_type: PromptType | None) -> Vectors:
        if "text" not in batch and "image" not in batch:
            raise ValueError(f"a batch needs text or image; got {sorted(batch)}")
        if "image" not in batch:
            return self._texts(list(batch["text"]), prompt_type)
        images = self._read(batch["image"])
        if "text" in batch and (compose := composer(self.encoder)) is not None:
            return compose(images, list(batch["text"]))
        pictures = self.encoder.encode_images(images)
        if "text" not in batch:
            return pictures
        both = self.encoder.encode_texts(list(batch["text"])) + pictures
        unit: Vectors = both / np.linalg.norm(both, axis=1, keepdims=True)
        return unit

    def _texts(self, texts: Sequence[str], prompt_type: PromptType | None) -> Vectors:
        if prompt_type == PromptType.document:
            return encode_documents(self.encoder, texts)
        return self.encoder.encode_texts(texts)

    def _read(self, images: Sequence[Image]) -> list[Image]:
        """Make them what `read_picture` makes of files: RGB on white, reduced by whole factors."""
        side = self.encoder.image_size
        return [reduced_rgb(image, max(1, min(image.size) // side)) for image in images]


def described(name: str, **facts: Any) -> ModelMeta:
    """Describe a model to mteb, which files results under its name and revision.

    Args:
        name: says all that the results depend on.
        facts: more fields of `ModelMeta`.
    """
    return ModelMeta.create_empty(
        {
            "name": f"dialens/{re.sub(r'[^A-Za-z0-9._+-]+', '-', name)}",
            "revision": hashlib.sha256(name.encode()).hexdigest()[:16],
            "modalities": ["text", "image"],
            "similarity_fn_name": ScoringFunction.COSINE,
            **facts,
        }
    )
