"""What a click asks for, as acts on a session: like, not this, more like this, drop, undo, filters.

The page's buttons and the HTTP API's bodies come here without words of their own.
"""

from agent.conversation.session import Session
from agent.understanding.acts import (
    Act,
    Answer,
    Change,
    Drop,
    Feedback,
    Filter,
    Order,
    Reading,
    Redo,
    ShowMore,
    Undo,
)
from agent.understanding.constraint_words import words_of
from agent.understanding.reading.changed import changed
from app.server.contract.errors import ConflictError
from app.server.contract.requests import TurnIn
from retrievers.query import Filters


def acts_of(body: TurnIn, session: Session) -> tuple[Act, ...]:
    """Return the acts that a request asks for besides words.

    Raises:
        ConflictError: a picture is not on the screen.
    """
    acts = _alone(body, session)
    if body.change:
        _known("change.number", body.change.number, session, body)
        change = Change(body.change.number, body.change.text)
        acts.append(changed(change, session.context()))
    if body.drop:
        _known("drop", body.drop, session, body)
        acts.append(Drop((body.drop,)))
    if body.more_like:
        acts.append(Feedback(like=_numbers([body.more_like], session)))
    if body.like or body.unlike:
        like, unlike = _numbers(body.like, session), _numbers(body.unlike, session)
        acts.append(Feedback(like=like, unlike=unlike))
    if body.answer:
        acts.append(Answer(None if body.answer == "none" else body.answer))
    if (adds := body.filters.filters()) != Filters():
        acts.append(Filter(adds))
    if body.order:
        acts.append(Order(body.order))
    if body.more:
        acts.append(ShowMore())
    return tuple(acts)


def _alone(body: TurnIn, session: Session) -> list[Act]:
    """Return the acts of what goes with nothing else."""
    if body.undo or body.back_to is not None:
        return [Undo(to=body.back_to)]
    if body.redo:
        return [Redo()]
    return [*_reading(body.reading, session).acts] if body.reading else []


def in_words(body: TurnIn, session: Session) -> str:
    """Say in words what was done without words, for the transcript."""
    done = {
        "undo": "undo",
        "redo": "redo",
        "reading": body.reading and _reading(body.reading, session).words,
        "drop": body.drop and f"drop: {_words(body.drop, session)}",
        "change": body.change and f"rather: {body.change.text}",
        "more_like": "more like this one",
        "like": "like these",
        "unlike": "not these",
        "answer": "none of these" if body.answer == "none" else "this one",
        "handed_in": "like this picture" if len(body.handed_in) < 2 else "like these pictures",
        "filters": "only where these conditions hold",
        "more": "show more",
        "order": f"{body.order} first",
    }
    if body.back_to is not None:
        return f"back to turn {body.back_to}" if body.back_to else "back to the start"
    blank = TurnIn()
    return ", ".join(
        str(words) for at, words in done.items() if getattr(body, at) != getattr(blank, at)
    )


def _words(number: int, session: Session) -> str:
    """Return what a constraint says; words beside its number may yet add it."""
    known = session.current.constraints
    return words_of(known[number - 1]) if number <= len(known) else str(number)


def _reading(number: int, session: Session) -> Reading:
    """Return a reading that the last turn offers."""
    offered = session.turns[-1].readings if session.turns else ()
    if number > len(offered):
        none = "must be one that the last turn offers, and it offers none"
        told = f"must be in 1..{len(offered)}" if offered else none
        raise ConflictError(f"{told}; got {number}", field="reading")
    return offered[number - 1]


def _known(field: str, number: int, session: Session, body: TurnIn) -> None:
    """Refuse the number of a constraint that is not there; words beside it may yet add some."""
    there = len(session.current.constraints)
    if number > there and not body.said.strip():
        raise ConflictError(f"must be in 1..{there}; got {number}", field=field)


def _numbers(ids: list[str], session: Session) -> tuple[int, ...]:
    shown = session.current.shown
    if missing := [one for one in ids if one not in shown]:
        raise ConflictError(f"picture {missing[0]} is not on the screen")
    return tuple(shown.index(one) + 1 for one in ids)
