"""Collections, searching them once, and beginning to index them."""

from dataclasses import replace
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from agent.profile import profiles
from agent.stages.pipeline import worded
from app.library.library import checked, names
from app.library.migration_state import migration_state
from app.output.printable import printable
from app.server.api.auth_schemes import KEYS
from app.server.api.jobs import JobOut, Key, job_out
from app.server.api.paging import Page, Paged, page
from app.server.api.request_context import ERRORS, CollectionName, SharedState, User
from app.server.contract.bodies import Name, Sent
from app.server.contract.cursors import cursor
from app.server.contract.requests import DEEPEST, SearchIn
from app.server.contract.responses import SearchOut, hit_out, plain
from app.server.contract.versions import PREFIX
from app.server.jobs.index_job_state import IndexJob
from app.server.state.server_state import ServerState
from retrievers.collection.storage.errors import CollectionError

router = APIRouter(prefix=PREFIX, tags=["collections"], responses=ERRORS, dependencies=KEYS)


class MigrationOut(BaseModel):
    """A move to another encoder that is unfinished."""

    encoder: str
    done: int = Field(description="Pictures that have the new encoder's vectors.")
    total: int
    running: bool = Field(description="A process is at it, this server or another.")


class CollectionOut(BaseModel):
    """A collection; `error` says why it cannot be opened."""

    name: str
    pictures: int = 0
    encoder: str = ""
    folders: list[str] = []
    indexing: bool = Field(False, description="Somebody's index job is at work on it, or waits.")
    migrating: bool = Field(False, description="Likewise a job that moves it.")
    migration: MigrationOut | None = None
    previous: str = Field(default="", description="The encoder before, whose vectors are kept.")
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
    vectors: Literal["float32", "float16", "int8"] | None = Field(
        None, description="In how many bytes a new collection keeps a number of its vectors."
    )
    forget_missing: bool = Field(False, description="Drop what lay on drives that are away, too.")


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
            doubt=found.remarks,
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
    options = (body.forget_missing, body.vectors)

    def begin() -> IndexJob:
        return state.jobs.begin(
            *request, forget_missing=body.forget_missing, vectors=body.vectors, user=user
        )

    return job_out(state.repeats.job(user, idempotency_key, (*request, *options), begin))


def _collection(name: str, state: ServerState) -> CollectionOut:
    indexing = state.jobs.at_work_on(name, "index")
    migrating = state.jobs.at_work_on(name, "migrate")
    try:
        with checked(name) as collection:
            moves = migration_state(collection)
            previous = moves["previous"]
            return CollectionOut(
                name=name,
                pictures=len(collection),
                encoder=collection.encoder,
                folders=[printable(root.name) for root in collection.roots()],
                indexing=indexing,
                migrating=migrating,
                migration=moves["migration"],
                previous=previous["encoder"] if previous else "",
            )
    except CollectionError as error:
        wrong = plain(str(error)) or ""
        return CollectionOut(name=name, indexing=indexing, migrating=migrating, error=wrong)
