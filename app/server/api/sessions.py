"""Conversations: begin, resume, name, export; turns at once or as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathPart

from agent.conversation.journal import session_files
from agent.conversation.saved_lists import saved_paths
from agent.conversation.transcript import markdown
from agent.turns.turn import Turn
from app.library import conversations
from app.pages.page import conversation_page
from app.server.api.auth_schemes import KEYS
from app.server.api.paging import Page, Paged, page
from app.server.api.request_context import ERRORS, SessionName, SharedState, User
from app.server.contract.errors import NotFoundError
from app.server.contract.requests import Renamed, SessionIn, TurnIn
from app.server.contract.responses import SessionOut, TurnOut, WholeSession, picture_out, turn_out
from app.server.contract.versions import PREFIX
from app.server.http.downloads import attachment
from app.server.http.events import EVENTS, event_stream
from app.server.security.signed_links import signed
from app.server.state.open_sessions import OpenSession
from app.server.state.server_state import ServerState
from retrievers.hit import Picture
from retrievers.text.display import below

router = APIRouter(
    prefix=f"{PREFIX}/sessions", tags=["sessions"], responses=ERRORS, dependencies=KEYS
)
Form = Annotated[Literal["markdown", "html", "json"], Query(description="Of the document.")]
ENDS = {"markdown": "md", "html": "html", "json": "json"}
DOCUMENT: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/markdown": {}, "text/html": {}, "application/json": {}}}
}

LIST: dict[int | str, dict[str, object]] = {200: {"content": {"text/plain": {}}}}
ListName = Annotated[str, PathPart(max_length=100, description="A saved list's name.")]


class SessionsOut(Paged):
    """Conversations, the one continued last first."""

    sessions: list[SessionOut]


@router.get("")
def sessions(user: User, page_in: Page) -> SessionsOut:
    """List your conversations, the one continued last first."""
    files = session_files(conversations.folder(user))
    shown, paged = page(files, page_in, lambda file: [-file.changed, file.name])
    listed = [SessionOut(**conversations.summary_of(file)) for file in shown]
    return SessionsOut(sessions=listed, **paged)


@router.post("", status_code=201)
async def begin(body: SessionIn, state: SharedState, user: User) -> WholeSession:
    """Begin a conversation about a collection."""
    return whole(await state.begin(user, body.collection, body.name), state)


@router.get("/{session}")
async def resume(session: SessionName, state: SharedState, user: User) -> WholeSession:
    """Return a conversation with all its turns."""
    return whole(await state.find(user, session), state)


@router.patch("/{session}")
def rename(session: SessionName, body: Renamed, state: SharedState, user: User) -> SessionOut:
    """Give a conversation another name."""
    state.sessions.rename(user, session, body.name)
    return SessionOut(**conversations.summary(body.name, user=user))


@router.delete("/{session}", status_code=204)
def remove(session: SessionName, state: SharedState, user: User) -> None:
    """Delete a conversation. The pictures stay."""
    state.sessions.remove(user, session)


@router.post("/{session}/turns")
async def turn(session: SessionName, body: TurnIn, state: SharedState, user: User) -> TurnOut:
    """Say or do something; the answer is on disk when it comes."""
    open_session = await state.find(user, session)
    return _out(await state.take(user, open_session, body), open_session, state)


@router.post("/{session}/events", responses=EVENTS, response_class=Response)
async def events(session: SessionName, body: TurnIn, state: SharedState, user: User) -> Response:
    """Say or do something, and be told each better order: events `better`, then one `turn`."""
    open_session = await state.find(user, session)
    found = improving(state, user, open_session, body)
    return await event_stream(
        (kind, _out(turn, open_session, state).model_dump_json()) async for kind, turn in found
    )


async def improving(
    state: ServerState, user: str, open_session: OpenSession, body: TurnIn
) -> AsyncIterator[tuple[Literal["better", "turn"], Turn]]:
    """Yield each order on the way to the turn, then the turn; it happens if nobody listens, too."""
    loop, orders = asyncio.get_running_loop(), asyncio.Queue[Turn | None]()

    def watch(turn: Turn) -> None:
        loop.call_soon_threadsafe(orders.put_nowait, turn)

    task = asyncio.create_task(state.take(user, open_session, body, watch))
    task.add_done_callback(lambda _: orders.put_nowait(None))
    while (order := await orders.get()) is not None:
        yield "better", order
    yield "turn", await task


@router.get("/{session}/export", responses=DOCUMENT, response_class=Response)
async def export(
    session: SessionName, state: SharedState, user: User, request: Request, form: Form = "markdown"
) -> Response:
    """Return the conversation as one document."""
    open_session = await state.find(user, session)
    headers = attachment(f"{open_session.name}.{ENDS[form]}")
    if form == "json":
        text = whole(open_session, state).model_dump_json()
        return Response(text, media_type="application/json", headers=headers)
    write, kind = (
        (conversation_page, "text/html") if form == "html" else (markdown, "text/markdown")
    )
    path, url = open_session.session.journal.path, str(request.base_url).rstrip("/")
    roots = state.collections.roots(open_session.collection)

    def link(picture: Picture) -> str:
        image = f"{picture_out(picture, open_session.collection, roots).image}?side=1280"
        return url + signed(image, user, state.settings)

    text = await state.drawing.run(lambda: write(open_session.session.turns, path, link=link))
    return Response(text.encode("utf-8", "replace"), media_type=kind, headers=headers)


@router.get("/{session}/saved/{name}", responses=LIST, response_class=Response)
async def saved(session: SessionName, name: ListName, state: SharedState, user: User) -> Response:
    """Return a list that the conversation saved: a line for each picture, its place and name."""
    open_session = await state.find(user, session)
    file, roots = (
        open_session.session.journal.path,
        state.collections.roots(open_session.collection),
    )

    def work() -> str:
        try:
            return "".join(f"{below(one, roots)}\n" for one in saved_paths(name, file))
        except FileNotFoundError as error:
            raise NotFoundError(f"no saved list {name!r}") from error

    text = await state.work.run(work)
    return Response(text.encode(), media_type="text/plain", headers=attachment(f"{name}.txt"))


def whole(open_session: OpenSession, state: ServerState) -> WholeSession:
    """State a conversation."""
    return WholeSession(
        name=open_session.name,
        collection=open_session.collection,
        current=open_session.session.current.number,
        turns=[_out(turn, open_session, state) for turn in open_session.session.turns],
    )


def _out(turn: Turn, open_session: OpenSession, state: ServerState) -> TurnOut:
    roots = state.collections.roots(open_session.collection)
    return turn_out(turn, open_session.session, open_session.collection, roots)
