"""Migrations are killed at random moments: what is searched is whole, always and by anybody."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from retrievers.collection.collection import Collection
from retrievers.collection.migration.migrate import migrate
from retrievers.collection.sync.sync import sync
from retrievers.collection.writer import CollectionWriter
from retrievers.encoder import Encoder
from retrievers.maintenance.doctor import examine
from retrievers.recorded_files import recorded_image
from tests.encoders import BareColourEncoder, ColourEncoder, TurnedColourEncoder
from tests.retrievers.folders import empty, paint

KILLS = 20
PICTURES = 160
ENCODERS = [ColourEncoder(), BareColourEncoder(), TurnedColourEncoder()]
BY_NAME: dict[str, Encoder] = {one.name: one for one in ENCODERS}
MIGRATE = """
import sys
from pathlib import Path
from retrievers.collection.collection import Collection
from retrievers.collection.migration.lacking import unfinished
from retrievers.collection.migration.migrate import migrate
from tests.retrievers.collection.migration.test_migration_kill import BY_NAME, after

collection = Collection.open(Path(sys.argv[1]))
print("begin", flush=True)
while True:
    side = unfinished(collection)
    target = BY_NAME[side.target.encoder] if side else after(collection.encoder)
    migrate(collection, target, batch=4)
"""
SEARCH = """
import sys
from pathlib import Path
from retrievers.collection.collection import Collection
from retrievers.query import Query
from retrievers.recorded_files import recorded_image
from retrievers.search.searcher import Searcher
from tests.retrievers.collection.migration.test_migration_kill import BY_NAME

collection, searches, seen = Collection.open(Path(sys.argv[1])), 0, set()
print("begin", flush=True)
while not Path(sys.argv[2]).exists():
    if searches % 5 == 4:
        collection = Collection.open(Path(sys.argv[1]))
    with collection.one_state():  # as doors open it
        encoder = BY_NAME[collection.encoder]
        searcher = Searcher(collection, encoder, pictures_by=encoder.name)
    for hit in searcher.search(Query(wanted=("red",)), 5):
        image = recorded_image(hit.picture, min_side=encoder.image_size)
        mine = encoder.encode_images([image])[0] @ encoder.encode_texts(["red"])[0]
        assert abs(mine - hit.why.scores["vector"]) < 1e-4, (encoder.name, hit, mine)
        searches += 1
    seen.add(encoder.name)
print(searches, len(seen))
"""


def after(name: str) -> Encoder:
    """The next of three in a circle, so that no vectors are kept of a target."""
    names = [one.name for one in ENCODERS]
    return ENCODERS[(names.index(name) + 1) % len(names)]


def start(script: str, *arguments: object) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout and child.stdout.readline() == "begin\n"
    return child


def whole(collection: Collection) -> set[str]:
    """Every generation that is kept holds its encoder's own vectors; returns the pictures."""
    with collection.one_state():
        kept = [collection.generation(), collection.previous()]
        rows = [row for (row,) in collection.db.execute("SELECT row FROM pictures")]
        pictures = collection.pictures(rows)
        for one in filter(None, kept):
            encoder, vectors = BY_NAME[one.encoder], collection.rows_in(one)
            held = [at for at, row in enumerate(rows) if row < one.rows]
            images = [recorded_image(pictures[at], min_side=encoder.image_size) for at in held]
            mine = vectors[[rows[at] for at in held]]
            loss = 0.01 if one.form == "int8" else 1e-3 if one.form == "float16" else 1e-5
            np.testing.assert_allclose(mine, encoder.encode_images(images), atol=loss)
            assert one is not kept[0] or len(held) == len(rows)
    return {one.id for one in pictures}


def test_20_kills_leave_both_generations_whole_and_no_search_fails(tmp_path: Path) -> None:
    folder, chance, end = tmp_path / "p", random.Random(11), tmp_path / "end"
    for seed in range(PICTURES):
        paint(folder / f"{seed}.png", seed, size=(16, 16))
    collection = empty(tmp_path / "c")
    sync(collection, ColourEncoder(), folder)
    begin = time.perf_counter()
    migrate(collection, after(collection.encoder), batch=4)
    span = time.perf_counter() - begin

    searching, ended, encoders = start(SEARCH, collection.folder, end), 0, set()
    known = whole(collection)
    try:
        for number in range(KILLS):
            child = start(MIGRATE, collection.folder)
            time.sleep(chance.uniform(0, 1.5 * span))
            child.send_signal(signal.SIGKILL)
            child.communicate()
            ended += child.returncode == -signal.SIGKILL
            assert whole(collection) == known
            assert searching.poll() is None, searching.communicate()[1]
            encoders.add(collection.encoder)
            if number % 5 == 4:  # from time to time there is more
                paint(folder / f"more-{number}.png", 1000 + number, size=(16, 16))
                sync(collection, BY_NAME[collection.encoder], folder)
                with CollectionWriter(collection) as writer:
                    writer.remove([collection.rows_of([min(known)])[0]])
                    writer.compact()
                known = whole(collection)
    finally:
        end.touch()
        out, error = searching.communicate(timeout=60)
    assert searching.returncode == 0, error
    searches, seen = map(int, out.split())
    assert ended == KILLS and searches > KILLS and seen >= 2 and len(encoders) >= 2
    side = [one for one in examine(collection.folder) if not one.mended]
    assert all("is unfinished" in one.what or "could not be" in one.what for one in side), side
