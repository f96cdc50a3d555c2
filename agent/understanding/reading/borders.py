"""Where spans begin and end: names keep their hyphens, dates that touch are one, nothing is lost.

A first utterance describes something: words before its first condition that ask for nothing else
are looked for, too.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from itertools import pairwise, starmap

from agent.understanding.grammar.dates.dates import date_pattern
from agent.understanding.grammar.phrases import negated, worded
from agent.understanding.tagger.labels import CONDITIONS, REFUSED
from agent.understanding.tagger.spans import Span

_JOINED = ("date", "not_date", "new", "old", "drop", "folder", "name", "undo")
"""Two of a kind that touch are one."""
_MEASURED = ("date", "not_date", "rating", "size")
_BOUND_BEHIND = re.compile(
    r" (?:at (?:most|least)|or (?:more|less|fewer|better|above|higher|lower|below|later|newer"
    r"|earlier|older|before"
    r"|after|over|under)|and (?:up|above|more|over|later|newer|earlier|older|below|under|on"
    r"|onwards?|before)"
    r"|minimum|maximum|max|min|plus|upwards?|onwards?|and counting)\b",
    re.IGNORECASE,
)
_BOUND_BEFORE = re.compile(
    r"\b(?:at (?:least|most)|more than|less than|fewer than|no (?:more|less|fewer) than|over"
    r"|under|above|below"
    r"|up to|minimum|maximum|exactly) $",
    re.IGNORECASE,
)
_WHOLE_WORDS = ("want", "refuse", "new", "tag", "not_tag", "folder", "not_folder", "name")
_HYPHENED = re.compile(r"(?:[-_/]\w+)+")
_OR = re.compile(r",? or (?:the )?", re.IGNORECASE)
_TOUCHING = re.compile(r"(?: of)? ?|[-/:.]")
_WITH = re.compile(r"^(?:.{0,40}\bany |and |but )?(?P<led>with $)", re.IGNORECASE)
_THE_ONES = re.compile(r" ones?\b", re.IGNORECASE)
_ARTICLE = re.compile(r"\ban? $", re.IGNORECASE)
_FRONT = re.compile(r"(?:[\w'&-]+ ){1,14}")
_FRAME = re.compile(
    r"\b(?:i|i'm|i'd|me|you|we|he|she|they|show|find|give|get|need|want|looking|look|search|please|pls|can|could"
    r"|would|do|does|did|is|are|was|were|be|have|has|had|got|there|it|this|that|those|these|what|whats"
    r"|where|when|which|who|how|why|let|only|just|not|no|never|nothing|none|without|except|but"
    r"|everything|anything|something|all|any|hi|hello|hey|ok|okay|so|um|uh|hmm|sorry|now|next|start"
    r"|forget|change|make|put|save|more|again|like|taken|shot|dated|tagged|rated|stored|called|named"
    r"|file|files|folder|album|tag|only|try|help|pictures?|photos?|images?|pics?|shots?|ones?|stuff)\b",
    re.IGNORECASE,
)
_FRAME_ELSEWHERE = re.compile(
    r"\b(?:zeig|such|find|gib|mir|ich|bitte|welche|bild|foto|montr|cherch|trouv|donne|moi|je\b|busc|quier"
    r"|quis|muestr|muéstr|enseñ|encuentr|dame|cerc|mostr|trov|vorrei|vogli|procur|quer|dikh|mujhe|chahi"
    r"|dhund|imágenes|immagini|imagens|vergiss|nur|solo|sólo|seulement|apenas)",
    re.IGNORECASE,
)
_ABOUT_TIME = re.compile(
    r"\b(?:about|around|some ?time|somewhere|back|early|earlier|late|later|mid|the|an?|of|on"
    r"|in|at|by|from"
    r"|since|before|after|until|till|between|during|over|older|newer|than|less|roughly|circa|years?"
    r"|months?|weeks?|days?|last|first|past|ago|and|or|to|up|through|within)\b|\d",
    re.IGNORECASE,
)
_ABOUT_TIME_ELSEWHERE = re.compile(
    r"\b(?:zwischen|seit|vor|nach|bis|ab|vo[nm]|aus|im|um|gegen|etwa|ungefähr|letzt\w*|vorig\w*"
    r"|entre|depuis|avant|après|jusqu\w*|dans|durant|pendant|vers|environ|début|fin|dernier\w*|dernière\w*"
    r"|desde|hasta|antes|después|despues|hacia|del?|en|el|la|las|los|año|pasad[oa]s?|últim[oa]s?"
    r"|tra|fra|prima|dopo|dal|dalla|dall|fino|nel|nello|nella|circa|anno|scors[oa]|inizio|fine"
    r"|até|depois|durante|em|no|na|nos|nas|do|da|ano|passad[oa])\b|[^\x00-\u024f]",
    re.IGNORECASE,
)
"""Likewise in other languages, or a script in which a date has no front."""
_OF_THE = re.compile(r"of (?:the|my|our|an?) \D+$", re.IGNORECASE)
_NO_THING = (_FRAME, _ABOUT_TIME, _ABOUT_TIME_ELSEWHERE)
"""What none of the words before a date may be that are looked for."""
_SMALL = (
    r"from|in|on|of|by|with|the|my|our|at|under|inside|near|to|aus|von|vom|im|bei|mit|ohne|à|en|au|de"
    r"|du|des|la|le|les|el|los|il|da|do|das|em|no|na|nel|nella|dal|del|con|com|der|die|den"
)
_LAST_SMALL = re.compile(rf"(?:\b(?:{_SMALL}) ){{1,4}}$", re.IGNORECASE)
_BEFORE_CONDITION = re.compile(
    r"(?: (?:aufgenommen|gemacht|fotografiert|prises?|faites?|tomadas?|hechas?|scattat[ae]|fatt[ae]"
    rf"|tiradas?|feitas?))?(?: (?:{_SMALL})){{0,3}}$",
    re.IGNORECASE,
)
"""What leads from a description to a condition, and belongs to neither."""
_ALL = ("everything", "anything", "something", "pictures", "photos", "images")
_SLIP = 0.8  # how alike one of these and a word with a slip of the finger are
_DOING = re.compile(
    r" (?:(?:is|are|was|were|being) )?(?!(?:during|including|excluding|using|according|taken"
    r"|please|anything"
    r"|something|everything|nothing|morning|evening|being)\b)[a-z]{2,}ing(?: [\w'-]+){0,5}",
    re.IGNORECASE,
)


def bordered(said: str, spans: Sequence[Span], *, first: bool) -> list[Span]:
    """Return spans with the borders that a person would give them.

    Args:
        said: the words.
        spans: what they are for, in their order.
        first: nothing is asked for yet.
    """
    whole: list[Span] = []
    for span in spans:
        last = whole[-1] if whole else None
        if last and span.start < last.end:  # swallowed by the word before
            continue
        if last and _is_one(said, last, span):
            whole[-1] = replace(last, end=span.end, sure=max(last.sure, span.sure))
            continue
        whole.append(_whole(said, span, last.end if last else 0))
    whole = _doing(said, [*starmap(partial(_trimmed, said), pairwise(whole)), *whole[-1:]])
    return _fronted(said, [part for one in whole for part in _dated(said, one)]) if first else whole


def _whole(said: str, span: Span, begin: int) -> Span:
    """Return a span with the rest of its last word, and with what bounds it."""
    end, start = span.end, span.start
    if span.kind in _WHOLE_WORDS and (more := _HYPHENED.match(said, end)):
        end = more.end()
    if span.kind in _MEASURED and (more := _BOUND_BEHIND.match(said, end)):
        end = more.end()
    if span.kind in _MEASURED and (less := _BOUND_BEFORE.search(said, begin, start)):
        start = less.start()
    if span.kind in ("want", "new") and (more := _WITH.match(said[:start])):
        start = more.start("led")
    if span.kind == "want" and _THE_ONES.match(said, end):
        start += len("the ") if said[start:].casefold().startswith("the ") else 0
    if span.kind == "new" and (more := _ARTICLE.search(said, begin, start)):
        start = more.start()
    return replace(span, start=start, end=end)


def _is_one(said: str, last: Span, span: Span) -> bool:
    between = said[last.end : span.start]
    if last.kind != span.kind:
        return False
    either = span.kind in (*CONDITIONS, *REFUSED) and _OR.fullmatch(between)
    return bool(either or (span.kind in _JOINED and _TOUCHING.fullmatch(between)))


def _trimmed(said: str, span: Span, after: Span) -> Span:
    """Return a description without the preposition of the condition behind it."""
    condition = after.kind in (*CONDITIONS, *REFUSED)
    if span.kind != "want" or not condition or said[span.end : after.start].strip():
        return span
    lead = _BEFORE_CONDITION.search(said, span.start, span.end)
    return replace(span, end=lead.start()) if lead and lead.start() > span.start else span


def _doing(said: str, spans: list[Span]) -> list[Span]:
    """Let a description at the end say what its things do: the children "are playing"."""
    last = spans[-1] if spans else None
    end = len(said.rstrip(" .!?"))
    if last and last.kind == "want" and _DOING.fullmatch(said, last.end, end):
        return [*spans[:-1], replace(last, end=end)]
    return spans


def _dated(said: str, span: Span) -> list[Span]:
    """Cut what is looked for from the front of a date: otters since 2022."""
    text = said[span.start : span.end]
    match = next(date_pattern(alone=True).finditer(text), None) if span.kind == "date" else None
    if span.kind == "date" and not match and _OF_THE.match(text):  # the first snow of the year
        return [replace(span, kind="want", sure=1.0)]
    before = text[: match.start()] if match else ""
    if not _FRONT.fullmatch(before) or any(one.search(before) for one in _NO_THING):
        return [span]
    middle = span.start + len(before)
    want = replace(span, end=middle - 1, kind="want")
    return [want, replace(span, start=middle)]


def _fronted(said: str, spans: list[Span]) -> list[Span]:
    """Look for what stands before the first description or condition, if it is not a frame."""
    first = spans[0] if spans else None
    if first is None or first.kind not in ("want", *CONDITIONS, *REFUSED):
        return spans
    start = len(said) - len(_unframed(said))
    before = said[start : first.start]
    framed = _FRAME.search(before) or _FRAME_ELSEWHERE.search(before)
    if start >= first.start or framed or not _FRONT.fullmatch(before):
        return spans
    if first.kind == "want":
        return [replace(first, start=start), *spans[1:]]
    thing = _LAST_SMALL.sub("", before).rstrip()
    if not thing or negated(before) or get_close_matches(thing.lower(), _ALL, 1, _SLIP):
        return spans
    return [Span(start, start + len(thing), "want", 1.0), *spans]


def _unframed(said: str) -> str:
    """Return an utterance from where it describes: without "show me pictures of"."""
    bare = worded(said).text
    at = said.find(bare) if bare else -1
    return said[at:] if at >= 0 else said
