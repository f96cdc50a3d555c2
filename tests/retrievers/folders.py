"""Folders of small pictures, and what a collection holds of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.collection.sync.sync_report import SyncReport
from retrievers.hit import Picture
from tests.encoders import ColourEncoder


def paint(path: Path, seed: int, size: tuple[int, int] = (24, 16)) -> Path:
    """Write a picture whose bytes and colours depend on the seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


def painted(root: Path, n: int = 5) -> Path:
    """Write n pictures, 0.png and so on, into a folder; returns it."""
    for seed in range(n):
        paint(root / f"{seed}.png", seed)
    return root


def empty(folder: Path) -> Collection:
    encoder = ColourEncoder()
    return Collection.create(folder, encoder=encoder.name, dim=encoder.dim)


def run(collection: Collection, folder: Path, **options: bool) -> SyncReport:
    return sync(collection, ColourEncoder(), folder, batch=2, **options)  # type: ignore[arg-type]


def contents(collection: Collection) -> dict[str, tuple[Picture, str, list[float]]]:
    """Everything a collection holds, by picture, whatever the order of its rows."""
    rows = [row for (row,) in collection.db.execute("SELECT DISTINCT row FROM files")]
    words = dict(collection.db.execute("SELECT rowid, names FROM words"))
    vectors = collection.vectors()
    return {
        picture.id: (picture, words[row], vectors[row].round(6).tolist())
        for row, picture in zip(rows, collection.pictures(rows), strict=True)
    }
