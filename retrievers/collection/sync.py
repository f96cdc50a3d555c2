"""Bring a collection in step with a folder: read what is new, follow what moved, drop what is gone.

Files are compared by path, size and time of change; a file that looks unchanged is not opened. A
content that the collection knows is not encoded again, wherever it now lies. Every batch is
committed on its own, so a kill loses at most the batch in flight and the next run goes on.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Literal, TypeVar

import numpy as np
from PIL.Image import Image

from retrievers.collection.ahead import batches, read_ahead
from retrievers.collection.errors import CollectionError
from retrievers.collection.records import Batch, FailureRecord, FileRecord, PictureRecord
from retrievers.collection.store import Store
from retrievers.collection.sync_report import Progress, SyncReport
from retrievers.collection.writer import Writer
from retrievers.encoder import Encoder, EncoderError, Vectors
from retrievers.pictures import (
    FoundFile,
    ReadPicture,
    UnreadablePicture,
    find_pictures,
    read_picture,
)

T = TypeVar("T")
BATCH = 64
READERS = 2


def sync(
    store: Store,
    encoder: Encoder,
    root: Path,
    *,
    include: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    retry_failed: bool = False,
    batch: int = BATCH,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> SyncReport:
    """Make the collection hold what the folder holds now.

    Args:
        store: the collection.
        encoder: must be the one that the collection was made with.
        root: a folder; several may be synced into one collection, one after the other.
        include: globs, remembered with the root; None takes those remembered.
        exclude: likewise.
        retry_failed: open files again that could not be read and look unchanged.
        batch: pictures per commit.
        on_progress: told after every batch.

    Raises:
        CollectionError: the encoder is not the collection's, or the folder is not there; nothing
            was changed.
        CollectionBusy: another process is writing.
    """
    if encoder.name != store.encoder:
        raise CollectionError(
            f"collection {store.name!r} was made with {store.encoder}, not {encoder.name};"
            " give another --name to index the folder with this one, too"
        )
    root = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow a linked root
    with Writer(store) as writer:
        return _Sync(writer, encoder, root, batch, on_progress).run(include, exclude, retry_failed)


class _Sync:
    def __init__(
        self,
        writer: Writer,
        encoder: Encoder,
        root: Path,
        batch: int,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.writer, self.store, self.encoder = writer, writer.store, encoder
        self.root, self.batch, self.on_progress = root, batch, on_progress
        self.report = SyncReport()
        self.known = {sha for (sha,) in self.store.db.execute("SELECT sha256 FROM pictures")}

    def run(
        self,
        include: Sequence[str] | None,
        exclude: Sequence[str] | None,
        retry_failed: bool,
    ) -> SyncReport:
        begin = perf_counter()
        kept_include, kept_exclude = self.store.globs(self.root)
        include = kept_include if include is None else include
        exclude = kept_exclude if exclude is None else exclude
        failures: list[FailureRecord] = []
        fresh, gone = self._compare(include, exclude, retry_failed, failures)
        self.writer.set_root(self.root, include=include, exclude=exclude)
        try:
            self.writer.commit(Batch(failures=failures))
            if fresh:  # an encoder that waits to be loaded may go on waiting
                self._take(fresh)
            self.writer.forget_files(gone)
            self.writer.drop_homeless()
        except KeyboardInterrupt:
            self.report.stopped = True
        self.report.seconds = perf_counter() - begin
        return self.report

    def _compare(
        self,
        include: Sequence[str],
        exclude: Sequence[str],
        retry_failed: bool,
        failures: list[FailureRecord],
    ) -> tuple[list[FoundFile], list[Path]]:
        """Walk the folder; returns the files to open, and the paths that are gone."""
        begin = perf_counter()
        seen = self._recorded("files")
        tried = self._recorded("failures")
        fresh: list[FoundFile] = []

        def note(failure: UnreadablePicture) -> None:
            self.report.failed.append(failure)
            failures.append(FailureRecord(failure.path, self.root, failure.reason))

        for found in self._walk(include, exclude, note):
            self.report.found += 1
            name, state = os.fsencode(found.path), (found.size, found.mtime_ns)
            held, unreadable = seen.pop(name, None), tried.pop(name, None)
            if state == held or (state == unreadable and not retry_failed):
                self.report.unchanged += 1
            else:
                fresh.append(found)
            if self.report.found % 1000 == 0:
                self._tell("find", self.report.found, 0, begin)
        again = {os.fsencode(failure.path) for failure in failures}
        cured = [Path(os.fsdecode(name)) for name in tried if name not in again]
        return fresh, self._gone(seen, failures) + cured

    def _walk(
        self,
        include: Sequence[str],
        exclude: Sequence[str],
        note: Callable[[UnreadablePicture], None],
    ) -> Iterator[FoundFile]:
        try:
            yield from find_pictures(self.root, include, exclude, on_failure=note)
        except UnreadablePicture as error:
            raise CollectionError(f"{error}; nothing was changed") from error

    def _recorded(self, table: Literal["files", "failures"]) -> dict[bytes, tuple[int, int]]:
        """Return size and time of change by path; both None where a folder can't be listed."""
        rows = self.store.db.execute(
            f"SELECT path, size, mtime_ns FROM {table} WHERE root = ?", (os.fsencode(self.root),)
        )
        return {path: (size, mtime_ns) for path, size, mtime_ns in rows}

    def _gone(
        self, unseen: dict[bytes, tuple[int, int]], failures: Sequence[FailureRecord]
    ) -> list[Path]:
        """Return recorded files that are no more; one in a folder that can't be listed may be."""
        closed = tuple(os.fsencode(failure.path) + b"/" for failure in failures)
        gone = [name for name in unseen if not name.startswith(closed)] if closed else list(unseen)
        self.report.gone = len(gone)
        if gone and self.report.found == 0 and len(unseen) == len(gone):
            raise CollectionError(
                f"{self.root} holds no pictures any more, and the collection has {len(gone)} of"
                " its files; is the drive connected? Nothing was changed. To drop them:"
                f" dialens rm {self.store.name}"
            )
        return [Path(os.fsdecode(name)) for name in gone]

    def _take(self, fresh: Sequence[FoundFile]) -> None:
        begin, done = perf_counter(), 0
        min_side = self.encoder.image_size

        def read(found: FoundFile) -> ReadPicture | UnreadablePicture:
            try:
                return read_picture(found.path, min_side=min_side)
            except UnreadablePicture as error:
                return error

        with ThreadPoolExecutor(READERS, thread_name_prefix="reader") as readers:
            reads = read_ahead(readers, read, fresh, ahead=2 * self.batch)
            for some in batches(zip(fresh, reads, strict=True), self.batch):
                self._commit(some)
                done += len(some)
                self._tell("read", done, len(fresh), begin)

    def _commit(self, some: Sequence[tuple[FoundFile, ReadPicture | UnreadablePicture]]) -> None:
        batch, images, homes = Batch(), list[Image](), list[FoundFile]()
        for found, read in some:
            if isinstance(read, UnreadablePicture):
                self._fail(batch, found, read)
                continue
            if read.sha256 in self.known:
                self.report.known += 1
            else:
                self.known.add(read.sha256)
                batch.pictures.append(_picture_record(read))
                images.append(read.image)
                homes.append(found)
            batch.files.append(self._file_record(found, read))
        self._drop_bad(batch, self._encoded(images), homes)
        self.writer.commit(batch)
        self.report.encoded += len(batch.pictures)

    def _encoded(self, images: Sequence[Image]) -> Vectors:
        """Encode; a picture that the encoder refuses gets a row of nan and hurts no other."""
        try:
            return self.encoder.encode_images(images)
        except EncoderError:
            if len(images) == 1:
                return np.full((1, self.encoder.dim), np.nan, dtype=np.float32)
        return np.concatenate([self._encoded([image]) for image in images])

    def _drop_bad(self, batch: Batch, vectors: np.ndarray, homes: Sequence[FoundFile]) -> None:
        """Keep the vectors that are of length 1; a picture without one is a failure."""
        good = np.abs(np.linalg.norm(vectors, axis=1) - 1) < 1e-3  # [n]; False for nan
        bad = {p.sha256 for p, fine in zip(batch.pictures, good, strict=True) if not fine}
        for found, fine in zip(homes, good, strict=True):
            if not fine:
                reason = f"the encoder gave no usable vector for it ({self.encoder.name})"
                self._fail(batch, found, UnreadablePicture(found.path, reason))
        batch.vectors = list(vectors[good])
        batch.pictures = [p for p in batch.pictures if p.sha256 not in bad]
        batch.files = [file for file in batch.files if file.sha256 not in bad]
        self.known -= bad

    def _fail(self, batch: Batch, found: FoundFile, error: UnreadablePicture) -> None:
        self.report.failed.append(error)
        batch.failures.append(
            FailureRecord(found.path, self.root, error.reason, found.size, found.mtime_ns)
        )

    def _file_record(self, found: FoundFile, read: ReadPicture) -> FileRecord:
        return FileRecord(
            path=found.path,
            root=self.root,
            below=found.below,
            sha256=read.sha256,
            size=found.size,
            mtime_ns=found.mtime_ns,
        )

    def _tell(self, phase: Literal["find", "read"], done: int, total: int, begin: float) -> None:
        seconds = perf_counter() - begin
        self.on_progress(Progress(phase, done, total, len(self.report.failed), seconds))


def _picture_record(read: ReadPicture) -> PictureRecord:
    return PictureRecord(
        sha256=read.sha256,
        width=read.width,
        height=read.height,
        bytes=read.bytes,
        taken=read.taken,
        camera=read.camera,
        gps=read.gps,
    )
