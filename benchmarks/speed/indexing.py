"""How fast the offline profile indexes, against a plain loop over the same network and files.

    python -m benchmarks.speed.indexing FOLDER [--pictures 200]

The plain loop is what one would write first: PIL opens, torchvision transforms, torch runs the same
network eagerly in float32, 32 pictures at a time. Needs the packages `efficientnet_lite_pytorch`
and torchvision, which `dialens[dev]` brings.
"""

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-untyped]
from PIL import Image
from rich.console import Console
from rich.table import Table
from torchvision import transforms

from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.offline.encoder import OfflineEncoder
from retrievers.offline.towers import VisionTower
from retrievers.offline.weights import VISION, locate
from retrievers.pictures import find_pictures

BATCH = 32
Spent = tuple[float, float]
"""Seconds of wall time and of CPU time, all threads together."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="pictures that PIL opens")
    parser.add_argument("--pictures", type=int, default=200)
    options = parser.parse_args(argv)
    paths = [found.path for found in find_pictures(options.folder)][: options.pictures]
    with tempfile.TemporaryDirectory() as folder:
        copies = Path(folder) / "pictures"
        copies.mkdir()
        files = [Path(shutil.copy(path, copies / path.name)) for path in paths]
        rows = {
            "plain loop (torch, float32, 32 at a time)": plain_loop(files),
            "dialens index": indexed(copies, Path(folder) / "collection"),
            "the network's own forward, in dialens": forward_only(files),
        }
    table = Table(
        "what", "pictures/s", "of the plain loop", "CPU ms", title=f"{len(files)} pictures"
    )
    plain, index, forward = rows.values()
    for name, (wall, cpu) in rows.items():
        rate, slow = len(files) / wall, len(files) / plain[0]
        table.add_row(name, f"{rate:.1f}", f"{rate / slow:.2f}x", f"{1000 * cpu / len(files):.1f}")
    console = Console()
    console.print(table)
    console.print(
        f"over the network's own forward: {index[0] / forward[0] - 1:.0%} of wall time,"
        f" {index[1] / forward[1] - 1:.0%} of CPU time"
    )


def plain_loop(files: Sequence[Path]) -> Spent:
    """Time the loop."""
    network = EfficientNet.from_name("efficientnet-lite2").eval()
    network.load_state_dict(torch.load(locate(VISION), weights_only=True))
    prepare = transforms.Compose(
        [
            transforms.Resize((260, 260)),
            transforms.ToTensor(),
            transforms.Normalize([127 / 255] * 3, [128 / 255] * 3),
        ]
    )
    begin = clocks()
    for start in range(0, len(files), BATCH):
        batch = [prepare(Image.open(f).convert("RGB")) for f in files[start : start + BATCH]]
        with torch.inference_mode():
            network(torch.stack(batch))
    return since(begin)


def indexed(folder: Path, collection: Path) -> Spent:
    """Time a whole sync, its conversions made before."""
    encoder = OfflineEncoder()
    encoder.encode_images([Image.new("RGB", (300, 300))])
    opened = Collection.create(collection, encoder=encoder.name, dim=encoder.dim)
    begin = clocks()
    sync(opened, encoder, folder)
    return since(begin)


def forward_only(files: Sequence[Path]) -> Spent:
    """Time the same session and threads on ready pixels."""
    tower = VisionTower()
    ready = np.random.default_rng(0).integers(0, 255, (1, 260, 260, 3), dtype=np.uint8)
    list(tower.forward([ready]))
    begin = clocks()
    list(tower.forward([ready] * len(files)))
    return since(begin)


def clocks() -> Spent:
    """Read both clocks."""
    return perf_counter(), process_time()


def since(begin: Spent) -> Spent:
    """Return what both clocks have counted since."""
    return perf_counter() - begin[0], process_time() - begin[1]


if __name__ == "__main__":
    main()
