"""Image towers on ONNX Runtime, in fp32 and int8, against the same network in torch, on the CPU.

    python -m benchmarks.speed.onnx_encoders [ARCH ...] [--threads 1] [--rounds 5] [--pictures DIR]

Random weights of the real sizes: what they cost is what published ones cost; what 8 bits lose is
not: `dialens models export` measures that for the weights at hand. The three take turns, picture
by picture, and medians are told: of wall time, and of CPU time, which other programs disturb less.
At the end, what reading and preparing a picture adds to the network's own forward.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import onnxruntime as ort
import open_clip
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table

from retrievers.encoders.export.exportable import Tower, merged
from retrievers.encoders.export.graphs import write_graph
from retrievers.encoders.export.quantising import least_cosine, quantise
from retrievers.encoders.onnx_towers.pixel_settings import of_open_clip
from retrievers.encoders.onnx_towers.preprocessing import pixels
from retrievers.pictures.decoding.decode import decode

ARCHITECTURES = ("ViT-B-32", "ViT-B-16-SigLIP2-256", "MobileCLIP2-S2")
MEASURED_WITH = 6  # inputs, for the cosines
BAR = 0.99
SIDES = (1600, 1200)
Clocks = tuple[float, float]
"""Milliseconds of wall time and of CPU time, for one picture."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("arch", nargs="*", default=ARCHITECTURES)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=Path, help="JPEG files; else some that are drawn")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    heads = ("network", "runtime", "ms a picture", "CPU ms", "x torch", "x torch, CPU", "cosine")
    table = Table(*heads, title=f"one picture at a time, {options.threads} thread(s)")
    beside = Table("network", "read", "prepare", "fp32 forward", "int8 forward", title="CPU ms")
    files = _files(options.pictures)
    for arch in options.arch:
        with tempfile.TemporaryDirectory() as folder:
            rows, settings = measured(arch, Path(folder), options.threads, options.rounds)
        torchs = rows["torch fp32"][0]
        for name, (clocks, cosine) in rows.items():
            ratios = [f"{one / now:.2f}" for one, now in zip(torchs, clocks, strict=True)]
            table.add_row(arch, name, *(f"{now:.0f}" for now in clocks), *ratios, f"{cosine:.5f}")
        read, prepare = _around(files, settings)
        forwards = (rows[f"ONNX {one}"][0][1] for one in ("fp32", "int8"))
        beside.add_row(arch, f"{read:.1f}", f"{prepare:.1f}", *(f"{one:.1f}" for one in forwards))
    Console(width=120).print(table, beside)


def measured(
    arch: str, folder: Path, threads: int, rounds: int
) -> tuple[dict[str, tuple[Clocks, float]], dict[str, Any]]:
    """Return clocks and the least cosine by runtime, and how pictures are prepared."""
    torch.manual_seed(0)
    model = open_clip.create_model(arch).eval().requires_grad_(False)
    settings = dict(model.visual.preprocess_cfg)
    side = of_open_clip(settings).size
    graph, small = folder / "vision.onnx", folder / "vision_int8.onnx"
    image = Tower(merged(model), "encode_image")
    names = {"given": "pixel_values", "output": "image_embeds"}
    write_graph(image, torch.rand(2, 3, *side), graph, **names, free=False)
    dice = np.random.default_rng(0)
    inputs = [dice.normal(size=(1, 3, *side)).astype(np.float32) for _ in range(MEASURED_WITH)]
    done = quantise(graph, small, [{"pixel_values": one} for one in inputs], bar=BAR)
    full, eight = (_session(path, threads) for path in (graph, small))
    runs: dict[str, Callable[[Any], Any]] = {
        "torch fp32": lambda one: model.encode_image(torch.from_numpy(one)).numpy(),
        "ONNX fp32": lambda one: full.run(None, {"pixel_values": one})[0],
        "ONNX int8": lambda one: eight.run(None, {"pixel_values": one})[0],
    }
    with torch.inference_mode():
        vectors = {name: np.concatenate([run(one) for one in inputs]) for name, run in runs.items()}
        spent: dict[str, list[Clocks]] = {name: [] for name in runs}
        for number in range(rounds):
            for name, run in runs.items():
                spent[name].append(_timed(run, inputs[number % len(inputs)]))
    if done.kept:
        print(f"{arch}: {done.kept} of {done.layers} layers stay in float32")
    found = {
        name: (_medians(clocks), least_cosine(vectors["torch fp32"], vectors[name]))
        for name, clocks in spent.items()
    }
    return found, settings


def _session(path: Path, threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _timed(run: Callable[[Any], Any], given: Any) -> Clocks:
    begin = perf_counter(), process_time()
    run(given)
    return 1000 * (perf_counter() - begin[0]), 1000 * (process_time() - begin[1])


def _medians(clocks: Sequence[Clocks]) -> Clocks:
    return median(one[0] for one in clocks), median(one[1] for one in clocks)


def _files(folder: Path | None) -> list[bytes]:
    if folder:
        return [path.read_bytes() for path in sorted(folder.glob("*.jpg"))[:20]]
    dice = np.random.default_rng(0)
    drawn = []
    for _ in range(5):
        coarse = dice.integers(0, 256, (60, 80, 3), dtype=np.uint8)
        file = BytesIO()
        Image.fromarray(coarse).resize(SIDES, Image.Resampling.BICUBIC).save(file, "JPEG")
        drawn.append(file.getvalue())
    return drawn


def _around(files: Sequence[bytes], said: dict[str, Any]) -> Clocks:
    """Return CPU milliseconds of decoding a file and of preparing its picture."""
    settings = of_open_clip(said)
    read, prepare = [], []
    for file in files:
        begin = process_time()
        image = decode(file, min_side=max(settings.size)).image
        between = process_time()
        pixels(image, settings)
        read.append(1000 * (between - begin))
        prepare.append(1000 * (process_time() - between))
    return median(read), median(prepare)


if __name__ == "__main__":
    main()
