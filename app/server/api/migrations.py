"""Moving a collection to another encoder, and dropping the vectors of the one before."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from agent.profile import Profile, ProfileError
from agent.profile import profile as profile_named
from app.migration.migrating import MigrationWish
from app.server.api.auth_schemes import KEYS
from app.server.api.jobs import JobOut, Key, job_out
from app.server.api.request_context import ERRORS, CollectionName, SharedState, User
from app.server.contract.bodies import Sent
from app.server.contract.errors import NotFoundError
from app.server.contract.versions import PREFIX
from app.server.jobs.index_job_state import IndexJob
from retrievers.collection.migration.migrate import forget as forget_previous

router = APIRouter(prefix=PREFIX, tags=["collections"], responses=ERRORS, dependencies=KEYS)


class MigrateIn(Sent):
    """Where a collection is to move; without either, it goes on where it is on its way to."""

    profile: str = Field("", max_length=100, description="Of its encoder.")
    vectors: Literal["float32", "float16", "int8"] | None = Field(
        None, description="In how many bytes a number is kept; without a profile, of what is there."
    )
    back: bool = Field(False, description="To the encoder before, whose vectors are kept.")
    keep: Literal["better", "new", "old"] = Field(
        "better", description="Of two, the encoder that finds more of the labelled pictures."
    )
    drop_missing: bool = Field(
        False, description="Go on without pictures whose files are not there: they leave."
    )


@router.post("/collections/{collection}/migrate", status_code=202)
async def migrate(
    collection: CollectionName,
    body: MigrateIn,
    state: SharedState,
    user: User,
    idempotency_key: Key = "",
) -> JobOut:
    """Begin to encode the pictures with another encoder; the collection is searched meanwhile.

    It turns to the new vectors when all are there. What is encoded is kept if it is stopped, and
    the same request goes on.
    """
    wish = MigrationWish(
        models=_profile(body.profile) if body.profile else None,
        vectors=body.vectors,
        back=body.back,
        keep=body.keep,
        drop_missing=body.drop_missing,
    )

    def begin() -> IndexJob:
        return state.jobs.migrate(collection, wish, user=user)

    return job_out(state.repeats.job(user, idempotency_key, (collection, "migrate", wish), begin))


@router.delete("/collections/{collection}/previous", status_code=204)
async def forget(collection: CollectionName, state: SharedState) -> None:
    """Drop the vectors of the encoder before, which a move could return to."""
    state.jobs.refuse_busy(collection, "migrate")
    state.collections.check(collection)

    def work() -> None:
        if forget_previous(state.collections.opened(collection).collection) is None:
            raise NotFoundError(f"collection {collection!r} keeps no vectors of an encoder before")

    await state.work.run(work)


def _profile(name: str) -> Profile:
    try:
        return profile_named(name)
    except ProfileError as error:
        raise NotFoundError(str(error), field="profile") from error
