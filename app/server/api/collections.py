"""Collections, searching them once, and indexing in the background."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from agent.profile import profiles
from agent.stages.pipeline import worded
from app.library.library import checked, names
from app.output.printable import printable
from app.server.api.auth_schemes import KEYS
from app.server.api.paging import Page, Paged, page
from app.server.api.request_context import ERRORS, Collection, InHouse, User
from app.server.contract.cursors import cursor
from app.server.contract.errors import ConflictError
from app.server.contract.requests import DEEPEST, Name, SearchIn, Sent
from app.server.contract.responses import SearchOut, hit_out, plain
from app.server.contract.versions import PREFIX
from app.server.http.events import EVENTS, told
from app.server.jobs.index_job import Job
from app.server.state.server_state import House
from retrievers.collection.storage.errors import CollectionError

router = APIRouter(prefix=PREFIX, tags=["collections"], responses=ERRORS, dependencies=KEYS)


class CollectionOut(BaseModel):
    """A collection; `error` says why it cannot be opened."""

    name: str
    pictures: int = 0
    encoder: str = ""
    folders: list[str] = []
    indexing: bool = Field(False, description="Somebody's index job is at work on it, or waits.")
    error: str = ""


class CollectionsOut(Paged):
    """Collections by name."""

    collections: list[CollectionOut]


class Choices(BaseModel):
    """What can be chosen: stages of a search, profiles of new collections."""

    stages: list[str]
    profiles: dict[str, str]


class IndexIn(Sent):
    """A folder to make the collection of; without one, it is brought in step with its own."""

    folder: str = Field("", max_length=4096)
    profile: str = Field("", max_length=100)
    forget_missing: bool = Field(False, description="Drop what lay on drives that are away, too.")


class Away(BaseModel):
    """The folder of a drive or share that is away; its files are kept."""

    name: str
    files: int


class Unread(BaseModel):
    """A file that could not be read."""

    name: str
    reason: str


class JobOut(BaseModel):
    """How far an index job has come; `total` is 0 while the files are being counted."""

    number: int
    collection: str
    state: Literal["waiting", "running", "done", "stopped", "failed"]
    phase: str
    done: int
    total: int
    encoded: int
    failed: list[Unread]
    away: list[Away]
    others: dict[str, int] = Field(description="Files of kinds that are not opened, by their end.")
    error: str


class JobsOut(Paged):
    """Your index jobs that are remembered, the latest first."""

    jobs: list[JobOut]


Key = Annotated[
    str,
    Header(max_length=255, description="A request sent again with its key begins no second job."),
]


@router.get("/collections")
def collections(asked: Page, house: InHouse) -> CollectionsOut:
    """List the collections by name."""
    shown, paged = page(names(), asked, lambda name: [name])
    return CollectionsOut(collections=[_collection(name, house) for name in shown], **paged)


@router.get("/choices")
def choices(house: InHouse) -> Choices:
    """List the stages and the profiles."""
    known = {name: one.about for name, one in profiles().items()}
    return Choices(stages=list(house.desks.stages), profiles=known)


@router.get("/collections/{collection}")
def one_collection(collection: Collection, house: InHouse) -> CollectionOut:
    """Say what a collection holds."""
    house.desks.check(collection)
    return _collection(collection, house)


@router.delete("/collections/{collection}", status_code=204)
async def remove(collection: Collection, house: InHouse) -> None:
    """Delete a collection: its records, captions and vectors. The pictures stay."""
    house.jobs.refuse_busy(collection)
    await house.work.run(lambda: house.desks.remove(collection))


@router.post("/collections/{collection}/search")
async def search(collection: Collection, asked: SearchIn, house: InHouse, user: User) -> SearchOut:
    """Search once, through all stages."""
    examples = [house.uploads.path(user, one) for one in asked.examples]
    query, shown = asked.query(examples), asked.shown()

    def work() -> SearchOut:
        desk = house.desks.desk(collection)
        house.desks.check_pictures(collection, like=asked.like, unlike=asked.unlike)
        deep = len(shown) + asked.k + 1  # one more, to know whether the list goes on
        found = house.desks.way(collection, asked.stages).pipeline.find(query, deep).sound()
        seen = set(shown)
        new = [hit for hit in found.hits if hit.picture.id not in seen]
        hits = [replace(hit, rank=at) for at, hit in enumerate(new[: asked.k], len(shown) + 1)]
        ids = [*shown, *(hit.picture.id for hit in hits)]
        roots = desk.store.roots()
        return SearchOut(
            hits=[hit_out(hit, collection, roots) for hit in hits],
            next=cursor(ids) if len(new) > asked.k and len(ids) <= DEEPEST else None,
            rewritten="" if found.query == query else worded(found.query),
            doubt=found.doubt,
            lost=[plain(reason) or "" for reason in found.lost],
            seconds=dict(found.seconds),
        )

    return await house.work.run(work)


@router.post("/collections/{collection}/index", status_code=202)
async def index(
    collection: Name, asked: IndexIn, house: InHouse, user: User, idempotency_key: Key = ""
) -> JobOut:
    """Begin to index; what is done is kept if it is stopped, and the same request goes on."""
    request = (collection, asked.folder, asked.profile)

    def begin() -> Job:
        return house.jobs.begin(*request, forget_missing=asked.forget_missing, user=user)

    return _job(house.repeats.job(user, idempotency_key, (*request, asked.forget_missing), begin))


@router.get("/jobs")
async def jobs(house: InHouse, user: User, asked: Page) -> JobsOut:
    """List the jobs that you began, the latest first."""
    shown, paged = page(house.jobs.all(user), asked, lambda job: [-job.number])
    return JobsOut(jobs=[_job(job) for job in shown], **paged)


@router.get("/jobs/{number}")
async def job(number: int, house: InHouse, user: User) -> JobOut:
    """Say how far a job of yours has come."""
    return _job(house.jobs.find(number, user))


@router.get("/jobs/{number}/events", responses=EVENTS, response_class=Response)
async def job_events(number: int, house: InHouse, user: User) -> Response:
    """Tell a job's progress as it comes: events `job`, the last one when it is over."""
    found = house.jobs.find(number, user)
    return await told(("job", _job(now).model_dump_json()) async for now in house.jobs.watch(found))


@router.delete("/jobs/{number}", status_code=202)
async def stop(number: int, house: InHouse, user: User) -> JobOut:
    """Stop a job of yours after the step it is at; what is committed stays."""
    found = house.jobs.find(number, user)
    if found.over:
        raise ConflictError(f"job {number} is over")
    found.stop()
    return _job(found)


def _collection(name: str, house: House) -> CollectionOut:
    indexing = house.jobs.at_work_on(name)
    try:
        with checked(name) as store:
            return CollectionOut(
                name=name,
                pictures=len(store),
                encoder=store.encoder,
                folders=[printable(root.name) for root in store.roots()],
                indexing=indexing,
            )
    except CollectionError as error:
        return CollectionOut(name=name, indexing=indexing, error=plain(str(error)) or "")


def _job(job: Job) -> JobOut:
    now = job.progress
    return JobOut(
        number=job.number,
        collection=job.collection,
        state=job.state,
        phase=now.phase if now else "",
        done=now.done if now else 0,
        total=now.total if now else 0,
        encoded=job.encoded,
        failed=[Unread(name=printable(name), reason=reason) for name, reason in job.failed],
        away=[Away(name=printable(name), files=held) for name, held in job.away.items()],
        others=dict(job.others),
        error=plain(job.error) or "",
    )
