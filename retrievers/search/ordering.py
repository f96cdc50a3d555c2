"""Hits by date: the newest or the oldest first, among the best.

Far down a ranking nothing fits any longer, so only so many of the best are put in order by date,
then as many of the next, and so on: what one page showed the next does not shift.
"""

from collections.abc import Sequence
from dataclasses import replace

from retrievers.hit import Hit
from retrievers.query import Ordering

AT_ONCE = 100
"""Hits that are put in order by themselves, some ten pages."""


def depth(order: Ordering, k: int) -> int:
    """Return how many of the best are needed to list k in an order."""
    return k if order == "best" else -(-k // AT_ONCE) * AT_ONCE


def in_order(hits: Sequence[Hit], order: Ordering) -> list[Hit]:
    """Return hits, best first, in an order; undated ones come last, equal ones by id."""
    if order == "best":
        return list(hits)
    several = (hits[at : at + AT_ONCE] for at in range(0, len(hits), AT_ONCE))
    listed = (hit for some in several for hit in _by_date(some, newest=order == "newest"))
    return [replace(hit, rank=rank) for rank, hit in enumerate(listed, start=1)]


def _by_date(hits: Sequence[Hit], *, newest: bool) -> list[Hit]:
    by_id = sorted(hits, key=lambda hit: hit.picture.id)
    dated = [hit for hit in by_id if hit.picture.taken]
    dated.sort(key=lambda hit: hit.picture.taken_text, reverse=newest)
    return [*dated, *(hit for hit in by_id if not hit.picture.taken)]
