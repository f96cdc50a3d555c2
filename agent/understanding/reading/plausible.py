"""Which spans can be meant: the words around them have the last say over the tagger."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise

from agent.understanding.grammar.phrases import tidied
from agent.understanding.tagger.labels import CONDITIONS
from agent.understanding.tagger.spans import Span

_SAME_BREATH = re.compile(
    r"(?: (?!and\b|but\b|or\b|not\b|no\b|then\b|i\b|please\b)\w+){0,3} ?", re.IGNORECASE
)
"""Between two parts of one description."""
_TAKEN = re.compile(r"\b(?:taken|shot|photographed) $", re.IGNORECASE)
_REFUSES = re.compile(
    r"n't\b|\b(?:no\w*|neither|never|without|minus|except|exclud\w*|avoid\w*|skip\w*|hide|hiding|free|less"
    r"|too|drop\w*|remove\w*|leav\w*|los\w*|rid|ruin\w*|hate\w*|dont|but|only|empty|lack\w*|instead|rather"
    r"|bar|outside|any|kein\w*|nicht|ohne|sans|pas|sin|senza|sem|nem|non|bina|nahi\w*)\b|[^\x00-\u024f]",
    re.IGNORECASE,
)
"""A word that may refuse, or a script in which none is known here."""
_GOES_ON = re.compile(
    r"(?: (?!(?:please|i|but|if|for my|that i|taken|shot|from)\b)[\w'-]+){1,6}", re.IGNORECASE
)
"""Behind a description: of the year."""
_IN_IT = re.compile(r"(?: (?!(?:please|i|but|if|that)\b)[\w'-]+)*+ ?", re.IGNORECASE)
"""Between the words of a first description."""
_SHOWN = re.compile(
    r"\b(?:show|give|see|list|display|load|get|fetch|limit|top|best|only|just|first|last"
    r"|max(?:imum)?|up to|at least|more|further|other|another|per page|at a time|at once|results?"
    r"|pictures?|photos?|images?|pics?|hits|matches|page|rows?|want|need|next|set)\b",
    re.IGNORECASE,
)
_POINTED = re.compile(
    r"\b(?:like|to|except|but|than|not|no)(?: number| no\.?| nr| #)? ?$", re.IGNORECASE
)
_ALIKE = re.compile(
    r"\b(?:like|similar to|same as|close to|as in|resembl\w+)(?: number| no\.?| nr| #)? ?$",
    re.IGNORECASE,
)
_NOT_ONLY = re.compile(r"\bnot (?:only|just|necessarily) (?:the |any )?$", re.IGNORECASE)
_NOBODY = re.compile(r"\b(?:nobody|no ?one)(?: else)? $", re.IGNORECASE)
_NON = re.compile(r"\bnon[- ](?:\w+ )?$", re.IGNORECASE)
_REFUSED = re.compile(
    r"\b(?:less like|not like|nothing like|unlike|no to|toss|bin|ditch|dump|hide|skip|remove"
    r"|exclude|reject|drop|lose|delete)(?: out)?(?: number| no\.?| nr| #)? ?$",
    re.IGNORECASE,
)
_WHY = re.compile(r"\b(?:why|how come)\b", re.IGNORECASE)
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
_NEAR = 24  # letters on each side of a number that say what it counts
_DESCRIPTIONS = ("want", "refuse", "new", "old")


def plausible(said: str, spans: Sequence[Span], *, first: bool = False) -> list[Span]:
    """Leave out what can't be meant, and join what is one thing.

    A question wants nothing; "not only dogs" refuses nothing; a number counts pictures to be shown
    only where the words about it say so; "a flat lay" of "spices" is one description.

    Args:
        said: the words.
        spans: what the tagger makes of them.
        first: nothing is asked for yet, so that a refusal needs a word that refuses.
    """
    if first and not _REFUSES.search(said):
        spans = [replace(one, kind="want") if one.kind in _DESCRIPTIONS else one for one in spans]
    why = _WHY.search(said)
    if why and not any(span.kind == "why" for span in spans):
        spans = [Span(*why.span(), "why", 1.0), *map(_picked, spans)]
    asks = any(span.kind == "why" or span.kind.startswith("ask_") for span in spans)
    kept = [
        reduce(lambda seen, look: look(said, seen), _LOOKS, span)
        for span in spans
        if not (asks and span.kind in _DESCRIPTIONS)
    ]
    return _joined(said, kept)


def to_the_end(said: str, spans: Sequence[Span]) -> list[Span]:
    """Return a first description as one, with the words in it and behind it, if it is all."""
    if not spans or {span.kind for span in spans} != {"want"}:
        return list(spans)
    begin, end = spans[0], len(tidied(said))
    inside = [said[a.end : b.start] for a, b in pairwise(spans)]
    if not all(_IN_IT.fullmatch(between) for between in inside):
        return list(spans)
    last = spans[-1].end if not _GOES_ON.fullmatch(said[spans[-1].end : end]) else end
    return [replace(begin, end=last, sure=max(span.sure for span in spans))]


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
    alike = _ALIKE.search(said[: span.start])
    return replace(span, kind="like") if alike else replace(span, sure=0.0)


def _picked(span: Span) -> Span:
    """Who asks why about a picture judges none."""
    return replace(span, kind="pick") if span.kind in ("like", "unlike", "count") else span


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
    if span.kind in ("like", "unlike") and _SPARING.search(said[: span.start]):
        return replace(span, kind="spared")
    refused = span.kind == "like" and _REFUSED.search(said[: span.start])
    return replace(span, kind="unlike") if refused else span


def _counts(said: str, span: Span) -> bool:
    before, after = said[: span.start][-_NEAR:], said[span.end :][:_NEAR]
    around = (before, said[span.start : span.end], after)
    return any(map(_SHOWN.search, around)) and not _POINTED.search(before)


def _welcome(said: str, span: Span) -> Span:
    """Return a refusal as a wish where the words before it do not refuse."""
    before = said[: span.start]
    if span.kind != "refuse":
        return span
    if _NOT_ONLY.search(before):
        return replace(span, kind="want")
    if match := _NON.search(before):
        return replace(span, kind="want", start=match.start())
    if match := _NOBODY.search(before):  # nobody on the beach
        return replace(span, start=match.start())
    return span


def _joined(said: str, spans: Sequence[Span]) -> list[Span]:
    out: list[Span] = []
    for span in spans:
        last = out[-1] if out else None
        between = said[last.end : span.start] if last else ""
        if last and last.kind == span.kind == "want" and _SAME_BREATH.fullmatch(between):
            out[-1] = Span(last.start, span.end, "want", max(last.sure, span.sure))
        else:
            out.append(span)
    return out


_LOOKS = (_read_on, _welcome, _whole, _pointing, _disliked, _excepted)
"""What the words around a span can make of it, one after the other."""
