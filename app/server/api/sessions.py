"""Conversations: begin, resume, name, export; turns at once or as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from agent.conversation.journal import session_files
from agent.conversation.transcript import markdown
from agent.turns.turn import Turn
from app.library import conversations
from app.pages.page import conversation_page
from app.server.api.auth_schemes import KEYS
from app.server.api.paging import Page, Paged, page
from app.server.api.request_context import ERRORS, InHouse, Session, User
from app.server.contract.requests import Renamed, SessionIn, TurnIn
from app.server.contract.responses import SessionOut, TurnOut, WholeSession, picture_out, turn_out
from app.server.contract.versions import PREFIX
from app.server.http.downloads import attachment
from app.server.http.events import EVENTS, told
from app.server.security.signed_links import signed
from app.server.state.open_sessions import Talk
from app.server.state.server_state import House
from retrievers.hit import Picture

router = APIRouter(
    prefix=f"{PREFIX}/sessions", tags=["sessions"], responses=ERRORS, dependencies=KEYS
)
Form = Annotated[Literal["markdown", "html", "json"], Query(description="Of the document.")]
ENDS = {"markdown": "md", "html": "html", "json": "json"}
DOCUMENT: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/markdown": {}, "text/html": {}, "application/json": {}}}
}


class SessionsOut(Paged):
    """Conversations, the one continued last first."""

    sessions: list[SessionOut]


@router.get("")
def sessions(user: User, asked: Page) -> SessionsOut:
    """List your conversations, the one continued last first."""
    files = session_files(conversations.folder(user))
    shown, paged = page(files, asked, lambda file: [-file.changed, file.name])
    listed = [SessionOut(**conversations.summary_of(file)) for file in shown]
    return SessionsOut(sessions=listed, **paged)


@router.post("", status_code=201)
async def begin(asked: SessionIn, house: InHouse, user: User) -> WholeSession:
    """Begin a conversation about a collection."""
    return whole(await house.begin(user, asked.collection, asked.name), house)


@router.get("/{session}")
async def resume(session: Session, house: InHouse, user: User) -> WholeSession:
    """Return a conversation with all its turns."""
    return whole(await house.find(user, session), house)


@router.patch("/{session}")
def rename(session: Session, asked: Renamed, house: InHouse, user: User) -> SessionOut:
    """Give a conversation another name."""
    house.talks.rename(user, session, asked.name)
    return SessionOut(**conversations.summary(asked.name, user=user))


@router.delete("/{session}", status_code=204)
def remove(session: Session, house: InHouse, user: User) -> None:
    """Delete a conversation. The pictures stay."""
    house.talks.remove(user, session)


@router.post("/{session}/turns")
async def turn(session: Session, asked: TurnIn, house: InHouse, user: User) -> TurnOut:
    """Say or do something; the answer is on disk when it comes."""
    talk = await house.find(user, session)
    return _out(await house.take(user, talk, asked), talk, house)


@router.post("/{session}/events", responses=EVENTS, response_class=Response)
async def events(session: Session, asked: TurnIn, house: InHouse, user: User) -> Response:
    """Say or do something, and be told each better order: events `better`, then one `turn`."""
    talk = await house.find(user, session)
    found = improving(house, user, talk, asked)
    return await told(
        (kind, _out(turn, talk, house).model_dump_json()) async for kind, turn in found
    )


async def improving(
    house: House, user: str, talk: Talk, asked: TurnIn
) -> AsyncIterator[tuple[Literal["better", "turn"], Turn]]:
    """Yield each order on the way to the turn, then the turn; it happens if nobody listens, too."""
    loop, orders = asyncio.get_running_loop(), asyncio.Queue[Turn | None]()

    def watch(turn: Turn) -> None:
        loop.call_soon_threadsafe(orders.put_nowait, turn)

    task = asyncio.create_task(house.take(user, talk, asked, watch))
    task.add_done_callback(lambda _: orders.put_nowait(None))
    while (order := await orders.get()) is not None:
        yield "better", order
    yield "turn", await task


@router.get("/{session}/export", responses=DOCUMENT, response_class=Response)
async def export(
    session: Session, house: InHouse, user: User, request: Request, form: Form = "markdown"
) -> Response:
    """Return the conversation as one document."""
    talk = await house.find(user, session)
    headers = attachment(f"{talk.name}.{ENDS[form]}")
    if form == "json":
        text = whole(talk, house).model_dump_json()
        return Response(text, media_type="application/json", headers=headers)
    write, kind = (
        (conversation_page, "text/html") if form == "html" else (markdown, "text/markdown")
    )
    path, url = talk.session.journal.path, str(request.base_url).rstrip("/")
    roots = house.desks.roots(talk.collection)

    def link(picture: Picture) -> str:
        image = f"{picture_out(picture, talk.collection, roots).image}?side=1280"
        return url + signed(image, user, house.settings)

    text = await house.drawing.run(lambda: write(talk.session.turns, path, link=link))
    return Response(text.encode("utf-8", "replace"), media_type=kind, headers=headers)


def whole(talk: Talk, house: House) -> WholeSession:
    """State a conversation."""
    return WholeSession(
        name=talk.name,
        collection=talk.collection,
        current=talk.session.current.number,
        turns=[_out(turn, talk, house) for turn in talk.session.turns],
    )


def _out(turn: Turn, talk: Talk, house: House) -> TurnOut:
    return turn_out(turn, talk.collection, house.desks.roots(talk.collection))
