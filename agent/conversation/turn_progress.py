"""A turn, with what its search has come to so far."""

from collections.abc import Sequence
from dataclasses import replace

from agent.stages.pipeline import Found, worded
from agent.stages.unknown_language import REMEDY
from agent.turns.turn import Turn


def turn_so_far(
    turn: Turn, found: Found, k: int, skip: tuple[str, ...], before: Sequence[Turn] = ()
) -> Turn:
    """Return the turn with what a search has come to, numbered after the pictures to skip.

    That the encoder does not know a language is said once among the turns before.
    """
    said = any(REMEDY in one.doubt for one in before if one.number != turn.number)
    new = [hit for hit in found.hits if hit.picture.id not in skip][:k]
    numbered = tuple(replace(hit, rank=at) for at, hit in enumerate(new, len(skip) + 1))
    return replace(
        turn,
        head=turn.number,
        hits=numbered,
        shown=(*skip, *(hit.picture.id for hit in new)),
        seconds={**turn.seconds, **found.seconds},
        lost=(*turn.lost, *found.lost),
        rewritten="" if found.query == turn.query else worded(found.query),
        doubt=found.doubt if said else found.remarks,
    )


def page_again(turn: Turn, page: Turn, now: Turn) -> Turn:
    """Return the turn with the pictures of an earlier one, unless they are those shown now."""
    if page.number == now.number or not page.hits:
        return turn
    return replace(
        turn,
        head=turn.number,
        hits=page.hits,
        shown=page.shown,
        rewritten=page.rewritten,
        doubt=page.doubt,
        question=page.question,
    )
