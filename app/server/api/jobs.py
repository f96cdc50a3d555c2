"""Jobs in the background: how far they have come, and stopping them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from app.output.printable import printable
from app.server.api.auth_schemes import KEYS
from app.server.api.paging import Page, Paged, page
from app.server.api.request_context import ERRORS, SharedState, User
from app.server.contract.errors import ConflictError
from app.server.contract.responses import plain
from app.server.contract.versions import PREFIX
from app.server.http.events import EVENTS, event_stream
from app.server.jobs.index_job_state import IndexJob

router = APIRouter(prefix=PREFIX, tags=["collections"], responses=ERRORS, dependencies=KEYS)


class Away(BaseModel):
    """The folder of a drive or share that is away; its files are kept."""

    name: str
    files: int


class Unread(BaseModel):
    """A file that could not be read."""

    name: str
    reason: str


class JobOut(BaseModel):
    """How far a job has come; `total` is 0 while the files are being counted.

    In the phase `fetch`, which is an encoder's download, `done` and `total` are megabytes.
    """

    number: int
    collection: str
    kind: Literal["index", "migrate"]
    state: Literal["waiting", "running", "done", "stopped", "failed"]
    phase: str
    done: int
    total: int
    encoded: int
    failed: list[Unread]
    away: list[Away]
    others: dict[str, int] = Field(description="Files of kinds that are not opened, by their end.")
    told: list[str] = Field(description="What came of a migration, or of the choice of an encoder.")
    error: str


class JobsOut(Paged):
    """Your jobs that are remembered, the latest first."""

    jobs: list[JobOut]


Key = Annotated[
    str,
    Header(max_length=255, description="A request sent again with its key begins no second job."),
]


@router.get("/jobs")
async def jobs(state: SharedState, user: User, page_in: Page) -> JobsOut:
    """List the jobs that you began, the latest first."""
    shown, paged = page(state.jobs.all(user), page_in, lambda job: [-job.number])
    return JobsOut(jobs=[job_out(job) for job in shown], **paged)


@router.get("/jobs/{number}")
async def job(number: int, state: SharedState, user: User) -> JobOut:
    """Say how far a job of yours has come."""
    return job_out(state.jobs.find(number, user))


@router.get("/jobs/{number}/events", responses=EVENTS, response_class=Response)
async def job_events(number: int, state: SharedState, user: User) -> Response:
    """Tell a job's progress as it comes: events `job`, the last one when it is over."""
    found = state.jobs.find(number, user)
    return await event_stream(
        ("job", job_out(now).model_dump_json()) async for now in state.jobs.watch(found)
    )


@router.delete("/jobs/{number}", status_code=202)
async def stop(number: int, state: SharedState, user: User) -> JobOut:
    """Stop a job of yours after the step it is at; what is committed stays."""
    found = state.jobs.find(number, user)
    if found.over:
        raise ConflictError(f"job {number} is over")
    found.stop()
    return job_out(found)


def job_out(job: IndexJob) -> JobOut:
    """Say how far a job has come."""
    now = job.progress
    return JobOut(
        number=job.number,
        collection=job.collection,
        kind=job.kind,
        state=job.state,
        phase=now.phase if now else "",
        done=now.done if now else 0,
        total=now.total if now else 0,
        encoded=job.encoded,
        failed=[Unread(name=printable(name), reason=reason) for name, reason in job.failed],
        away=[Away(name=printable(name), files=held) for name, held in job.away.items()],
        others=dict(job.others),
        told=[plain(line) or "" for line in job.told],
        error=plain(job.error) or "",
    )
