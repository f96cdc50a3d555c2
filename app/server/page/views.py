"""The page and its parts as HTML, from the same shapes that the API gives."""

from collections.abc import Sequence
from pathlib import Path

from agent.conversation.session import Session
from agent.turns.turn import Turn
from agent.turns.undo_history import turn_at
from app.pages.page import templates
from app.server.contract.responses import HitOut, PictureOut, TurnOut, hit_out, turn_out
from app.server.state.open_sessions import OpenSession
from app.server.state.server_state import ServerState
from retrievers.hit import Hit
from retrievers.pictures.metadata.facts import SOURCES
from retrievers.query import Query

TEMPLATES = Path(__file__).parent / "templates"


def parts(
    state: ServerState, open_session: OpenSession, *, turn: Turn | None = None
) -> dict[str, str]:
    """Return the parts of the page that a conversation fills, by the id of their place.

    Args:
        state: what the server shares.
        open_session: the conversation.
        turn: one that is still being searched for; none: the latest is over.
    """
    session = open_session.session
    roots = state.collections.roots(open_session.collection)
    current = turn or session.current
    latest = turn or (session.turns[-1] if session.turns else current)

    def out(one: Turn) -> TurnOut:
        return turn_out(one, session, open_session.collection, roots)

    now = out(current)
    hits = [hit_out(hit, open_session.collection, roots) for hit in on_screen(session, turn)]
    turns = [out(one) for one in session.turns]
    asked = None if turn else _open_question(session)
    question = out(asked).question if asked else None
    last = out(latest)
    return {
        "talk": html("conversation.html", turns=turns, path=path_of(session), busy=turn and now),
        "chips": html(
            "constraints.html",
            chips=now.chips,
            changed={one.number: one for one in last.edits if one.mark != "dropped"},
            dropped=[one for one in last.edits if one.mark == "dropped"],
            collection=open_session.collection,
        ),
        "question": html("question.html", question=question, readings=last.readings, alt=alt),
        "results": html(
            "results.html",
            hits=hits,
            alt=alt,
            liked=current.query.like,
            busy=bool(turn),
            asked=not current.query.is_empty,
            doubt=now.doubt,
            rewritten=now.rewritten,
            seconds=sum(now.seconds.values()),
        ),
        "undo": html("undo.html", can=bool(session.current.number)),
    }


def newest(state: ServerState, collection: str) -> str:
    """Return the newest pictures of a collection, before anything was asked for."""
    roots = state.collections.opened(collection).collection.roots()
    hits = state.collections.way(collection).pipeline.search(Query(), state.settings.page)
    shown = [hit_out(hit, collection, roots) for hit in hits]
    return html(
        "results.html",
        hits=shown,
        alt=alt,
        liked=(),
        busy=False,
        asked=False,
        doubt="",
        rewritten="",
        seconds=0,
    )


def on_screen(session: Session, turn: Turn | None) -> Sequence[Hit]:
    """Return the pictures that stand on the page: all that numbers refer to."""
    if turn:
        before = [hit for hit in on_screen(session, None) if hit.picture.id in turn.shown]
        new = {hit.picture.id for hit in turn.hits}
        return (
            [*(hit for hit in before if hit.picture.id not in new), *turn.hits]
            if (len(turn.shown) > len(turn.hits))
            else turn.hits
        )
    return [session.hit(at) for at in range(1, len(session.current.shown) + 1)]


def path_of(session: Session) -> frozenset[int]:
    """Return the numbers of the turns that lead to the current one."""
    found, turn = set(), session.current
    while turn.number:
        found.add(turn.number)
        turn = turn_at(turn.parent, session.turns)
    return frozenset(found)


def alt(picture: PictureOut) -> str:
    """Describe a picture to who cannot see it: its caption, else what its file says."""
    if picture.caption:
        return picture.caption
    place = f" in {picture.folder}" if picture.folder else ""
    taken = f", taken {picture.taken[:10]}" if picture.taken else ""
    return f"{picture.name}{place}{taken}, no caption"


def large(hit: HitOut) -> str:
    """Return a picture large, with its why."""
    return html("large.html", hit=hit, alt=alt, sources=SOURCES)


def html(template: str, **blanks: object) -> str:
    """Fill one of the page's templates."""
    filled = templates(TEMPLATES).get_template(template).render(blanks)
    return filled.encode("utf-8", "replace").decode()


def _open_question(session: Session) -> Turn | None:
    current = session.current
    return current if current.question and not current.lost else None
