"""Jobs in the background, one of a kind at a time: progress to be asked for, a clean end.

A job that is stopped keeps what it committed; the same request goes on from there.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from agent.profile import Profile, ProfileError
from agent.profile import profile as profile_named
from app.library.indexing import open_or_make
from app.library.library import NAME, locate, names, place
from app.migration.migrating import MigrationWish
from app.server.contract.errors import (
    ConflictError,
    FullError,
    NotFoundError,
    TooLargeError,
    UnfitError,
)
from app.server.jobs.index_folders import allowed, known
from app.server.jobs.index_job_state import IndexJob, JobKind
from app.server.jobs.job_work import DownloadStoppedError, open_for, run_index, run_migration
from app.server.operation.worker_pool import WorkerPool
from app.server.security.quotas import made_by, note_maker
from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.vector_forms import Form
from retrievers.encoder import EncoderError

LOG = logging.getLogger("dialens.server")
REMEMBERED = 100  # jobs, the latest
PLACES = 9  # jobs that run or wait
ASK_AGAIN = 60  # seconds after which one of many jobs may be over


class JobQueue:
    """Index folders, one after the other, and move collections to other encoders, likewise.

    Args:
        folders: new collections are made of these and of those below them.
        each: collections that one of several users may make; such a one takes half of the places.
    """

    def __init__(self, folders: tuple[Path, ...], *, each: int | None = None) -> None:
        self.each = each
        self.folders = tuple(folder.resolve() for folder in folders)
        self._jobs: dict[int, IndexJob] = {}
        self._numbers = count(1)
        kinds: tuple[JobKind, ...] = ("index", "migrate")
        self._pools = {kind: WorkerPool(kind, workers=1, waiting=PLACES - 1) for kind in kinds}

    def begin(
        self,
        collection: str,
        folder: str = "",
        profile: str = "",
        *,
        forget_missing: bool = False,
        vectors: Form | None = None,
        user: str = "",
    ) -> IndexJob:
        """Index a folder as a new collection, or bring a collection in step with its folders.

        With `forget_missing`, what lay on drives and shares that are away is dropped. A new
        collection keeps its vectors in the form `vectors`.

        Raises:
            ConflictError: the collection is being indexed.
            ForbiddenError: a folder is not one of those that may be indexed.
            FullError: too many jobs wait.
            NotFoundError: there is no such collection, folder or profile.
            UnfitError: no collection can have that name, or it has no folder and none is named.
        """
        self.refuse_busy(collection, "index")
        _check_name(collection)
        self._refuse_greedy(user, collection)
        models = _models(profile) if folder else None
        if folder:
            folders: tuple[Path, ...] = (allowed(folder, self.folders),)
        elif collection in names():
            folders = known(_folders(collection), self.folders)
        else:
            raise NotFoundError(f"no collection {collection!r}; name a folder to make it of")
        job = IndexJob(next(self._numbers), collection, folders, forget_missing=forget_missing)
        job.user = user

        def work() -> None:
            new = collection not in names()
            with closing(open_for(job, models, vectors)) as opened:
                if new and user:
                    note_maker(user, collection)
                run_index(job, opened)

        there = collection in names()
        self._start(job, work)
        if folder and there:
            _remember(collection, models, folders[0])
        return job

    def migrate(self, collection: str, wish: MigrationWish, *, user: str = "") -> IndexJob:
        """Move a collection to another encoder; it can be searched and indexed meanwhile.

        Raises:
            ConflictError: the collection is being moved.
            FullError: too many jobs wait.
            NotFoundError: there is no such collection.
        """
        if collection not in names():
            raise NotFoundError(f"no collection {collection!r}")
        self.refuse_busy(collection, "migrate")
        self._refuse_greedy(user, collection)
        job = IndexJob(next(self._numbers), collection, (), user=user, kind="migrate")

        def work() -> None:
            with closing(Collection.open(locate(collection))) as opened:
                run_migration(job, opened, wish)

        self._start(job, work)
        return job

    def _start(self, job: IndexJob, work: Callable[[], None]) -> None:
        """Begin it when its turn comes; how it ends is noted on it."""

        def noted() -> None:
            if not job.begin():
                return
            try:
                work()
            except DownloadStoppedError:
                job.state = "stopped"
            except (CollectionError, EncoderError, OSError, ValueError) as error:
                job.state, job.error = "failed", str(error)
            except Exception:
                LOG.exception("a job broke", extra={"collection": job.collection})
                job.state, job.error = "failed", "something unforeseen; the log has it"

        self._pools[job.kind].start(noted)
        self._jobs[job.number] = job
        for number in [n for n, one in self._jobs.items() if one.over][:-REMEMBERED]:
            del self._jobs[number]

    def _refuse_greedy(self, user: str, collection: str) -> None:
        own = sum(not job.over and job.user == user for job in self._jobs.values())
        if self.each is None:
            return
        if own >= PLACES // 2:
            raise FullError(ASK_AGAIN)
        if collection not in names() and len(made_by(user, names())) + own >= self.each:
            remedy = "delete one: DELETE /api/v1/collections/NAME"
            raise TooLargeError(f"you made {self.each} collections; {remedy}")

    def refuse_busy(self, collection: str, *kinds: JobKind) -> None:
        """ConflictError if a job of such a kind, or of any, is at the collection, or waits."""
        for kind in kinds or ("index", "migrate"):
            if self.at_work_on(collection, kind):
                doing = "indexed" if kind == "index" else "moved to another encoder"
                raise ConflictError(f"collection {collection!r} is being {doing} already")

    def at_work_on(self, collection: str, kind: JobKind) -> bool:
        """Whether a job is at the collection, or waits for it, whoever began that."""
        return any(
            (job.collection, job.kind) == (collection, kind) and not job.over
            for job in self._jobs.values()
        )

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
        await asyncio.gather(*(pool.close(within=within) for pool in self._pools.values()))


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


def _models(profile: str) -> Profile | None:
    """Return what to make a collection with; none: what it was made with, or what is usual."""
    try:
        return profile_named(profile) if profile else None
    except ProfileError as error:
        raise NotFoundError(str(error)) from error
