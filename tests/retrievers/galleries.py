"""A collection of records of all kinds, without pictures behind them."""

from datetime import datetime
from pathlib import Path

import numpy as np

from retrievers.collection.collection import Collection
from retrievers.collection.record.batch import Batch, FileRecord, PictureRecord
from retrievers.collection.writer import CollectionWriter
from tests.encoders import ColourEncoder


def gallery(tmp_path: Path, n: int = 40) -> Collection:
    """All vectors are equal."""
    collection = Collection.create(tmp_path / "c", encoder=ColourEncoder.name, dim=32)
    chance = np.random.default_rng(5)
    batch = Batch()
    for number in range(n):
        digest = f"{number:064x}"[::-1]
        width, height = (int(side) for side in chance.integers(1, 60, 2))
        taken = datetime(2000 + number % 25, 1 + number % 12, 1 + number % 28, 12)
        batch.pictures.append(
            PictureRecord(
                sha256=digest,
                width=width,
                height=height if number % 5 else width,
                bytes=1,
                taken=taken if number % 4 else None,
                camera=["Apple iPhone 12", "ŽENIT Ωmega", None][number % 3],
            )
        )
        batch.vectors.append(ColourEncoder().encode_texts(["red"])[0])
        below = f"{['Trips', 'home/trips', 'x'][number % 3]}/{number % 7}.png"
        batch.files.append(
            FileRecord(tmp_path / f"{number}-{below}", tmp_path, below, digest, 1, 1)
        )
    with CollectionWriter(collection) as writer:
        writer.set_root(tmp_path, include=[], exclude=[])
        writer.commit(batch)
        for row in range(0, n, 3):
            writer.describe(row, tags=["Sea", "boat"] if row % 2 else ["sea"])
    return collection
