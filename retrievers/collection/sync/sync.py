"""Bring a collection in step with a folder: read what is new, follow what moved, drop what is gone.

Files are compared by path, size and time of change; a file that looks unchanged is not opened. A
content that the collection knows is not encoded again, wherever it now lies. Every batch is
committed on its own, so a kill loses at most the batch in flight and the next run goes on.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Collection as SizedIterable
from contextlib import AbstractContextManager
from itertools import takewhile
from pathlib import Path
from time import perf_counter
from typing import Literal, TypeVar

import numpy as np
from PIL.Image import Image

from retrievers.collection.collection import Collection
from retrievers.collection.recall_kept import RECALL, K, Sample, told_recall
from retrievers.collection.record.batch import (
    Batch,
    FailureRecord,
    FileRecord,
    PictureRecord,
    SaidRecord,
)
from retrievers.collection.record.rewritten_files import with_pixels
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.records_file import set_facts
from retrievers.collection.sync.changes import Changes, Look, beside_stamp, changes
from retrievers.collection.sync.mount_boundaries import remember
from retrievers.collection.sync.sync_report import SyncProgress, SyncReport
from retrievers.collection.sync.unopened_kinds import keep_others
from retrievers.collection.sync.volumes import Volumes
from retrievers.collection.writer import CollectionWriter
from retrievers.concurrency.cancellation import Stop
from retrievers.concurrency.prefetch import batches
from retrievers.encoder import Encoder, Vectors
from retrievers.pictures import (
    FoundFile,
    ReadPicture,
    UnreadablePicture,
    read_facts,
    read_picture,
)
from retrievers.pictures.decoding.decoders import Decoders
from retrievers.pictures.folders.walk import Sidecar
from retrievers.pictures.reading_ahead import reading_ahead
from retrievers.usable_vectors import encoded, unusable, usable

T = TypeVar("T")
BATCH = 64


def sync(
    collection: Collection,
    encoder: Encoder,
    root: Path,
    *,
    include: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    only: SizedIterable[Path] | None = None,
    retry_failed: bool = False,
    forget_missing: bool = False,
    follow_links: bool | None = None,
    batch: int = BATCH,
    on_progress: Callable[[SyncProgress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Make the collection hold what the folder holds now.

    Args:
        collection: the collection.
        encoder: must be the one that the collection was made with.
        root: a folder; several may be synced into one collection, one after the other.
        include: globs, remembered with the root; None takes those remembered.
        exclude: likewise.
        only: the files that may be taken, absolute; not remembered. None: all.
        retry_failed: open files again that could not be read and look unchanged.
        forget_missing: drop also the pictures of drives and shares that are away, and those of a
            folder that holds none any more.
        follow_links: take what links lead to that leave the folder, too; remembered with the root,
            None takes what is remembered.
        batch: pictures per commit.
        on_progress: told after every batch.
        should_stop: asked between whole steps, from the first look into the folder on; what is
            committed by then stays, and the next sync goes on from there.

    Raises:
        CollectionError: the encoder is not the collection's, or the folder is not there; nothing
            was changed.
        CollectionBusy: another process is writing.
    """
    root = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow a linked root
    with CollectionWriter(collection) as writer:
        if encoder.name != collection.encoder:  # only now can it not change any more
            raise CollectionError(
                f"collection {collection.name!r} was made with {collection.encoder}, not "
                f"{encoder.name}; move it: dialens migrate {collection.name}, or give another"
                " --name to index the folder with this one, too"
            )
        now = _Sync(writer, encoder, root, batch, on_progress, Stop(should_stop))
        kept_include, kept_exclude = collection.globs(root)
        return now.run(
            Look(
                include=kept_include if include is None else include,
                exclude=kept_exclude if exclude is None else exclude,
                only=only,
                retry_failed=retry_failed,
                forget_missing=forget_missing,
                follow_links=root in collection.followed()
                if follow_links is None
                else follow_links,
            )
        )


class _Sync:
    def __init__(
        self,
        writer: CollectionWriter,
        encoder: Encoder,
        root: Path,
        batch: int,
        on_progress: Callable[[SyncProgress], None],
        stop: Stop,
    ) -> None:
        self.writer, self.collection, self.encoder = writer, writer.collection, encoder
        self.root, self.batch, self.on_progress, self.stop = root, batch, on_progress, stop
        self.report, self.volumes, self.sample = SyncReport(), Volumes(), Sample()
        self.mute = deque[tuple[FoundFile, UnreadablePicture]]()  # files beside pictures
        self.leaving = set[bytes]()  # files that held something else, or are gone
        self.known = {sha for (sha,) in self.collection.db.execute("SELECT sha256 FROM pictures")}

    def run(self, look: Look) -> SyncReport:
        begin = perf_counter()
        try:
            now = self._compare(look)
            self.writer.set_root(
                self.root,
                include=look.include,
                exclude=look.exclude,
                follow_links=look.follow_links,
            )
            if not self.stop.requested:
                remember(self.collection, self.root, now.boundaries)
                keep_others(self.collection, self.root, now.others)
            self._follow(now)
        except KeyboardInterrupt:  # the user's own, where nobody asks for it by `should_stop`
            self.stop.requested = True
        self.report.stopped = self.stop.requested
        self.report.seconds = perf_counter() - begin
        return self.report

    def _follow(self, now: Changes) -> None:
        if self.stop():
            return
        self.writer.commit(Batch(failures=[self._failure(one) for one in now.failed]))
        self.writer.forget_files(now.cured)
        self.leaving = {os.fsencode(one) for one in (*now.gone, *(new.path for new in now.fresh))}
        if now.fresh:  # an encoder that waits to be loaded may go on waiting
            self._take(now.fresh)
        if now.stale:
            self._listen(now.stale)
        self._measure()
        if self.stop():
            return
        self.writer.forget_files(now.gone)
        self.writer.drop_homeless()

    def _measure(self) -> None:
        """Say how much is still found of what was encoded, if it is kept in fewer bytes."""
        form, known = self.collection.generation().form, told_recall(self.collection)
        measured = self.sample.recall(form)
        if (
            form != "float32"
            and measured.pictures > K
            and (known is None or known.pictures <= measured.pictures)
        ):
            set_facts(self.collection.db, {RECALL: measured.to_json()})

    def _compare(self, look: Look) -> Changes:
        begin = perf_counter()

        def tell(found: int) -> None:
            if found % 1000 == 0:
                self._tell("find", found, 0, begin)

        now = changes(self.collection, self.root, look, on_found=tell, should_stop=self.stop)
        self.volumes, self.report.others = now.volumes, dict(now.others)
        self.report.idle = now.idle
        self.report.found, self.report.unchanged = now.found, now.unchanged
        self.report.gone, self.report.away = len(now.gone), now.away
        self.report.failed += now.failed
        return now

    def _take(self, fresh: Sequence[FoundFile]) -> None:
        begin, done = perf_counter(), 0
        min_side = self.encoder.image_size

        def read(found: FoundFile, decoders: Decoders) -> ReadPicture | UnreadablePicture:
            try:
                return read_picture(
                    found.path,
                    min_side=min_side,
                    beside=[one.path for one in found.beside],
                    on_failure=lambda failure: self.mute.append((found, failure)),
                    decoders=decoders,
                )
            except UnreadablePicture as error:
                return error

        with self._reading(read, fresh) as reads:
            wanted = takewhile(lambda _: not self.stop(), zip(fresh, reads, strict=False))
            for some in batches(wanted, self.batch):
                if self.stop():
                    return
                self._commit(some)
                done += len(some)
                self._tell("read", done, len(fresh), begin)

    def _listen(self, stale: Sequence[FoundFile]) -> None:
        """Read anew what files say whose pixels are known."""

        def read(found: FoundFile, decoders: Decoders) -> SaidRecord | None:
            try:
                said = read_facts(
                    found.path,
                    beside=[one.path for one in found.beside],
                    on_failure=lambda failure: self.mute.append((found, failure)),
                    decoders=decoders,
                )
            except UnreadablePicture:  # gone meanwhile
                return None
            return SaidRecord(found.path, said, beside_stamp(found))

        begin, done = perf_counter(), 0
        with self._reading(read, stale) as reads:
            for some in batches(takewhile(lambda _: not self.stop(), reads), self.batch):
                said = [one for one in some if one]
                self.writer.commit(Batch(said=said, failures=self._unheard()))
                done += len(some)
                self.report.reread += sum(one is not None for one in some)
                self._tell("read", done, len(stale), begin)

    def _reading(
        self, read: Callable[[FoundFile, Decoders], T], files: Sequence[FoundFile]
    ) -> AbstractContextManager[Iterator[T]]:
        return reading_ahead(read, files, ahead=2 * self.batch, should_stop=self.stop)

    def _commit(self, some: Sequence[tuple[FoundFile, ReadPicture | UnreadablePicture]]) -> None:
        batch, images, sources = Batch(), list[Image](), list[FoundFile]()
        for found, read in some:
            if isinstance(read, UnreadablePicture):
                self._fail(batch, found, read)
                continue
            if read.sha256 in self.known or self._has_pixels(batch, read):
                self.report.known += 1
            else:
                batch.pictures.append(_picture_record(read))
                images.append(read.image)
                self.report.encoded += 1
            self.known.add(read.sha256)
            self.leaving.discard(os.fsencode(found.path))
            batch.files.append(self._file_record(found, read))
            sources.append(found)
        self._drop_bad(batch, self._vectors(batch, images), sources)
        batch.failures += self._unheard()
        self.writer.commit(batch)

    def _has_pixels(self, batch: Batch, read: ReadPicture) -> bool:
        """Take a new content with known pixels for that picture, or for one like it."""
        known = with_pixels(self.collection.db, read.pixels, self.leaving)
        if known is None:
            return False
        record, placed = _picture_record(read, like=known.row), {one.sha256 for one in batch.files}
        if known.is_free and known.row not in batch.edited and known.sha256 not in placed:
            batch.edited[known.row] = record
            self.known.discard(known.sha256)
        else:
            batch.pictures.append(record)
        return True

    def _vectors(self, batch: Batch, images: Sequence[Image]) -> Vectors:
        new = iter(encoded(self.encoder, images))
        every = [
            next(new) if one.like is None else self.collection.vectors()[one.like]
            for one in batch.pictures
        ]
        return np.array(every, dtype=np.float32).reshape(-1, self.encoder.dim)

    def _drop_bad(self, batch: Batch, vectors: np.ndarray, sources: Sequence[FoundFile]) -> None:
        """Keep the vectors that are of length 1; every file of a picture without one has failed."""
        good = usable(vectors)  # [n]
        bad = {p.sha256 for p, fine in zip(batch.pictures, good, strict=True) if not fine}
        reason = unusable(self.encoder)
        for found, file in zip(sources, batch.files, strict=True):
            if file.sha256 in bad:
                self._fail(batch, found, UnreadablePicture(found.path, reason))
        batch.vectors = list(vectors[good])
        self.sample.add(batch.vectors)
        batch.pictures = [p for p in batch.pictures if p.sha256 not in bad]
        batch.files = [file for file in batch.files if file.sha256 not in bad]
        self.known -= bad
        self.report.encoded -= len(bad)

    def _fail(self, batch: Batch, found: FoundFile, error: UnreadablePicture) -> None:
        self.report.failed.append(error)
        batch.failures.append(self._failure(error, found))

    def _unheard(self) -> list[FailureRecord]:
        """Note the files beside pictures that could not be read; two pictures may share one."""
        records = []
        while self.mute:
            found, error = self.mute.popleft()
            if all(error.path != one.path for one in self.report.failed):
                self.report.failed.append(error)
                (own,) = (one for one in found.beside if one.path == error.path)
                records.append(self._failure(error, own))
        return records

    def _failure(
        self, error: UnreadablePicture, found: FoundFile | Sidecar | None = None
    ) -> FailureRecord:
        size, mtime_ns = (found.size, found.mtime_ns) if found else (None, None)
        return FailureRecord(error.path, self.root, error.reason, size, mtime_ns)

    def _file_record(self, found: FoundFile, read: ReadPicture) -> FileRecord:
        return FileRecord(
            path=found.path,
            root=self.root,
            below=found.below,
            sha256=read.sha256,
            size=found.size,
            mtime_ns=found.mtime_ns,
            said=read.facts,
            beside=beside_stamp(found),
            volume=self.volumes.of(str(found.path)),
        )

    def _tell(self, phase: Literal["find", "read"], done: int, total: int, begin: float) -> None:
        seconds = perf_counter() - begin
        self.on_progress(SyncProgress(phase, done, total, len(self.report.failed), seconds))


def _picture_record(read: ReadPicture, like: int | None = None) -> PictureRecord:
    return PictureRecord(
        sha256=read.sha256,
        width=read.width,
        height=read.height,
        bytes=read.bytes,
        pixels=read.pixels,
        like=like,
    )
