"""Retrievers for conversations: an exact search in a space of words, and a broken one."""

from pathlib import Path

import numpy as np

from retrievers.encoder import Vectors
from retrievers.hit import Hit, Picture, Why
from retrievers.query import Query
from retrievers.search.query_vector import Blend

WORDS = "cat dog boat beach snow night car person red blue".split()


class BagOfWords:
    """Encode a text as the words it holds, so that a test can foresee every neighbour."""

    name = "bag-of-words"
    dim = len(WORDS)
    image_size = 1

    def encode_images(self, images: object) -> Vectors:
        raise NotImplementedError

    def encode_texts(self, texts: object) -> Vectors:
        assert isinstance(texts, list)
        rows = np.array([[word in text for word in WORDS] for text in texts], dtype=np.float32)
        rows = rows.reshape(-1, self.dim) + 1e-3
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


class Gallery:
    """Pictures named by the words on them, found by the blended vector's cosine."""

    def __init__(self, *captions: str) -> None:
        self.encoder = BagOfWords()
        self.rows = self.encoder.encode_texts(list(captions))
        self.pictures = [_picture(at, caption) for at, caption in enumerate(captions)]
        self.asked: list[Query] = []

    def search(self, query: Query, k: int) -> list[Hit]:
        self.asked.append(query)
        ids = [picture.id for picture in self.pictures]
        vector = Blend().vector(
            query, self.encoder, lambda named: self.rows[[ids.index(one) for one in named]]
        )
        scores = np.zeros(len(ids)) if vector is None else (self.rows @ vector.T)[:, 0]
        order = [at for at in np.argsort(-scores, kind="stable") if ids[at] not in query.excluded]
        return [
            Hit(self.pictures[at], float(scores[at]), rank, Why({"vector": float(scores[at])}))
            for rank, at in enumerate(order[:k], 1)
        ]


class Broken:
    """A retriever whose every search fails."""

    def search(self, query: Query, k: int) -> list[Hit]:
        raise OSError("the disk is gone")


def _picture(at: int, caption: str) -> Picture:
    sha256 = f"{at:064x}"[::-1]
    path = Path(f"/photos/{caption.replace(' ', '-')}.jpg")
    return Picture(sha256[:16], sha256, (path,), width=40, height=30, bytes=100)
