"""Corrections of a condition that holds: "2016, not 2015", "june not july", "before, not after"."""

import re
from collections.abc import Iterator

from agent.understanding.acts import Act, Drop, Filter, Liftable
from agent.understanding.condition_kinds import is_bound, is_of
from agent.understanding.constraint_list import Condition
from agent.understanding.interpretation import Context
from agent.understanding.reading.correcting.cues import without_cues
from agent.understanding.reading.correcting.leaning import leant
from agent.understanding.slots import condition
from retrievers.query import Filters
from retrievers.text.lettering import folded

_FORMS = (
    re.compile(
        r"(?P<new>[^,.;]{1,60}?)[,.;]? (?:and |but )?not (?P<old>[^,.;]{1,40})", re.IGNORECASE
    ),
    re.compile(
        r"not (?P<old>[^,.;]{1,40}?)(?:[,.;] | but (?:rather )?)(?P<new>[^,.;]{1,40})",
        re.IGNORECASE,
    ),
)
_NAMING = re.compile(r"^.*\b(?:called|named|is|be|read|say|says)\b ", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:the|my|an?) (?=\D)", re.IGNORECASE)
_PLACED = re.compile(r"(?:in|from|inside|under|with|on|tagged|taken|shot) ", re.IGNORECASE)
_NO_NAME = re.compile(
    r"\b(?:like|more|less|show|all|any|every|some|only|first|second|third|last|next|want|look|find)\b"
    r"|(?:\S+ ){4}",
    re.IGNORECASE,
)
_FREE = ("camera", "tag", "folder")
"""Of these, anything can be a name."""
_EARLIER = frozenset(("before", "earlier", "older", "until"))
_LATER = frozenset(("after", "later", "newer", "since"))
_NAMES: dict[str, Liftable] = {
    "date": "date",
    "shape": "orientation",
    "camera": "camera",
    "rating": "rating",
    "tag": "tags",
    "type": "folder",
    "folder": "folder",
}
"""What a condition of each kind of span is."""


def contrasted_condition(said: str, context: Context) -> list[Act]:
    """Return the acts of words that are nothing but a correction of a condition; else none."""
    for form in _FORMS:
        match = form.fullmatch(said)
        if match is None:
            continue
        new, old = (without_cues(match[one]) for one in ("new", "old"))
        for number, kind, held in _held(context):
            if found := _instead(kind, _NAMING.sub("", new), old, held, context):
                return [Drop((number,)), Filter(found)]
    return []


def _held(context: Context) -> Iterator[tuple[int, str, Filters]]:
    for number, one in enumerate(context.state, start=1):
        if isinstance(one, Condition) and not (one.filters.one_of or one.filters.unless):
            for kind in _NAMES:
                if is_of(_NAMES[kind], one.filters):
                    yield number, kind, one.filters


def _instead(kind: str, new: str, old: str, held: Filters, context: Context) -> Filters | None:
    """Return what holds instead, if the old words are those of the condition."""
    if kind == "date" and is_bound(held) and new.casefold() in _EARLIER | _LATER:
        day = held.after or held.before
        return Filters(before=day) if new.casefold() in _EARLIER else Filters(after=day)
    if kind == "rating" and "star" in old.casefold() and "star" not in new.casefold():
        new = f"{new} stars"
    if kind == "rating" and "star" in new.casefold() and "star" not in old.casefold():
        old = f"{old} stars"
    if _PLACED.match(old) and not _PLACED.match(new):  # refused, and nothing said instead
        return None
    if kind in _FREE and _NO_NAME.search(new):
        return None
    was = _read(kind, old, context)
    if was is None or not _alike(kind, was, held):
        return None
    return _read(kind, new, context)


def _read(kind: str, text: str, context: Context) -> Filters | None:
    bare = _ARTICLE.sub("", text) if kind != "date" else text
    found = condition(kind, bare, context) or Filters()
    found = leant(text, found, f"{text}, sorry", context) if kind in ("date", "rating") else found
    return None if found == Filters() else found


def _alike(kind: str, was: Filters, held: Filters) -> bool:
    if kind in ("camera", "tag", "folder", "type"):
        said, holds = (
            folded(" ".join((one.camera or "", *one.tags, *one.paths))).strip(" *")
            for one in (was, held)
        )
        return said in holds
    if kind == "rating":
        return was.min_rating == held.min_rating
    return was == held
