"""The browsers that are signed in as you: which there are, and signing them out."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from app.server.api.auth_schemes import KEYS
from app.server.api.paging import Page, Paged, page
from app.server.api.request_context import ERRORS, SharedState, User
from app.server.contract.errors import NotFoundError
from app.server.contract.versions import PREFIX
from app.server.security.access import cookie_of
from app.server.security.sign_ins import id_of

router = APIRouter(
    prefix=f"{PREFIX}/sign-ins", tags=["sign-ins"], responses=ERRORS, dependencies=KEYS
)
Named = Annotated[str, Path(max_length=64, description="An id, or `this`: the request's own.")]


class SignInOut(BaseModel):
    """A browser that is signed in; `this` is the one that asks."""

    id: str
    since: datetime
    this: bool


class SignInsOut(Paged):
    """Browsers that are signed in, the latest first."""

    sign_ins: list[SignInOut]


@router.get("")
def sign_ins(request: Request, state: SharedState, user: User, page_in: Page) -> SignInsOut:
    """List where you are signed in, the latest first. A server without tokens has none."""
    own = id_of(cookie_of(request.headers))
    shown, paged = page(state.sign_ins.of(user), page_in, lambda one: [-one.since, one.id])
    listed = [
        SignInOut(id=one.id, since=datetime.fromtimestamp(one.since, UTC), this=one.id == own)
        for one in shown
    ]
    return SignInsOut(sign_ins=listed, **paged)


@router.delete("", status_code=204)
def end_all(state: SharedState, user: User) -> None:
    """Sign out everywhere. Tokens go on being taken."""
    state.sign_ins.end(user, [one.id for one in state.sign_ins.of(user)])


@router.delete("/{sign_in}", status_code=204)
def end(sign_in: Named, request: Request, state: SharedState, user: User) -> None:
    """Sign one browser out."""
    meant = id_of(cookie_of(request.headers)) if sign_in == "this" else sign_in
    if not state.sign_ins.end(user, [meant]):
        raise NotFoundError(f"no sign-in {sign_in!r} of yours")
