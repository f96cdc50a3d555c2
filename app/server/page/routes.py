"""The web page: whole, and the parts of it that change while a conversation goes on.

Its buttons (like, not this, undo) become acts in `app.server.state.clicks_as_acts`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from agent.profile import default_name, profiles
from app.library.library import faults, names
from app.server.api.request_context import PictureId, SessionName, SharedState, User
from app.server.api.sessions import improving
from app.server.contract.errors import UNABLE, NotFoundError
from app.server.contract.requests import TurnIn
from app.server.contract.responses import hit_out
from app.server.http.events import event_stream
from app.server.page import views
from app.server.security.access import COOKIE, WRONG, cookie_of, place_here
from app.server.security.sign_ins import A_MONTH, id_of
from app.server.state.open_sessions import OpenSession
from app.server.state.server_state import ServerState
from app.terminal.command_errors import one_line

router = APIRouter(include_in_schema=False)
LISTED = 50  # conversations
Goal = Annotated[str, Query(alias="next")]


@router.get("/", response_class=HTMLResponse)
async def blank(state: SharedState, collection: str = "") -> str:
    """Return the page before anything was said."""
    if collection:
        state.collections.check(collection)

    def work() -> str:
        wrong = faults()
        chosen, shown = _newest(state, [collection] if collection else names(), wrong)
        empty = {"talk": "", "chips": "", "question": "", "undo": "", "results": shown}
        return _page(state, chosen, "", empty, wrong)

    return await state.work.run(work)


@router.get("/s/{session}", response_class=HTMLResponse)
async def resumed(session: SessionName, state: SharedState, user: User) -> str:
    """Return the page of a conversation."""
    open_session = await state.find(user, session)

    def work() -> str:
        wrong = faults()
        if open_session.collection not in names():
            wrong[open_session.collection] = "it is gone; what was said can be read and exported"
        return _page(
            state,
            open_session.collection,
            open_session.name,
            views.parts(state, open_session),
            wrong,
        )

    return await state.work.run(work)


@router.get("/page/sessions", response_class=HTMLResponse)
async def kept(state: SharedState, user: User, session: str = "") -> str:
    """Return the conversations continued last, for the menu; `session` is the one on the page."""

    def work() -> str:
        listed = state.sessions.summaries(user, most=LISTED)
        return views.html("kept.html", sessions=listed, session=session)

    return await state.work.run(work)


@router.post("/page/{session}/turns")
async def turn(session: SessionName, body: TurnIn, state: SharedState, user: User) -> Response:
    """Say or do something; the parts of the page come as events, each better than the last."""
    open_session = await state.find(user, session)
    found = improving(state, user, open_session, body)
    return await event_stream(
        (
            kind,
            json.dumps(views.parts(state, open_session, turn=one if kind == "better" else None)),
        )
        async for kind, one in found
    )


@router.get("/page/{session}/pictures/{picture}", response_class=HTMLResponse)
async def large(session: SessionName, picture: PictureId, state: SharedState, user: User) -> str:
    """Return a picture that is on the screen, large, with its why."""
    open_session = await state.find(user, session)
    shown = open_session.session.current.shown
    if picture not in shown:
        raise NotFoundError(f"picture {picture} is not on the screen")
    return _large(state, open_session, shown.index(picture) + 1)


@router.get("/login", response_class=HTMLResponse)
async def login(state: SharedState, user: User, goal: Goal = "", wrong: bool = False) -> Response:
    """Ask for the token, of whom is not in already."""
    if user or not state.settings.tokens:
        return RedirectResponse(place_here(goal), status_code=303)
    return HTMLResponse(views.html("login.html", wrong=wrong))


@router.post("/login", response_class=HTMLResponse)
async def enter(
    request: Request, state: SharedState, token: Annotated[str, Form()], goal: Goal = ""
) -> Response:
    """Let the owner of a token in, for a month, to the page that was asked for.

    A browser that brings a wrong one is led back to the form, so that Back never sends it again.
    The cookie comes with links of other sites that a person follows, and with nothing else of them.
    """
    cookie = state.sign_ins.begin(token.strip())
    if cookie is None and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"{WRONG}&next={quote(goal, safe='')}", status_code=303)
    if cookie is None:
        return HTMLResponse(views.html("login.html", wrong=True), status_code=401)
    answer = RedirectResponse(place_here(goal), status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, cookie, max_age=A_MONTH, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/logout")
async def leave(request: Request, state: SharedState, user: User) -> Response:
    """End this browser's sign-in, here and on the server."""
    state.sign_ins.end(user, [id_of(cookie_of(request.headers))])
    answer = RedirectResponse("/login", status_code=303, headers={"clear-site-data": '"cache"'})
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _large(state: ServerState, open_session: OpenSession, position: int) -> str:
    roots = state.collections.roots(open_session.collection)
    hit = hit_out(open_session.session.hit(position), open_session.collection, roots)
    return views.large(hit)


def _newest(state: ServerState, among: Sequence[str], wrong: dict[str, str]) -> tuple[str, str]:
    """Return the first collection that can be shown, with its newest pictures; else nothing.

    What is wrong with others joins what is known of it.
    """
    for name in among:
        if name not in wrong:
            try:
                return name, views.newest(state, name)
            except UNABLE as error:
                wrong[name] = one_line(error)
    return "", ""


def _page(
    state: ServerState,
    collection: str,
    session: str,
    filled: dict[str, str],
    wrong: Mapping[str, str],
) -> str:
    return views.html(
        "page.html",
        collection=collection,
        collections=names(),
        wrong=wrong,
        session=session,
        stages=list(state.collections.stages),
        profiles=profiles(),
        usual=default_name(),
        folders=[str(folder) for folder in state.settings.folders],
        parts=filled,
        signed_in=bool(state.settings.tokens),
        previous=_previous(state, collection) if collection not in wrong else "",
    )


def _previous(state: ServerState, collection: str) -> str:
    """Return the encoder that the collection can return to, if there is one."""
    if not collection:
        return ""
    previous = state.collections.opened(collection).collection.previous()
    return previous.encoder if previous else ""
