"""The two towers on ONNX Runtime: pictures to class logits, texts to sentence vectors."""

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from PIL.Image import Image, Resampling
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from retrievers.encoder import Vectors
from retrievers.offline.converted import converted
from retrievers.offline.text_graph import WIDTH, text_graph
from retrievers.offline.torch_file import read_tensors
from retrievers.offline.vision_graph import SIZE, vision_graph
from retrievers.offline.weights import TEXT, TOKENIZER, VISION, digest, locate
from retrievers.pictures.padding import padded

GRAPHS = 3  # raise when a graph builder changes
RATIO = 1.25
_TOKENS = 128
_TEXTS = 32


def vision_digest() -> str:
    """Return the hash that names the image tower's weights."""
    return digest(locate(VISION))


def text_digest() -> str:
    """Return the hash that names the text tower's weights."""
    return digest(locate(TEXT))


class VisionTower:
    """EfficientNet-Lite2: pictures to logits of the 1000 ImageNet classes.

    Each picture runs by itself on one thread, `threads` of them at a time: on two cores that is a
    third faster than batches that share the cores, and a picture's logits do not depend on its
    company.
    """

    def __init__(self, *, threads: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads or _cores(), thread_name_prefix="vision")
        self._session = _session(
            f"vision-{vision_digest()}-{GRAPHS}.onnx",
            lambda: vision_graph(read_tensors(locate(VISION))),
            threads=1,
        )

    def logits(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Return [n, 1000]."""
        rows = list(self._pool.map(lambda image: self._run(pixels(image)), images))
        return np.concatenate(rows) if rows else np.zeros((0, 1000), dtype=np.float32)

    def forward(self, ready: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        """Run the network alone on ready inputs [1, 260, 260, 3]."""
        return list(self._pool.map(self._run, ready))

    def _run(self, ready: NDArray[np.uint8]) -> NDArray[np.float32]:
        (row,) = self._session.run(None, {"pixels": ready})
        return np.asarray(row, dtype=np.float32)


class TokenStates(NamedTuple):
    """States of the pieces that a text was cut into.

    Attributes:
        spans: where each piece begins and ends in the text; an empty one is a mark of the network.
        states: [t, 768], a middle layer's and the last one's.
    """

    spans: tuple[tuple[int, int], ...]
    states: NDArray[np.float32]


class TextTower:
    """all-MiniLM-L6-v2: texts to unit vectors."""

    def __init__(self, *, threads: int | None = None) -> None:
        self._tokenizer = Tokenizer.from_file(str(locate(TOKENIZER)))
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.enable_padding()
        self._session = _session(
            f"text-{text_digest()}-{GRAPHS}.onnx",
            lambda: text_graph(load_file(locate(TEXT))),
            threads=threads or _cores(),
        )

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return [n, 384]; a text counts up to its 128th token."""
        vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), _TEXTS):  # texts of like length share their padding
            places = order[start : start + _TEXTS]
            vectors[places] = self._batch([texts[place] for place in places])
        return vectors

    def _batch(self, texts: Sequence[str]) -> Vectors:
        read = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in read], dtype=np.int64)  # [n, t]
        mask = np.array([one.attention_mask for one in read], dtype=np.int64)
        (rows,) = self._session.run(["vectors"], {"ids": ids, "mask": mask})
        return np.asarray(rows, dtype=np.float32)

    def states(self, text: str) -> TokenStates:
        """Return what the network knows of each token of one text, up to its 128th."""
        read = self._tokenizer.encode(text)
        ids = np.array([read.ids], dtype=np.int64)
        (rows,) = self._session.run(["states"], {"ids": ids, "mask": np.ones_like(ids)})
        return TokenStates(tuple(read.offsets), np.asarray(rows[0], dtype=np.float32))

    def states_of(self, texts: Sequence[str]) -> list[TokenStates]:
        """Return the states of each of many texts; those of one length go through together."""
        by_length: dict[int, list[int]] = defaultdict(list)
        read = [self._tokenizer.encode(text) for text in texts]
        for place, one in enumerate(read):
            by_length[len(one.ids)].append(place)
        found: dict[int, TokenStates] = {}
        for places in by_length.values():
            for start in range(0, len(places), _TEXTS):
                some = places[start : start + _TEXTS]
                ids = np.array([read[place].ids for place in some], dtype=np.int64)
                (rows,) = self._session.run(["states"], {"ids": ids, "mask": np.ones_like(ids)})
                for place, row in zip(some, rows, strict=True):
                    found[place] = TokenStates(tuple(read[place].offsets), np.asarray(row))
        return [found[place] for place in range(len(texts))]


@cache
def text_tower() -> TextTower:
    """Return the text tower that a process shares."""
    return TextTower()


def pixels(image: Image) -> NDArray[np.uint8]:
    """Return the graph's input [1, 260, 260, 3].

    The whole picture counts: it is padded to sides of 1.25 : 1 at most, then squashed to a square.
    """
    coloured = image if image.mode == "RGB" else image.convert("RGB")
    square = padded(coloured, RATIO, "white").resize(
        (SIZE, SIZE), Resampling.BICUBIC, reducing_gap=2.0
    )
    return np.asarray(square)[None]


def _session(name: str, graph: Callable[[], onnx.ModelProto], *, threads: int) -> Any:
    def make(path: Path) -> None:
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(path)
        ort.InferenceSession(graph().SerializeToString(), options, providers=_CPU)

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(str(converted(name, make)), options, providers=_CPU)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_CPU = ["CPUExecutionProvider"]
