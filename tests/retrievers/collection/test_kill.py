"""Indexing is killed at random moments; what was committed stays, and the end is the same."""

import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.maintenance.doctor import examine
from tests.encoders import ColourEncoder
from tests.retrievers.folders import contents, paint

KILLS = 25
PICTURES = 450
INDEX = """
import sys
from pathlib import Path
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from tests.encoders import ColourEncoder
collection = Collection.open(Path(sys.argv[1]))
print("begin", flush=True)
sync(collection, ColourEncoder(), Path(sys.argv[2]), batch=4)
"""


def start(collection: Path, folder: Path) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen(
        [sys.executable, "-c", INDEX, str(collection), str(folder)], stdout=subprocess.PIPE
    )
    assert child.stdout and child.stdout.readline() == b"begin\n"
    return child


def test_25_kills_lose_nothing_committed_and_end_as_an_uninterrupted_run(tmp_path: Path) -> None:
    folder, chance = tmp_path / "pictures", random.Random(7)
    for seed in range(PICTURES):
        paint(folder / f"d{seed % 7}" / f"{seed}.png", seed, size=(16, 16))
    encoder = ColourEncoder()
    whole = Collection.create(tmp_path / "whole", encoder=encoder.name, dim=encoder.dim)
    begin = time.perf_counter()
    sync(whole, encoder, folder, batch=4)
    span = time.perf_counter() - begin

    killed = tmp_path / "killed"
    Collection.create(killed, encoder=encoder.name, dim=encoder.dim).close()
    committed: set[str] = set()
    ended = 0
    for number in range(KILLS):
        if number % 5 == 4:  # from time to time there is work again
            for path in chance.sample(sorted(folder.rglob("*.png")), 40):
                path.touch()
                paint(path, chance.randrange(10**6), size=(16, 16))
        child = start(killed, folder)
        time.sleep(chance.uniform(0, span / 3))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        ended += child.returncode == -signal.SIGKILL
        opened = Collection.open(killed)
        now = contents(opened)  # every record is readable and has its vector
        on_disk = {sha256(path.read_bytes()).hexdigest()[:16] for path in folder.rglob("*.png")}
        assert committed & on_disk <= set(now), "a committed picture was lost"
        assert len(opened.vectors()) >= len(opened)
        committed = set(now)
        opened.close()
    assert ended >= KILLS // 2, "most runs were over before the kill; index more pictures"

    last = Collection.open(killed)
    sync(last, encoder, folder, batch=4)
    again = Collection.create(tmp_path / "again", encoder=encoder.name, dim=encoder.dim)
    sync(again, encoder, folder, batch=4)
    assert contents(last) == contents(again)
    last.close()
    assert [found.what for found in examine(killed) if "belong to pictures" not in found.what] == []
