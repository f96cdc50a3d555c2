"""What the words around one span make of it: each look returns the span, or another instead."""

import re
from dataclasses import replace

from agent.understanding.tagger.features import make
from agent.understanding.tagger.labels import CONDITIONS
from agent.understanding.tagger.spans import Span

_TAKEN = re.compile(r"\b(?:taken|shot|photographed) $", re.IGNORECASE)
_SHOWN = re.compile(
    r"\b(?:show|give|see|list|display|load|get|fetch|limit|top|best|only|just|first|last"
    r"|max(?:imum)?|up to|at least|more|further|other|another|per page|at a time|at once|results?"
    r"|pictures?|photos?|images?|pics?|hits|matches|page|rows?|want|need|next|set)\b",
    re.IGNORECASE,
)
_POINTED = re.compile(
    r"\b(?:like|to|except|but|than|not|no|for|with|pick|choose|prefer|love|on)(?: number|"
    r" no\.?| nr| #)? ?$",
    re.IGNORECASE,
)
_ALIKE = re.compile(
    r"\b(?:like|similar to|same as|close to|as in|resembl\w+|(?:go|going|went|opt|vote) (?:for"
    r"|with)|pick|choose"
    r"|prefer|love|thumbs up (?:for|to|on))(?: number| no\.?| nr| #)? ?$",
    re.IGNORECASE,
)
_NOT_ONLY = re.compile(r"\bnot (?:only|just|necessarily) (?:the |any )?$", re.IGNORECASE)
_NOBODY = re.compile(r"\b(?:nobody|no ?one)(?: else)? $", re.IGNORECASE)
_NON = re.compile(r"\bnon[- ](?:\w+ )?$", re.IGNORECASE)
_REFUSED = re.compile(
    r"\b(?:less like|not like|nothing like|unlike|no to|toss|bin|ditch|dump|hide|skip|remove"
    r"|exclude|reject|drop|lose|delete|thumbs down (?:for|to|on))(?: out)?(?: number| no\.?|"
    r" nr| #)? ?$",
    re.IGNORECASE,
)
_REFUSING = re.compile(
    r"\b(?:no|not|without|skip|exclude|excluding|hide|remove|avoid|minus|except|leave out|too many"
    r"|so many|too much|don't show|get rid of)(?: (?:any|the|so|many|much|of|all|more|those|with))*"
    r" (?P<more>(?:(?!(?:ones?|pictures?|photos?|images?|in|on|at|me|it|any|the|of|all|with|show"
    r"|more)\b)[\w'-]+ ){1,2})$",
    re.IGNORECASE,
)
_EXCEPT = re.compile(
    r"\b(?:except|excluding|without|anything but|everything but|all but|other than|besides|minus)"
    r"(?: (?:for|from|the|any|those|in|my|with|taken))* $",
    re.IGNORECASE,
)
_SPARING = re.compile(
    r"\b(?:all|every|everything|lot|others?|rest|any|wrong|fine|none)\b.*\b(?:except|bar|but"
    r"|apart from|other than|besides)(?: for)?(?: the| number| no\.?| nr| #)? ?$",
    re.IGNORECASE,
)
_ALL_BUT = re.compile(r" (?:except|bar|but|apart from|other than|besides)\b", re.IGNORECASE)
_BAD = re.compile(
    r"\b(?:is|are|was|were|looks?|'s|'re) (?:\w+ )?(?:rubbish|wrong|bad|awful|terrible|useless"
    r"|off|crap|no good"
    r"|ugly|irrelevant|trash|garbage|junk|dreadful|horrible|hopeless|blurry|poor|boring|pants|naff|out)\b",
    re.IGNORECASE,
)
_CAMERA = re.compile(
    r"\b(?:taken|took|shot|photographed|captured|cameras?|cam|phones?|lens|device|with|from|on|by|using|my|only)\b",
    re.IGNORECASE,
)
_AS_BY = re.compile(
    r"\b(?:like|as if from|as if by|as from|kind of) (?:an? |the )?$", re.IGNORECASE
)
_A_THING = re.compile(r"\b(?:with )?an? $", re.IGNORECASE)
_THING_TOO = re.compile(r"apple|pixel|galaxy|phone", re.IGNORECASE)
"""Makers whose name is that of a thing, too."""
_OWN_DAY = re.compile(
    r"(?:on|for) (?:my|our|his|her|their|the|\w+'s) (?:\w+ )?(?:birthday|anniversary)",
    re.IGNORECASE,
)
"""A day that nobody told."""
_STARS_ON = re.compile(r"\ban? (?!picture|photo|image|shot)\w+ (?P<led>with $)", re.IGNORECASE)
_COVER = re.compile(
    r"(?:\b(?:the|an?) )?\b(?:album|folder) (?:covers?|sleeves?|art(?:work)?|icons?) (?:of|for"
    r"|with) (?:the )?$",
    re.IGNORECASE,
)
_SCENERY = re.compile(r"(?:an? )?(?:landscape|portrait|square)s? (?:with|of|in|at) ", re.IGNORECASE)
_CENTURY = re.compile(
    r"(?:the )?(?:\d\d?(?:st|nd|rd|th)|\w+th|\w+first|\w+second) century (?!(?:and|or|but|only"
    r"|please)\b)\w",
    re.IGNORECASE,
)
"""Before what is that old."""
_NEED_NOT = re.compile(
    r"\b(?:(?:does|do|need|did|must)(?:n't|nt| not) (?:(?:have|need) to )?|no need (?:for it"
    r" )?to |not necessarily |stop (?:\w+ing )(?:it |them |this |only )?(?:to |by |on |for )?)"
    r"(?:be )?(?:only |just |all )?(?:in |from |the |an? )*$",
    re.IGNORECASE,
)
_SHOW = re.compile(r"(?:(?:please|ok|now|and) )*(?:show|find|give|get)(?: me| us)? ", re.IGNORECASE)
_STEPS = re.compile(
    r" (?:\w+ )?(?:changes?|steps?|edits?|moves?|turns?|actions?|refinements?|tweaks?)\b",
    re.IGNORECASE,
)
_NEAR = 24  # letters on each side of a number that say what it counts


def _read_on(said: str, span: Span) -> Span:
    """Return a date that goes on in digits as what is not sure."""
    if span.kind.endswith("date") and (match := _TAKEN.search(said[: span.start])):
        return replace(span, start=match.start())
    broken = span.kind.endswith("date") and re.match(r"[-/.:]?\d", said[span.end :])
    return replace(span, sure=0.0) if broken else span


def _pointing(said: str, span: Span) -> Span:
    """Return a count as a verdict where the words before it point, or as what is not sure."""
    if span.kind != "count" or _counts(said, span):
        return span
    before = said[: span.start]
    if _ALIKE.search(before):
        return replace(span, kind="like")
    return replace(span, kind="unlike") if _REFUSED.search(before) else replace(span, sure=0.0)


def _whole(said: str, span: Span) -> Span:
    """Return a refusal with the words between it and what refuses: no "modern" reproductions."""
    match = _REFUSING.search(said[: span.start]) if span.kind == "refuse" else None
    return replace(span, start=match.start("more")) if match else span


def _excepted(said: str, span: Span) -> Span:
    """Return a condition as refused where the words before it refuse it: all but gifs."""
    refused = span.kind in CONDITIONS and _EXCEPT.search(said[: span.start])
    return replace(span, kind=f"not_{span.kind}") if refused else span


def _disliked(said: str, span: Span) -> Span:
    """Return a liked picture as a disliked one where the words before it refuse it."""
    if span.kind in ("like", "unlike", "count") and _SPARING.search(said[: span.start]):
        return replace(span, kind="spared")
    if span.kind == "like" and _ALL_BUT.match(said, span.end) and _BAD.search(said, span.end):
        return replace(span, kind="unlike")
    refused = span.kind == "like" and _REFUSED.search(said[: span.start])
    return replace(span, kind="unlike") if refused else span


def _counts(said: str, span: Span) -> bool:
    before, after = said[: span.start][-_NEAR:], said[span.end :][:_NEAR]
    around = (before, said[span.start : span.end], after)
    return any(map(_SHOWN.search, around)) and not _POINTED.search(before)


def _welcome(said: str, span: Span) -> Span:
    """Return a refusal as a wish where the words before it do not refuse."""
    before = said[: span.start]
    if span.kind in ("refuse", "new", "old") and _NOT_ONLY.search(before):
        return replace(span, kind="want")
    if span.kind != "refuse":
        return span
    if match := _NON.search(before):
        return replace(span, kind="want", start=match.start())
    if match := _NOBODY.search(before):  # nobody on the beach
        return replace(span, start=match.start())
    return span


def _seen(said: str, span: Span) -> Span:
    """Return what only looks like a camera or a time as what is seen: like a drone shot."""
    if span.kind == "camera" and not make(said[span.start : span.end]):
        if not _CAMERA.search(said):  # that's the doorbell
            return replace(span, sure=0.0)
    thing = _A_THING.search(said[: span.start]) if span.kind == "camera" else None
    if thing and _THING_TOO.fullmatch(said[span.start : span.end]):
        return replace(span, kind="want", start=thing.start())
    like = span.kind == "camera" and _AS_BY.search(said[: span.start])
    if span.kind == "want" and _OWN_DAY.fullmatch(said[span.start : span.end]):
        return replace(span, kind="date")
    stars = span.kind == "rating" and _STARS_ON.search(said[: span.start])
    cover = span.kind == "folder" and _COVER.search(said[: span.start])
    if cover:  # the album cover of abbey road
        return replace(span, kind="want", start=cover.start(), sure=1.0)
    if stars:  # a flag with five stars
        return replace(span, kind="want", start=stars.start("led"))
    century = span.kind == "date" and _CENTURY.match(said, span.start)
    scenery = span.kind == "shape" and not said[: span.start].strip() and _SCENERY.match(said)
    return replace(span, kind="want") if like or century or scenery else span


def _freed(said: str, span: Span) -> Span:
    """Return a condition that need not hold as one to drop: it doesn't have to be 2020."""
    kind = span.kind.removeprefix("not_")
    free = kind in CONDITIONS and _NEED_NOT.search(said[: span.start])
    return replace(span, kind="drop") if free else span


def _sought(said: str, span: Span) -> Span:
    """Return an earlier search as what is looked for, where nothing says that one goes back."""
    asks = span.kind == "undo_to" and _SHOW.fullmatch(said[: span.start])
    return replace(span, kind="want") if asks else span


def _stepped(said: str, span: Span) -> Span:
    """Return pictures that are none as steps to go back: scrap the last two changes."""
    steps = span.kind in ("like", "unlike", "pick", "count", "drop") and _STEPS.match(
        said, span.end
    )
    return replace(span, kind="undo") if steps else span


LOOKS = (
    _freed,
    _sought,
    _read_on,
    _seen,
    _stepped,
    _welcome,
    _whole,
    _pointing,
    _disliked,
    _excepted,
)
"""What the words around a span can make of it, one after the other."""
