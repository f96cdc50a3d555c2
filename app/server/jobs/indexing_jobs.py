"""Indexing in the background: one job at a time, its progress to be asked for, its end clean.

A job that is stopped keeps what it committed; the same request goes on from there.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from agent.profile import DEFAULT, Profile, ProfileError
from agent.profile import profile as profile_named
from agent.stages.absence import prepare as prepare_doubt
from app.library.indexing import open_or_make
from app.library.library import NAME, locate, names, place
from app.library.query_options import encoder_of
from app.server.contract.errors import (
    ConflictError,
    FullError,
    NotFoundError,
    TooLargeError,
    UnfitError,
)
from app.server.jobs.index_folders import allowed, known
from app.server.jobs.index_job_state import IndexJob
from app.server.operation.worker_pool import WorkerPool
from app.server.security.quotas import made_by, note_maker
from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.sync.sync import sync
from retrievers.collection.sync.sync_report import SyncProgress, SyncReport
from retrievers.encoder import EncoderError
from retrievers.search.searcher import Searcher

LOG = logging.getLogger("dialens.server")
REMEMBERED = 100  # jobs, the latest
PLACES = 9  # jobs that run or wait
ASK_AGAIN = 60  # seconds after which one of many jobs may be over


class JobQueue:
    """Index folders, one after the other.

    Args:
        folders: new collections are made of these and of those below them.
        each: collections that one of several users may make; such a one takes half of the places.
    """

    def __init__(self, folders: tuple[Path, ...], *, each: int | None = None) -> None:
        self.each = each
        self.folders = tuple(folder.resolve() for folder in folders)
        self._jobs: dict[int, IndexJob] = {}
        self._numbers = count(1)
        self._pool = WorkerPool("index", workers=1, waiting=PLACES - 1)

    def begin(
        self,
        collection: str,
        folder: str = "",
        profile: str = "",
        *,
        forget_missing: bool = False,
        user: str = "",
    ) -> IndexJob:
        """Index a folder as a new collection, or bring a collection in step with its folders.

        With `forget_missing`, what lay on drives and shares that are away is dropped.

        Raises:
            ConflictError: the collection is being indexed.
            ForbiddenError: a folder is not one of those that may be indexed.
            FullError: too many jobs wait.
            NotFoundError: there is no such collection, folder or profile.
            UnfitError: no collection can have that name, or it has no folder and none is named.
        """
        self.refuse_busy(collection)
        _check_name(collection)
        self._refuse_greedy(user, collection)
        models = _models(profile, collection) if folder else None
        if folder:
            folders: tuple[Path, ...] = (allowed(folder, self.folders),)
        elif collection in names():
            folders = known(_folders(collection), self.folders)
        else:
            raise NotFoundError(f"no collection {collection!r}; name a folder to make it of")
        job = IndexJob(next(self._numbers), collection, folders, forget_missing=forget_missing)
        job.user = user

        def work() -> None:
            if not job.begin():
                return
            try:
                new = collection not in names()
                with closing(open_or_make(collection, models, folders[0])) as opened:
                    if new and user:
                        note_maker(user, collection)
                    _run(job, opened)
            except (CollectionError, EncoderError, OSError, ValueError) as error:
                job.state, job.error = "failed", str(error)
            except Exception:
                LOG.exception("indexing broke", extra={"collection": collection})
                job.state, job.error = "failed", "something unforeseen; the log has it"

        there = collection in names()
        self._pool.start(work)
        if folder and there:
            _remember(collection, models, folders[0])
        self._jobs[job.number] = job
        for number in [n for n, one in self._jobs.items() if one.over][:-REMEMBERED]:
            del self._jobs[number]
        return job

    def _refuse_greedy(self, user: str, collection: str) -> None:
        own = sum(not job.over and job.user == user for job in self._jobs.values())
        if self.each is None:
            return
        if own >= PLACES // 2:
            raise FullError(ASK_AGAIN)
        if collection not in names() and len(made_by(user, names())) + own >= self.each:
            remedy = "delete one: DELETE /api/v1/collections/NAME"
            raise TooLargeError(f"you made {self.each} collections; {remedy}")

    def refuse_busy(self, collection: str) -> None:
        """ConflictError if the collection is being indexed, or waits for it."""
        if self.at_work_on(collection):
            raise ConflictError(f"collection {collection!r} is being indexed already")

    def at_work_on(self, collection: str) -> bool:
        """Whether the collection is being indexed, or waits for it, whoever began that."""
        return any(job.collection == collection and not job.over for job in self._jobs.values())

    def find(self, number: int, user: str) -> IndexJob:
        """Return a job of the user's; NotFoundError if there is none of that number."""
        job = self._jobs.get(number)
        if job is None or job.user != user:
            raise NotFoundError(f"no job {number}")
        return job

    def all(self, user: str) -> list[IndexJob]:
        """Return the user's jobs that are remembered."""
        return [job for job in self._jobs.values() if job.user == user]

    async def watch(self, job: IndexJob) -> AsyncIterator[IndexJob]:
        """Yield a job whenever it has come further, and at its end."""
        told = None
        while not job.over:
            now = (job.state, job.progress)
            if now != told:
                told = now
                yield job
            await asyncio.sleep(0.2)
        yield job

    def stop(self) -> None:
        """Stop what waits at once, and what runs after its batch."""
        for job in self._jobs.values():
            job.stop()

    async def close(self, *, within: float) -> None:
        """Stop, and wait for what runs."""
        self.stop()
        await self._pool.close(within=within)


def _folders(collection: str) -> tuple[Path, ...]:
    with closing(Collection.open(locate(collection))) as opened:
        if folders := tuple(opened.roots()):
            return folders
    raise UnfitError(f"must be named: collection {collection!r} has none yet", field="folder")


def _remember(collection: str, models: Profile | None, folder: Path) -> None:
    """Note the folder now, so that it is not lost if the job is stopped before it begins."""
    with suppress(CollectionError), closing(open_or_make(collection, models)) as opened:
        opened.add_root(folder)  # what is wrong with the collection, the job says


def _check_name(collection: str) -> None:
    if collection in names():
        return
    try:
        place(collection)
    except ValueError as error:
        told = str(error).removeprefix(f"{NAME} ")  # which the field says
        raise UnfitError(told, field="collection") from error


def _models(profile: str, collection: str) -> Profile | None:
    """Return what to make a collection with; one that is there keeps what it was made with."""
    if not profile and collection in names():
        return None
    try:
        return profile_named(profile or DEFAULT)
    except ProfileError as error:
        raise NotFoundError(str(error)) from error


def _run(job: IndexJob, collection: Collection) -> None:
    encoder = encoder_of(collection)

    def told(progress: SyncProgress) -> None:
        job.progress = progress

    for folder in job.folders:
        if job.stopping:
            break
        report = sync(
            collection,
            encoder,
            folder,
            forget_missing=job.forget_missing,
            on_progress=told,
            should_stop=lambda: job.stopping,
        )
        _noted(job, report)
    if job.encoded and not job.stopping:
        prepare_doubt(Searcher(collection, encoder))
    job.state = "stopped" if job.stopping else "done"


def _noted(job: IndexJob, report: SyncReport) -> None:
    job.encoded += report.encoded
    job.others.update(report.others)
    job.failed += [(one.path.name, one.reason) for one in report.failed]
    job.away |= {folder.name: held for folder, held in report.away.items()}
