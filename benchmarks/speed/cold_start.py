"""How long a person waits: `dialens --help`, and a cold search of 10,000 pictures, against torch.

Run: python -m benchmarks.speed.cold_start
The collection is made of random unit vectors; every run is a process of its own, best of five.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from time import perf_counter

import numpy as np

from agent.stages.absence import prepare
from retrievers.collection.collection import Collection
from retrievers.collection.record.batch import Batch, FileRecord, PictureRecord
from retrievers.collection.writer import CollectionWriter
from retrievers.encoders.load import load_encoder
from retrievers.files.home import dialens_home
from retrievers.search.searcher import Searcher

RUNS = 5
DIALENS = [sys.executable, "-m", "app.cli"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=10_000)
    pictures = parser.parse_args().pictures
    _, helping = best([*DIALENS, "--help"])
    print(f"dialens --help                    {helping:6.2f} s of CPU")
    with tempfile.TemporaryDirectory() as home:
        models = dialens_home() / "models"  # converted before, or now by the first search
        models.mkdir(parents=True, exist_ok=True)
        (Path(home) / "models").symlink_to(models, target_is_directory=True)
        os.environ["DIALENS_HOME"] = home
        fill(Path(home) / "collections" / "many", pictures)
        search = [*DIALENS, "search", "a boat at dusk", "--json"]
        first, _ = best(search, runs=1)
        searching, _ = best(search)
        print(
            f"dialens search, {pictures:,} pictures {searching:8.2f} s   (the first {first:.2f} s)"
        )
    torch, _ = best([sys.executable, "-c", "import torch"])
    print(f'python -c "import torch"         {torch:7.2f} s   ({searching / torch:.0%} of it)')


def best(command: list[str], *, runs: int = RUNS) -> tuple[float, float]:
    """Return the least wall time and the least CPU time of the runs, in seconds."""
    walls, cpus = [], []
    for _ in range(runs):
        before, start = os.times(), perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        walls.append(perf_counter() - start)
        after = os.times()
        cpus.append(sum(after[2:4]) - sum(before[2:4]))
    return min(walls), min(cpus)


def fill(folder: Path, pictures: int) -> None:
    """Make a collection of records with random vectors, without any file behind them."""
    encoder = load_encoder("offline")
    rows = np.random.default_rng(0).standard_normal((pictures, encoder.dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    folder.parent.mkdir(parents=True)
    root = folder / "pictures"
    batch = Batch(vectors=list(rows))
    for number in range(pictures):
        below, sha = f"{number % 100}/{number}.jpg", hashlib.sha256(b"%d" % number).hexdigest()
        batch.pictures.append(PictureRecord(sha, 640, 480, 100_000))
        batch.files.append(FileRecord(root / below, root, below, sha, 100_000, number))
    with (
        closing(
            Collection.create(folder, encoder=encoder.name, dim=encoder.dim, spec="offline")
        ) as collection,
        CollectionWriter(collection) as writer,
    ):
        writer.set_root(root, include=(), exclude=())
        writer.commit(batch)
        prepare(Searcher(collection, encoder))  # as `dialens index` does at its end


if __name__ == "__main__":
    main()
