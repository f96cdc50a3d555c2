"""Spans that set or refuse a condition: a time, a shape, a folder, a camera, a kind of file."""

import re
from functools import reduce

from agent.understanding import slots
from agent.understanding.acts import Filter, Refine, Widen
from agent.understanding.condition_edits import narrowed, opposite
from agent.understanding.grammar.dates.periods import SIGHT
from agent.understanding.interpretation import Context
from agent.understanding.reading.correcting.cues import last_said
from agent.understanding.reading.correcting.leaning import given_up, leant
from agent.understanding.reading.gathered import Gathered
from agent.understanding.reading.known_places import place
from retrievers.query import Filters, clock

_A_YEAR = re.compile(r"(?:in |of |from |the year )?(?P<year>(?:1[89]|20)\d\d)", re.IGNORECASE)
_ONE_AT_A_TIME = ("shape", "camera", "type")
"""Of these, asking for one refuses the others."""
_SIGHT = re.compile(rf"(?:(?:in|at|on|during) )?(?:the )?{SIGHT}", re.IGNORECASE)
"""A feast or a season alone is what a picture shows, not when it was taken."""
_LIGHT = re.compile(
    r"(?!(?:taken|shot) at night)(?:taken |shot )?(?:just |right |shortly )?"
    r"(?:after|before|at|in|by|during) (?:the"
    r" )?(?:dark|night|dusk|dawn|sunset"
    r"|sunrise|nightfall|daybreak|daylight|moonlight|twilight|blue hour|golden hour)",
    re.IGNORECASE,
)
"""Seen in a picture, and at no time of the clock."""
_UNREAD = {"date": "time", "shape": "shape", "type": "kind of file"}


def take_condition(text: str, kind: str, got: Gathered, context: Context, said: str) -> None:
    """Gather a condition; what the grammar can't read is a doubt, or words where it can be."""
    bare = kind.removeprefix("not_")
    refused = bare != kind
    if bare == "place" and (there := place(text, context)):
        (got.not_met if refused else got.met).append((bare, there))
        return
    text = last_said(text)
    sight = bare == "place" or (
        bare == "date" and (_SIGHT.fullmatch(text) or _LIGHT.fullmatch(text))
    )
    found = None if sight else slots.condition(bare, text, context)
    if bare == "date" and not refused:
        text, found = _with_year(text, found, got, context)
    if not refused and not sight:
        found = leant(text, found or Filters(), said, context)
        found = None if found == Filters() else found
    if found is None and not sight:  # a condition of another kind than was thought
        found = slots.condition("widen", text, context)
    if found is None and sight:
        (got.refused if refused else got.wanted).append(text)
        return
    unsure = slots.doubt(text, context.today) if bare == "date" else ""
    if found is None and unsure:
        got.unread.append((bare, unsure))
        return
    if found is None:
        if refused or bare not in _UNREAD:
            (got.refused if refused else got.wanted).append(text)
        else:
            got.unread.append((bare, f"{text!r} is not understood as a {_UNREAD[bare]}."))
        return
    got.doubts += [unsure] if unsure else []
    got.acts += [] if refused else given_up(found, said, context)
    (got.not_met if refused else got.met).append((bare, found))


def _with_year(
    text: str, found: Filters | None, got: Gathered, context: Context
) -> tuple[str, Filters | None]:
    """Read a year that is said apart from its month with it: in june i think, 2014."""
    before = got.dates[-1] if got.dates else ""
    got.dates.append(text)
    year = _A_YEAR.fullmatch(text)
    if not year or not before or re.search(r"\d{4}", before):
        return text, found
    both = f"{before} {year['year']}"
    together = slots.condition("date", both, context)
    if together is None or together.one_of:
        return text, found
    got.met = [one for one in got.met if one[0] != "date"]
    return both, together


def take_widening(text: str, got: Gathered, context: Context) -> None:
    """Gather what is to be let in as well; what is no condition is a description."""
    found = place(text, context) or slots.condition("widen", text, context)
    got.acts.append(Widen(found) if found else Refine(text))


def conditions(got: Gathered, context: Context) -> list[Filter]:
    """Return one act for all conditions; "upright, not sideways" says one thing twice."""
    filters = reduce(narrowed, (found for _, found in got.met), Filters())
    kinds = {kind for kind, _ in got.met}
    for kind, found in got.not_met:
        if not (kind in kinds and kind in _ONE_AT_A_TIME) and not _apart(found, filters):
            filters = narrowed(filters, _outside(found, context))
    return [Filter(filters)] if filters != Filters() else []


def _apart(refused: Filters, asked: Filters) -> bool:
    """Whether days are refused that are not asked for anyway: 2018, not 2016."""
    if not (asked.after and asked.before and refused.after and refused.before):
        return False
    return clock(refused.before) <= clock(asked.after) or clock(asked.before) <= clock(
        refused.after
    )


def _outside(found: Filters, context: Context) -> Filters:
    """Return what is left when a condition is refused; "not from this year" is before it."""
    dated = found == Filters(after=found.after, before=found.before)
    lasting = found.before is not None and clock(found.before).date() > context.today
    return Filters(before=found.after) if dated and found.after and lasting else opposite(found)
