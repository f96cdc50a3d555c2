"""The web page: whole, and the parts of it that change while a conversation goes on."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from agent.profile import profiles
from app.library.library import faults, names
from app.server.api.request_context import InHouse, PictureId, Session, User
from app.server.api.sessions import improving
from app.server.contract.errors import UNABLE, NotFoundError
from app.server.contract.requests import TurnIn
from app.server.contract.responses import hit_out
from app.server.http.events import told
from app.server.page import views
from app.server.security.access import COOKIE, WRONG, cookie_of, place_here
from app.server.security.sign_ins import A_MONTH, id_of
from app.server.state.open_sessions import Talk
from app.server.state.server_state import House
from app.terminal.command_errors import one_line

router = APIRouter(include_in_schema=False)
LISTED = 50  # conversations
Goal = Annotated[str, Query(alias="next")]


@router.get("/", response_class=HTMLResponse)
async def blank(house: InHouse, collection: str = "") -> str:
    """Return the page before anything was said."""
    if collection:
        house.desks.check(collection)

    def work() -> str:
        wrong = faults()
        chosen, shown = _newest(house, [collection] if collection else names(), wrong)
        empty = {"talk": "", "chips": "", "question": "", "undo": "", "results": shown}
        return _page(house, chosen, "", empty, wrong)

    return await house.work.run(work)


@router.get("/s/{session}", response_class=HTMLResponse)
async def resumed(session: Session, house: InHouse, user: User) -> str:
    """Return the page of a conversation."""
    talk = await house.find(user, session)

    def work() -> str:
        wrong = faults()
        if talk.collection not in names():
            wrong[talk.collection] = "it is gone; what was said can be read and exported"
        return _page(house, talk.collection, talk.name, views.parts(house, talk), wrong)

    return await house.work.run(work)


@router.get("/page/sessions", response_class=HTMLResponse)
async def kept(house: InHouse, user: User, session: str = "") -> str:
    """Return the conversations continued last, for the menu; `session` is the one on the page."""

    def work() -> str:
        listed = house.talks.summaries(user, most=LISTED)
        return views.html("kept.html", sessions=listed, session=session)

    return await house.work.run(work)


@router.post("/page/{session}/turns")
async def turn(session: Session, asked: TurnIn, house: InHouse, user: User) -> Response:
    """Say or do something; the parts of the page come as events, each better than the last."""
    talk = await house.find(user, session)
    found = improving(house, user, talk, asked)
    return await told(
        (
            kind,
            json.dumps(views.parts(house, talk, turn=one if kind == "better" else None)),
        )
        async for kind, one in found
    )


@router.get("/page/{session}/pictures/{picture}", response_class=HTMLResponse)
async def large(session: Session, picture: PictureId, house: InHouse, user: User) -> str:
    """Return a picture that is on the screen, large, with its why."""
    talk = await house.find(user, session)
    shown = talk.session.current.shown
    if picture not in shown:
        raise NotFoundError(f"picture {picture} is not on the screen")
    return _large(house, talk, shown.index(picture) + 1)


@router.get("/login", response_class=HTMLResponse)
async def login(house: InHouse, user: User, goal: Goal = "", wrong: bool = False) -> Response:
    """Ask for the token, of whom is not in already."""
    if user or not house.settings.tokens:
        return RedirectResponse(place_here(goal), status_code=303)
    return HTMLResponse(views.html("login.html", wrong=wrong))


@router.post("/login", response_class=HTMLResponse)
async def enter(
    request: Request, house: InHouse, token: Annotated[str, Form()], goal: Goal = ""
) -> Response:
    """Let the owner of a token in, for a month, to the page that was asked for.

    A browser that brings a wrong one is led back to the form, so that Back never sends it again.
    The cookie comes with links of other sites that a person follows, and with nothing else of them.
    """
    cookie = house.sign_ins.begin(token.strip())
    if cookie is None and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"{WRONG}&next={quote(goal, safe='')}", status_code=303)
    if cookie is None:
        return HTMLResponse(views.html("login.html", wrong=True), status_code=401)
    answer = RedirectResponse(place_here(goal), status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, cookie, max_age=A_MONTH, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/logout")
async def leave(request: Request, house: InHouse, user: User) -> Response:
    """End this browser's sign-in, here and on the server."""
    house.sign_ins.end(user, [id_of(cookie_of(request.headers))])
    answer = RedirectResponse("/login", status_code=303, headers={"clear-site-data": '"cache"'})
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _large(house: House, talk: Talk, position: int) -> str:
    roots = house.desks.roots(talk.collection)
    hit = hit_out(talk.session.hit(position), talk.collection, roots)
    return views.large(hit)


def _newest(house: House, among: Sequence[str], wrong: dict[str, str]) -> tuple[str, str]:
    """Return the first collection that can be shown, with its newest pictures; else nothing.

    What is wrong with others joins what is known of it.
    """
    for name in among:
        if name not in wrong:
            try:
                return name, views.newest(house, name)
            except UNABLE as error:
                wrong[name] = one_line(error)
    return "", ""


def _page(
    house: House,
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
        stages=list(house.desks.stages),
        profiles=profiles(),
        folders=[str(folder) for folder in house.settings.folders],
        parts=filled,
        signed_in=bool(house.settings.tokens),
    )
