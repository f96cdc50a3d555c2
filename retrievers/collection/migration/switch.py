"""The commit that turns a collection to other vectors, and what is dropped afterwards.

The new generation's file is on the disk before one transaction turns to it; the one that was in use
stays beside it, so that the way back is as short.
"""

import sqlite3
from collections.abc import Collection as SizedIterable
from collections.abc import Iterable, Sequence

import numpy as np

from retrievers.collection.collection import FORM, PREVIOUS, Collection
from retrievers.collection.compaction import next_number
from retrievers.collection.migration.lacking import SWITCHED, LivePicture, live
from retrievers.collection.migration.side_files import SideFiles
from retrievers.collection.migration.target_vectors import TargetVectors
from retrievers.collection.recall_kept import RECALL, drawn, recall_kept
from retrievers.collection.record.homeless_pictures import drop_homeless
from retrievers.collection.storage.generation import Generation
from retrievers.collection.storage.records_file import set_facts
from retrievers.collection.storage.vectors_file import append_rows, sync_folder
from retrievers.collection.transaction import transaction
from retrievers.collection.writer import CollectionWriter

_CHUNK = 4096


def switch(writer: CollectionWriter, side: SideFiles, *, drop: SizedIterable[str] = ()) -> None:
    """Search the target's vectors from now on; its side files go.

    Args:
        writer: of the collection; nothing is lacking any more but what is dropped.
        side: the target's vectors.
        drop: pictures that leave the collection, by id.
    """
    collection, target = writer.collection, side.target
    used = collection.generation()
    new = Generation(
        number=next_number(collection),
        rows=used.rows,
        encoder=target.encoder,
        spec=target.spec,
        dim=target.dim,
        form=target.form,
    )
    pictures = [one for one in live(collection) if one.id not in drop]
    vectors = TargetVectors(collection, side)
    _write(collection, new, vectors, pictures)
    recall = recall_kept(vectors.of(drawn(pictures)), new.form)
    previous = collection.previous()
    with transaction(collection):
        _drop(collection.db, drop)
        returns = previous is not None and previous.encoder == new.encoder != used.encoder
        _swap_pixels(collection.db, side, returns=returns)
        facts = {"encoder": new.encoder, "spec": new.spec, "dim": new.dim, FORM: new.form}
        facts |= {"generation": new.number, SWITCHED: target.mark, RECALL: recall.to_json()}
        set_facts(collection.db, {**facts, PREVIOUS: used.to_json()})
    SideFiles.remove(collection.folder)
    writer.drop_leftovers()


def forget(writer: CollectionWriter) -> Generation | None:
    """Drop the vectors of the encoder before; returns what they were."""
    collection = writer.collection
    previous = collection.previous()
    if previous:
        with transaction(collection):
            forget_previous(collection.db)
        writer.drop_leftovers()
    return previous


def forget_previous(db: sqlite3.Connection) -> None:
    """Say that there are none, inside a transaction of the caller's."""
    db.execute("DELETE FROM facts WHERE key = ?", (PREVIOUS,))
    db.execute("DELETE FROM former_pixels")


def _write(
    collection: Collection, new: Generation, source: TargetVectors, pictures: Sequence[LivePicture]
) -> None:
    """Write a file with the pictures' vectors in their rows; those of no picture are zeros."""
    path = new.path(collection.folder)
    path.unlink(missing_ok=True)
    rows = np.array([one.row for one in pictures], dtype=np.int64)
    for start in range(0, max(new.rows, 1), _CHUNK):
        block = np.zeros((min(_CHUNK, new.rows - start), new.dim), dtype=np.float32)
        first, last = np.searchsorted(rows, [start, start + len(block)])
        block[rows[first:last] - start] = source.of(pictures[first:last])
        append_rows(path, start, block, new.form)
    sync_folder(collection.folder)


def _drop(db: sqlite3.Connection, ids: Iterable[str]) -> None:
    db.executemany(
        "DELETE FROM files WHERE row IN (SELECT row FROM pictures WHERE id = ?)",
        [(one,) for one in ids],
    )
    drop_homeless(db)


def _swap_pixels(db: sqlite3.Connection, side: SideFiles, *, returns: bool) -> None:
    """Know pictures again by what the new encoder sees of them, and keep what the other one saw.

    If it returns to the encoder before, that is what was kept.
    """
    seen = [(digest, one.decode("ascii", "replace")) for one, digest in side.pixels().items()]
    if returns:
        known = db.execute(
            "SELECT former_pixels.pixels, id FROM former_pixels JOIN pictures USING (row)"
        )
        seen = [*known.fetchall(), *seen]
    db.execute("DELETE FROM former_pixels")
    db.execute("INSERT INTO former_pixels SELECT row, pixels FROM pictures")
    db.executemany("UPDATE pictures SET pixels = ? WHERE id = ?", seen)
