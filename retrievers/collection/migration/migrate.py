"""Move a collection to another encoder: it is searched as before until one commit turns it.

Vectors are encoded beside the collection (`build`), which others may search and write meanwhile;
at the end what was added is caught up with, and the collection turns to them (`switch`). A run that
ends at any moment, however, is gone on with by the next one.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from retrievers.collection.collection import Collection
from retrievers.collection.migration.build import Build
from retrievers.collection.migration.lacking import is_over, lacking, unfinished
from retrievers.collection.migration.side_files import SideFiles, Target
from retrievers.collection.migration.switch import forget as forget_previous
from retrievers.collection.migration.switch import switch
from retrievers.collection.storage.errors import CollectionBusy, CollectionError
from retrievers.collection.storage.generation import Generation
from retrievers.collection.storage.lock import MigrationLock
from retrievers.collection.storage.vector_forms import Form
from retrievers.collection.sync.sync import BATCH
from retrievers.collection.sync.sync_report import SyncProgress
from retrievers.collection.writer import CollectionWriter
from retrievers.concurrency.cancellation import Stop
from retrievers.encoder import Encoder
from retrievers.pictures import UnreadablePicture

OFTEN = 0.2  # seconds between looks whether another writer is done

Choose = Callable[[SideFiles], bool]
"""Whether to turn to vectors that are complete."""


@dataclass(slots=True)
class MigrationReport:
    """What a run did.

    Attributes:
        switched: the collection is searched with the target's vectors now.
        encoded: pictures that went through the encoder.
        missing: pictures without a vector, with the reason; they left the collection if it
            switched, else they are why it did not.
        refused: `choose` did not want the vectors, which are kept.
        stopped: it was told to stop; the next run goes on.
        seconds: in all.
    """

    switched: bool = False
    encoded: int = 0
    missing: list[UnreadablePicture] = field(default_factory=list)
    refused: bool = False
    stopped: bool = False
    seconds: float = 0.0


def migrate(
    collection: Collection,
    encoder: Encoder,
    *,
    spec: str = "",
    vectors: Form | None = None,
    drop_missing: bool = False,
    choose: Choose = lambda side: True,
    batch: int = BATCH,
    on_progress: Callable[[SyncProgress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> MigrationReport:
    """Encode every picture with another encoder, and search with that from then on.

    Captions, texts, tags, ids and files stay. Vectors of the encoder before are kept until
    `forget`, and those that are kept of the target already are not encoded again.

    Args:
        collection: the collection, which other processes may search and index meanwhile.
        encoder: the target.
        spec: how to open that encoder again.
        vectors: in how many bytes they are kept; None: as those in use. The encoder may be the
            collection's own then, and fewer bytes need no encoding.
        drop_missing: go on without the pictures that have no vector, as their file is not there:
            they leave the collection, and come back when they are indexed again.
        choose: asked once, when all is encoded, whether to turn to it.
        batch: pictures that are written together.
        on_progress: told after every batch, and while another process is waited for.
        should_stop: asked between whole steps.

    Raises:
        CollectionBusy: another process migrates the collection.
        CollectionError: it has that encoder already, a migration to another one is unfinished, or
            something cannot be written.
    """
    begin, report, stop = perf_counter(), MigrationReport(), Stop(should_stop)
    with _alone(collection):
        side = _begun(collection, encoder, spec or encoder.name, vectors)
        build = Build(collection, encoder, side, batch=batch, on_progress=on_progress, stop=stop)
        asked = False
        while not (report.switched or report.refused):
            build()
            report.missing = list(build.missing.values())
            if stop() or (build.missing and not drop_missing):
                break
            if not asked and not choose(side):
                report.refused = True
            asked = True
            if not report.refused and not stop():
                report.switched = _switched(collection, side, build, on_progress, stop)
        report.encoded, report.stopped = build.encoded, stop.requested and not report.switched
    report.seconds = perf_counter() - begin
    return report


def give_up(collection: Collection) -> Target | None:
    """Drop what an unfinished migration has encoded; returns where it led, if there was one.

    Raises:
        CollectionBusy: another process is at it.
    """
    with _alone(collection):
        try:
            side = unfinished(collection)
        finally:
            SideFiles.remove(collection.folder)
    return side.target if side else None


def forget(collection: Collection) -> Generation | None:
    """Drop the vectors of the encoder before; returns what they were, if there were some.

    Raises:
        CollectionBusy: another process writes or migrates the collection.
    """
    with _alone(collection), CollectionWriter(collection) as writer:
        return forget_previous(writer)


@contextmanager
def _alone(collection: Collection) -> Iterator[None]:
    lock = MigrationLock(collection.folder)
    try:
        yield
    finally:
        lock.release()


def _begun(collection: Collection, encoder: Encoder, spec: str, vectors: Form | None) -> SideFiles:
    """Go on with the migration to this encoder, or begin it."""
    side = SideFiles.open(collection.folder)
    if side and is_over(collection, side):
        SideFiles.remove(collection.folder)
        side = None
    used = collection.generation()
    form = vectors or (side.target.form if side else used.form)
    if (used.encoder, used.form) == (encoder.name, form):
        told = f"collection {collection.name!r} has the vectors of {encoder.name}"
        raise CollectionError(f"{told}, as {form}")
    if side is None:
        target = Target(encoder=encoder.name, spec=spec, dim=encoder.dim, form=form)
        return SideFiles.begin(collection.folder, target)
    named = side.target.encoder, side.target.dim, side.target.form
    if named != (encoder.name, encoder.dim, form):
        name = collection.name
        raise CollectionError(
            f"collection {name!r} is on its way to {side.target.encoder}; go on with `dialens"
            f" migrate {name}`, or drop that: `dialens migrate {name} --give-up`"
        )
    return side


def _switched(
    collection: Collection,
    side: SideFiles,
    build: Build,
    on_progress: Callable[[SyncProgress], None],
    stop: Stop,
) -> bool:
    """Turn to the vectors as the only writer, unless pictures were added since."""
    with _writing(collection, on_progress, stop) as writer:
        if writer is None:
            return False
        left = {one.id for one in lacking(collection, side)}
        if not left <= build.missing.keys():
            return False
        switch(writer, side, drop=left)
        return True


@contextmanager
def _writing(
    collection: Collection, on_progress: Callable[[SyncProgress], None], stop: Stop
) -> Iterator[CollectionWriter | None]:
    """Wait until nobody else writes; None if it should stop before."""
    begin = perf_counter()
    while not stop():
        try:
            writer = CollectionWriter(collection)
        except CollectionBusy:
            on_progress(SyncProgress("wait", 0, 0, 0, perf_counter() - begin))
            time.sleep(OFTEN)
            continue
        with writer:
            yield writer
        return
    yield None
