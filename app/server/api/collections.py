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
from app.server.api.request_context import ERRORS, CollectionName, SharedState, User
from app.server.contract.bodies import Name, Sent
from app.server.contract.cursors import cursor
from app.server.contract.errors import ConflictError
from app.server.contract.requests import DEEPEST, SearchIn
from app.server.contract.responses import SearchOut, hit_out, plain
from app.server.contract.versions import PREFIX
from app.server.http.events import EVENTS, event_stream
from app.server.jobs.index_job_state import IndexJob
from app.server.state.server_state import ServerState
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
def collections(page_in: Page, state: SharedState) -> CollectionsOut:
    """List the collections by name."""
    shown, paged = page(names(), page_in, lambda name: [name])
    return CollectionsOut(collections=[_collection(name, state) for name in shown], **paged)


@router.get("/choices")
def choices(state: SharedState) -> Choices:
    """List the stages and the profiles."""
    known = {name: one.about for name, one in profiles().items()}
    return Choices(stages=list(state.collections.stages), profiles=known)


@router.get("/collections/{collection}")
def one_collection(collection: CollectionName, state: SharedState) -> CollectionOut:
    """Say what a collection holds."""
    state.collections.check(collection)
    return _collection(collection, state)


@router.delete("/collections/{collection}", status_code=204)
async def remove(collection: CollectionName, state: SharedState) -> None:
    """Delete a collection: its records, captions and vectors. The pictures stay."""
    state.jobs.refuse_busy(collection)
    await state.work.run(lambda: state.collections.remove(collection))


@router.post("/collections/{collection}/search")
async def search(
    collection: CollectionName, body: SearchIn, state: SharedState, user: User
) -> SearchOut:
    """Search once, through all stages."""
    examples = [state.uploads.path(user, one) for one in body.examples]
    query, shown = body.query(examples), body.shown()

    def work() -> SearchOut:
        opened = state.collections.opened(collection)
        state.collections.check_pictures(collection, like=body.like, unlike=body.unlike)
        deep = len(shown) + body.k + 1  # one more, to know whether the list goes on
        found = state.collections.way(collection, body.stages).pipeline.find(query, deep).sound()
        seen = set(shown)
        new = [hit for hit in found.hits if hit.picture.id not in seen]
        hits = [replace(hit, rank=at) for at, hit in enumerate(new[: body.k], len(shown) + 1)]
        ids = [*shown, *(hit.picture.id for hit in hits)]
        roots = opened.collection.roots()
        return SearchOut(
            hits=[hit_out(hit, collection, roots) for hit in hits],
            next=cursor(ids) if len(new) > body.k and len(ids) <= DEEPEST else None,
            rewritten="" if found.query == query else worded(found.query),
            doubt=found.doubt,
            lost=[plain(reason) or "" for reason in found.lost],
            seconds=dict(found.seconds),
        )

    return await state.work.run(work)


@router.post("/collections/{collection}/index", status_code=202)
async def index(
    collection: Name, body: IndexIn, state: SharedState, user: User, idempotency_key: Key = ""
) -> JobOut:
    """Begin to index; what is done is kept if it is stopped, and the same request goes on."""
    request = (collection, body.folder, body.profile)

    def begin() -> IndexJob:
        return state.jobs.begin(*request, forget_missing=body.forget_missing, user=user)

    return _job(state.repeats.job(user, idempotency_key, (*request, body.forget_missing), begin))


@router.get("/jobs")
async def jobs(state: SharedState, user: User, page_in: Page) -> JobsOut:
    """List the jobs that you began, the latest first."""
    shown, paged = page(state.jobs.all(user), page_in, lambda job: [-job.number])
    return JobsOut(jobs=[_job(job) for job in shown], **paged)


@router.get("/jobs/{number}")
async def job(number: int, state: SharedState, user: User) -> JobOut:
    """Say how far a job of yours has come."""
    return _job(state.jobs.find(number, user))


@router.get("/jobs/{number}/events", responses=EVENTS, response_class=Response)
async def job_events(number: int, state: SharedState, user: User) -> Response:
    """Tell a job's progress as it comes: events `job`, the last one when it is over."""
    found = state.jobs.find(number, user)
    return await event_stream(
        ("job", _job(now).model_dump_json()) async for now in state.jobs.watch(found)
    )


@router.delete("/jobs/{number}", status_code=202)
async def stop(number: int, state: SharedState, user: User) -> JobOut:
    """Stop a job of yours after the step it is at; what is committed stays."""
    found = state.jobs.find(number, user)
    if found.over:
        raise ConflictError(f"job {number} is over")
    found.stop()
    return _job(found)


def _collection(name: str, state: ServerState) -> CollectionOut:
    indexing = state.jobs.at_work_on(name)
    try:
        with checked(name) as collection:
            return CollectionOut(
                name=name,
                pictures=len(collection),
                encoder=collection.encoder,
                folders=[printable(root.name) for root in collection.roots()],
                indexing=indexing,
            )
    except CollectionError as error:
        return CollectionOut(name=name, indexing=indexing, error=plain(str(error)) or "")


def _job(job: IndexJob) -> JobOut:
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
