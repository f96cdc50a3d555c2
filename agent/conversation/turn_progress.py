"""A turn, with what its search has come to so far."""

from dataclasses import replace

from agent.stages.pipeline import Found, worded
from agent.turns.turn import Turn


def turn_so_far(turn: Turn, found: Found, k: int, skip: tuple[str, ...]) -> Turn:
    """Return the turn with what a search has come to, numbered after the pictures to skip."""
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
        doubt=found.doubt,
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
