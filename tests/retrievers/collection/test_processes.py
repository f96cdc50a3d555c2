"""Several processes at one collection, and a process that is stopped or has no room to write."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from retrievers.collection.storage.errors import CollectionBusy
from retrievers.collection.writer import CollectionWriter
from retrievers.maintenance.doctor import examine
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.encoders import ColourEncoder
from tests.retrievers.folders import contents, empty, paint, painted, run

SEARCH = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
from retrievers.collection.collection import Collection
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.encoders import ColourEncoder

encoder, searches = ColourEncoder(), 0
searcher = Searcher(Collection.open(Path(sys.argv[1])), encoder)
print("begin", flush=True)
while not Path(sys.argv[2]).exists():
    if searches % 3 == 0:  # one that has mapped nothing yet
        searcher = Searcher(Collection.open(Path(sys.argv[1])), encoder)
    hits = searcher.search(Query(wanted=("red",)), 5)
    for hit in hits:  # the record must belong to the vector that was found
        with Image.open(hit.picture.path) as image:
            mine = encoder.encode_images([image])[0] @ encoder.encode_texts(["red"])[0]
        assert abs(mine - hit.why.scores["vector"]) < 1e-4, (hit, mine)
    searches += bool(hits)
print(searches)
"""
INDEX = """
import resource, sys
from pathlib import Path
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from tests.encoders import ColourEncoder

collection = Collection.open(Path(sys.argv[1]))
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), -1))
print("begin", flush=True)
report = sync(collection, ColourEncoder(), Path(sys.argv[2]), batch=4)
print("stopped" if report.stopped else "done")
"""


def start(script: str, *arguments: object) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout and child.stdout.readline() == "begin\n"
    return child


def test_searches_are_right_while_another_process_indexes_and_compacts(tmp_path: Path) -> None:
    collection, folder, end = empty(tmp_path / "c"), painted(tmp_path / "p", 40), tmp_path / "end"
    run(collection, folder)
    searching = start(SEARCH, collection.folder, end)
    try:
        for number in range(40, 160):
            paint(folder / f"{number}.png", number)
            run(collection, folder)
            row = collection.db.execute("SELECT min(row) FROM pictures").fetchone()
            with CollectionWriter(
                collection
            ) as writer:  # the file stays, so that the searcher can look at it
                writer.remove(row)
                assert writer.compact() >= 1
    finally:
        end.touch()
        out, error = searching.communicate(timeout=30)
    assert searching.returncode == 0, error
    assert int(out) > 0
    assert len(list(collection.folder.glob("vectors-*"))) == 1


def test_a_second_writer_is_refused_by_name_of_the_first(tmp_path: Path) -> None:
    collection, folder = empty(tmp_path / "c"), painted(tmp_path / "p")
    script = (
        "import sys; from pathlib import Path; from retrievers.collection.collection import "
        "Collection;"
        "from retrievers.collection.writer import CollectionWriter;"
        "w = CollectionWriter(Collection.open(Path(sys.argv[1]))); print('begin', flush=True); "
        "sys.stdin.read()"
    )
    other = start(script, collection.folder)
    with pytest.raises(CollectionBusy, match=f"is being written by process {other.pid}"):
        run(collection, folder)
    other.kill()
    other.communicate()
    assert run(collection, folder).encoded == 5  # the lock died with its holder


def test_ctrl_c_at_any_moment_ends_cleanly_and_the_next_run_goes_on(tmp_path: Path) -> None:
    folder, chance, ends = painted(tmp_path / "p", 250), random.Random(3), set()
    collection = empty(tmp_path / "c")
    for _ in range(12):
        child = start(INDEX, collection.folder, folder)
        time.sleep(chance.uniform(0, 0.12))
        child.send_signal(signal.SIGINT)
        out, error = child.communicate(timeout=30)
        assert out.strip() in ("stopped", "done") or error.rstrip().endswith("KeyboardInterrupt")
        ends.add(out.strip())
        assert len(contents(collection)) == len(collection)
        if out.strip() == "done":
            for path in chance.sample(sorted(folder.iterdir()), 120):
                paint(path, chance.randrange(10**6))
    assert "stopped" in ends
    run(collection, folder)
    whole = empty(tmp_path / "whole")
    run(whole, folder)
    assert contents(collection) == contents(whole)


@pytest.mark.parametrize("limit", [9_000, 100_000, 400_000])
def test_a_full_disk_is_one_clear_line_and_loses_nothing(tmp_path: Path, limit: int) -> None:
    collection, folder = empty(tmp_path / "c"), painted(tmp_path / "p", 60)
    child = start(INDEX, collection.folder, folder, limit)
    out, error = child.communicate()
    kept = contents(collection)
    if limit < 400_000:
        assert out == ""
        assert "CollectionError" in error.splitlines()[-1]
        assert "cannot be written" in error.splitlines()[-1]
        assert "what was committed is kept" in error.splitlines()[-1]
    assert run(collection, folder).unchanged == len(kept)
    assert kept.items() <= contents(collection).items()
    assert (len(collection), examine(collection.folder)) == (60, [])
    found = Searcher(collection, ColourEncoder()).search(Query(wanted=("red",)), 60)
    assert np.isfinite([hit.score for hit in found]).all() and len(found) == 60
