"""Places where pictures were taken, where they are named: a span each, as folders have.

"In Lisbon" is a condition if pictures were taken there. Else it may be what a picture shows, unless
it is said that they were taken there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from agent.understanding.constraint_list import Condition, asked
from agent.understanding.interpretation import Context
from agent.understanding.reading.known_folders import REFUSED
from agent.understanding.slots.names import several
from agent.understanding.tagger.spans import Span
from retrievers.query import Filters
from retrievers.text.lettering import folded

_CUE = re.compile(
    r"\b(?:(?P<near>near|around|close to|nearby)|in|from|at|to|aus|bei|en|à|em) ",
    re.IGNORECASE,
)
_TAKEN = re.compile(
    r"\b(?:taken?|took|shot|shoot|photographed|captured|snapped|clicked|made|geotagged|location|from)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_][\w.'’-]*")
_JOINT = re.compile(r",? (?:or|and|oder|und|ou|et|o|y|e) (?:(?:in|from|at) )?", re.IGNORECASE)
_SMALL = frozenset("the a an my our his her their its this that these those it us me you".split())
"""Words that are the names of villages, too."""
_MOST = 5  # words of a name
_PLACES = 6  # of one utterance


def with_places(said: str, spans: Sequence[Span], context: Context) -> list[Span]:
    """Return the spans with those of the places that are named, in their order.

    Any other place is what is seen.
    """
    found: list[Span] = []
    for start, name in _starts(said, spans, context):
        if found and start < found[-1].end:
            continue
        if end := _end(said, name, context):
            own = next((one for one in spans if one.start == name), None)
            refused = REFUSED.search(said[:start]) or (own and own.kind == "not_place")
            found.append(Span(start, end, "not_place" if refused else "place", 1.0))
    kept = (left for one in spans for left in _left(said, one, found))
    return sorted([*kept, *found], key=lambda span: span.start)


def _starts(said: str, spans: Sequence[Span], context: Context) -> Iterator[tuple[int, int]]:
    """Yield where a place may begin, with the word before it, and its name."""
    cues = {match.end(): match for match in _CUE.finditer(said)}
    kinds = {"place", "not_place"}
    if any(kind == "places" for one in _conditions(context) for kind, _ in asked(one)):
        kinds.add("new")  # another place instead
    names = sorted({*cues, *(one.start for one in spans if one.kind in kinds)})
    for name in names[:_PLACES]:
        match = cues.get(name)
        yield match.start() if match else name, name


def _conditions(context: Context) -> Iterator[Filters]:
    yield from (one.filters for one in context.state if isinstance(one, Condition))


def _end(said: str, start: int, context: Context, more: int = _PLACES) -> int | None:
    """Return where the longest name of a place ends that begins here, with others joined to it."""
    ends = [match.end() for match in islice(_WORD.finditer(said, start), _MOST)]
    for end in reversed(ends):
        name = said[start:end]
        there = context.places(name) if folded(name) not in _SMALL else None
        if there or (there is not None and _TAKEN.search(said[:start])):
            joint = _JOINT.match(said, end) if more else None
            return (joint and _end(said, joint.end(), context, more - 1)) or end
    return None


def _left(said: str, span: Span, places: Sequence[Span]) -> Iterator[Span]:
    """Yield what is left of a description around the places in it, or all of another span."""
    inside = [one for one in places if one.start < span.end and span.start < one.end]
    if places and _CUE.fullmatch(f"{said[span.start : span.end]} "):
        return
    if not inside:
        yield replace(span, kind="want") if span.kind == "place" else span
    elif span.kind in ("want", "refuse", "new"):
        if before := said[span.start : inside[0].start].rstrip():
            yield replace(span, end=span.start + len(before))
        if behind := said[inside[-1].end : span.end].lstrip(" ,"):
            yield replace(span, start=span.end - len(behind))


def place(text: str, context: Context) -> Filters | None:
    """Read a place, or several of which a picture was taken in one; None if one is not known."""
    cue = _CUE.match(text)
    text = " ".join(text[cue.end() if cue and not cue["near"] else 0 :].split())
    if context.places(text) is not None:
        return Filters(places=(text,))
    names, _ = several(text)
    if len(names) < 2 or any(context.places(name) is None for name in names):
        return None
    return Filters(one_of=(tuple(Filters(places=(name,)) for name in names),))
