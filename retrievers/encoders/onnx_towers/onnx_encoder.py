"""The encoder of two ONNX graphs, from the text that names it to unit vectors.

Each picture and each text runs by itself on one thread, as many at a time as there are threads: its
vector does not depend on its company, as it would where a quantised graph scales a whole batch.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from retrievers.encoder import EncoderError, Vectors
from retrievers.encoders.onnx_towers import pixel_settings, tokenising
from retrievers.encoders.onnx_towers.graph_checks import check_graph
from retrievers.encoders.onnx_towers.layout import Layout, read_layout, wanted
from retrievers.encoders.onnx_towers.pixel_settings import By, PixelSettings
from retrievers.encoders.onnx_towers.preprocessing import pixels
from retrievers.encoders.onnx_towers.sessions import Tower
from retrievers.encoders.onnx_towers.spec import read_spec
from retrievers.encoders.onnx_towers.tokenising import TextReader, TextSettings
from retrievers.loading.encoder_options import Options
from retrievers.loading.local_weights import find_snapshot

Item = TypeVar("Item")
LARGEST_SETTINGS = 2**28


def load_onnx(which: str, options: Options) -> "OnnxEncoder":
    """Load `FOLDER[#PRECISION]` or `ORG/NAME[@REVISION][#PRECISION]`; see `load_encoder`.

    Raises:
        EncoderError: it is not there, is in neither layout, or its files are refused.
    """
    where, precision = read_spec(which)
    providers = _providers(options)
    found = find_snapshot(where, wanted(precision), but=())
    layout = read_layout(found.folder, precision)
    mark = found.mark if not found.mark.startswith("#") else f"{_kind(layout)}#{_hash(layout)}"
    name = f"onnx:{mark}#{layout.precision}"
    return OnnxEncoder(layout, name, threads=options.threads, providers=providers)


class OnnxEncoder:
    """A dual encoder whose towers are opened when they are first needed.

    Args:
        layout: its files.
        name: of the exact weights and their precision.
        threads: how many pictures or texts run at a time; none: as many as there are cores.
        providers: of ONNX Runtime.

    Raises:
        EncoderError: its settings ask for what is not known here.
        ValueError: threads is below 1.
    """

    def __init__(
        self, layout: Layout, name: str, *, threads: int | None, providers: list[str]
    ) -> None:
        if threads is not None and threads < 1:
            raise ValueError(f"threads must be at least 1; got {threads!r}")
        self.name, self._layout = name, layout
        self._settings = {what: _read(path) for what, path in layout.settings.items()}
        pooled = not layout.of_open_clip and "siglip" in _kind(layout)
        self._vision = Tower(layout.vision, "image", pooled=pooled, providers=providers)
        self._text = Tower(layout.text, "text", pooled=pooled, providers=providers)
        self._pool = ThreadPoolExecutor(threads or _cores(), thread_name_prefix="onnx")
        self._pixels = self._pixel_settings()
        self.image_size = max(self._pixels.edge, *self._pixels.size)

    @cached_property
    def dim(self) -> int:
        """Length d of a vector, as the text tower gives it."""
        return self._text.dim or int(self._read_text("a").shape[1])

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        return self._encode("picture", self._see, images)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self._encode("text", self._read_text, texts)

    def ready_pictures(self, images: Sequence[Image]) -> list[NDArray[np.float32]]:
        """Return what the image tower is given, each [1, 3, height, width]."""
        return [pixels(image, self._pixels) for image in images]

    def ready_texts(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return the tokens that the text tower is given, each [1, t]."""
        return [self._reader.read(text).ids for text in texts]

    def forward(self, ready: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Run the image tower alone on ready inputs [1, 3, height, width]."""
        return list(self._pool.map(lambda one: self._vision.run({"pixels": one}), ready))

    def _see(self, image: Image) -> NDArray[np.float32]:
        return self._vision.run({"pixels": pixels(image, self._pixels)})

    def _read_text(self, text: str) -> NDArray[np.float32]:
        ids, mask = self._reader.read(text)
        return self._text.run({"ids": ids, "mask": mask})

    def _encode(
        self, kind: str, tower: Callable[[Item], NDArray[np.float32]], items: Sequence[Item]
    ) -> Vectors:
        if not len(items):
            return np.empty((0, self.dim), dtype=np.float32)
        rows = np.concatenate(list(self._pool.map(tower, items)))  # [n, d]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)  # [n, 1]
        sound = np.isfinite(lengths) & (lengths > 0)
        if not sound.all():
            at = int((~sound).nonzero()[0][0])
            raise EncoderError(
                f"{self.name} gave no direction for {kind} {at} of {len(rows)}"
                f" (length {lengths[at].item()}); try another precision"
            )
        return np.ascontiguousarray(rows / lengths, dtype=np.float32)

    def _pixel_settings(self) -> PixelSettings:
        said = self._settings["pixels"]
        if self._layout.of_open_clip:
            return pixel_settings.of_open_clip(said)
        exported = self._settings.get("export", {})
        if "pixels" in exported:
            return pixel_settings.of_open_clip(exported["pixels"])
        return pixel_settings.of_transformers(said, By(exported.get("prepared_by", "pillow")))

    @cached_property
    def _reader(self) -> TextReader:
        tokenizer = tokenising.open_tokenizer(self._layout.tokenizer)
        if exported := self._settings.get("export", {}).get("tokens"):
            return TextReader(tokenizer, TextSettings(**exported))
        read = tokenising.of_open_clip if self._layout.of_open_clip else tokenising.of_transformers
        config, words = self._settings["config"], self._settings.get("words", {})
        settings: TextSettings = read(config, words, tokenizer, self._text.fixed("ids", 1))
        return TextReader(tokenizer, settings)


def _providers(options: Options) -> list[str]:
    if options.batch < 1:
        raise ValueError(f"batch must be at least 1; got {options.batch!r}")
    if options.dtype is not None:
        raise EncoderError("the precision is that of the file; name one, such as #fp16")
    if options.device in (None, "", "auto", "cpu"):
        return ["CPUExecutionProvider"]
    raise EncoderError(f"device {options.device!r} cannot be used; onnx encoders run on 'cpu'")


def _kind(layout: Layout) -> str:
    if layout.of_open_clip:
        return "open_clip"
    return str(_read(layout.settings["config"]).get("model_type"))


def _hash(layout: Layout) -> str:
    """Return 12 hexadecimal digits over everything that a vector depends on."""
    whole = hashlib.sha256()
    for graph in (layout.vision, layout.text):
        whole.update(check_graph(graph).sha256.encode())
    for path in (layout.tokenizer, *sorted(layout.settings.values())):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.relative_to(layout.folder).as_posix()}\0{digest}\n".encode())
    return whole.hexdigest()[:12]


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_SETTINGS:
            raise EncoderError(f"{path} is too large for settings")
        said = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path} is not JSON ({error})") from error
    if not isinstance(said, dict):
        raise EncoderError(f"{path} holds no settings")
    return said


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
