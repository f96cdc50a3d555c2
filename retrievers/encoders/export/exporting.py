"""Write a dual encoder of torch as ONNX graphs, and measure what that changed before it counts."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image

from retrievers.encoder import EncoderError
from retrievers.encoders.export.exportable import Exportable, open_exportable
from retrievers.encoders.export.graphs import halve, write_graph
from retrievers.encoders.export.quantising import Given, Quantised, least_cosine, quantise
from retrievers.encoders.onnx_towers.graph_checks import check_graph
from retrievers.encoders.onnx_towers.layout import EXPORT, Layout, read_layout
from retrievers.encoders.onnx_towers.onnx_encoder import OnnxEncoder
from retrievers.encoders.onnx_towers.spec import SUFFIXES

BARS = {"fp32": 0.9999, "fp16": 0.999, "int8": 0.995}
"""By precision, the least cosine of a vector with that of the encoder in torch."""

MARGIN = 0.5  # of the way from the bar to 1, where the search for int8's layers stops
TEXTS = (
    *("a dog", "two red cars in the snow at night", "Sky", "it's a cat, isn't it?"),
    *("ein Fahrrad an der Wand", "un chat sur le canapé", "собака на пляже", "海辺の犬"),
    *("قطة نائمة", "🐶", "IMG_2041", "a red car in the snow " * 50),
)
SHAPES = ((320, 240), (240, 320), (97, 401), (640, 97), (256, 256), (33, 31))


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written.

    Attributes:
        of: the exact encoder that it was made from.
        bytes: of the folder's graphs with their weights.
        pictures: the least cosine between a picture's vector here and in torch.
        texts: the same of texts.
        real: how many of the pictures were real ones, not drawn by chance.
        kept: layers that stay in float32, of both towers; only of int8.
    """

    folder: Path
    of: str
    precision: str
    bytes: int
    pictures: float
    texts: float
    real: int
    kept: int


def export_encoder(
    spec: str,
    place: Callable[[str], Path],
    *,
    precision: str = "fp32",
    pictures: Sequence[Image.Image] = (),
    told: Callable[[str], None] = lambda line: None,
) -> ExportReport:
    """Export an encoder; a folder is there only once all of it is written and measured.

    Args:
        spec: of open_clip or transformers, as `load_encoder` takes it.
        place: from the exact encoder's name to the folder, which is empty or not there.
        precision: one of `BARS`.
        pictures: real ones to measure with, beside some that are drawn by chance.
        told: each step, for people who wait.

    Raises:
        EncoderError: the encoder cannot be exported, or its vectors change too much.
        ValueError: there is no such precision.
    """
    if precision not in BARS:
        raise ValueError(f"precision must be one of {', '.join(BARS)}; got {precision!r}")
    told(f"loading {spec}")
    parts = open_exportable(spec)
    target = place(parts.eager.name)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise EncoderError(f"{target} is there already; remove it or name another place with --to")
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".partial-") as scratch:
        seen = [*_by_chance(), *pictures]
        plain = Path(scratch) / "fp32"
        _write(parts, plain, told)
        report = _measured(parts, plain, "fp32", seen, None, told)
        folder = plain
        if precision != "fp32":
            folder = Path(scratch) / precision
            kept = _converted(plain, folder, precision, seen, told)
            report = _measured(parts, folder, precision, seen, kept, told)
        if target.exists():
            target.rmdir()
        folder.rename(target)
    return ExportReport(
        target,
        parts.eager.name,
        precision,
        sum(one.stat().st_size for one in (target / "onnx").iterdir()),
        report[0],
        report[1],
        len(pictures),
        kept.kept if precision == "int8" and kept else 0,
    )


def _by_chance() -> list[Image.Image]:
    """Return noise of odd shapes, fine and coarse: what a network meets least and most."""
    dice = np.random.default_rng(0)
    drawn = []
    for number, (width, height) in enumerate(SHAPES):
        side = (width, height) if number % 2 else (5, 4)
        noise = dice.integers(0, 256, (side[1], side[0], 3), dtype=np.uint8)
        drawn.append(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))
    return drawn


def _write(parts: Exportable, folder: Path, told: Callable[[str], None]) -> None:
    (folder / "onnx").mkdir(parents=True)
    settings = {
        "config.json": parts.config,
        "preprocessor_config.json": parts.preprocessor,
        "tokenizer_config.json": {"model_max_length": parts.tokens.tokens},
        EXPORT: parts.export | {"of": parts.eager.name, "tokens": asdict(parts.tokens)},
    }
    for name, said in settings.items():
        (folder / name).write_text(json.dumps(said, indent=1), "utf-8")
    parts.tokenizer.save(str(folder / "tokenizer.json"))
    told("tracing the image tower")
    write_graph(
        parts.image,
        torch.rand(2, 3, *parts.size),
        folder / "onnx" / "vision_model.onnx",
        given="pixel_values",
        output=parts.output("image"),
        free=False,
    )
    told("tracing the text tower")
    full = parts.tokens.pad is not None
    length = parts.tokens.tokens if full else min(9, parts.tokens.tokens)
    write_graph(
        parts.text,
        torch.ones(2, length, dtype=torch.int64),
        folder / "onnx" / "text_model.onnx",
        given="input_ids",
        output=parts.output("text"),
        free=not full,
    )


def _converted(
    plain: Path,
    folder: Path,
    precision: str,
    seen: Sequence[Image.Image],
    told: Callable[[str], None],
) -> Quantised | None:
    shutil.copytree(plain, folder, ignore=shutil.ignore_patterns("onnx"))
    (folder / "onnx").mkdir()
    source, target = read_layout(plain), folder / "onnx"
    kept = [0, 0]
    reader = _open(source)
    given: dict[str, list[Given]] = {
        "vision": [{"pixel_values": one} for one in reader.ready_pictures(seen)],
        "text": [{"input_ids": one} for one in reader.ready_texts(TEXTS)],
    }
    least = 1.0
    for tower, path in (("vision", source.vision), ("text", source.text)):
        goes = target / f"{tower}_model{SUFFIXES[precision]}.onnx"
        told(f"converting the {'image' if tower == 'vision' else 'text'} tower to {precision}")
        if precision == "fp16":
            halve(path, goes)
            continue
        bar = BARS[precision] + (1 - BARS[precision]) * MARGIN
        done = quantise(path, goes, given[tower], bar=bar, told=told)
        kept, least = [kept[0] + done.layers, kept[1] + done.kept], min(least, done.cosine)
    return Quantised(kept[0], kept[1], least)


def _measured(
    parts: Exportable,
    folder: Path,
    precision: str,
    seen: Sequence[Image.Image],
    kept: Quantised | None,
    told: Callable[[str], None],
) -> tuple[float, float]:
    """Compare with the encoder in torch, note it in the folder, and refuse what is too far off."""
    told(f"comparing {precision} with torch on {len(seen)} pictures and {len(TEXTS)} texts")
    layout = read_layout(folder, precision)
    ours = _open(layout)
    pictures = least_cosine(ours.encode_images(seen), parts.eager.encode_images(seen))
    texts = least_cosine(ours.encode_texts(TEXTS), parts.eager.encode_texts(TEXTS))
    if min(pictures, texts) < BARS[precision]:
        raise EncoderError(
            f"as ONNX in {precision}, {parts.eager.name} has a cosine of {pictures:.5f} (pictures)"
            f" and {texts:.5f} (texts) with itself in torch; {BARS[precision]} is the least"
        )
    said = json.loads((folder / EXPORT).read_text("utf-8"))
    said |= {
        "precision": precision,
        "cosine": {"pictures": pictures, "texts": texts, "n": [len(seen), len(TEXTS)]},
        "graphs": {one.name: check_graph(one).sha256 for one in (layout.vision, layout.text)},
        "made_with": {one: version(one) for one in ("torch", "onnx", "onnxruntime")},
    }
    if kept is not None and precision == "int8":
        said["float32_layers"] = kept.kept
    (folder / EXPORT).write_text(json.dumps(said, indent=1), "utf-8")
    return pictures, texts


def _open(layout: Layout) -> OnnxEncoder:
    return OnnxEncoder(layout, "export", threads=None, providers=["CPUExecutionProvider"])
