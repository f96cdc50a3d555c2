"""Which spans can be meant: the words around them have the last say over the tagger."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise

from agent.understanding.grammar.phrases import tidied
from agent.understanding.phrase_words import gist, stem
from agent.understanding.reading.looks import LOOKS
from agent.understanding.tagger.spans import Span
from retrievers.text.lettering import words

_SAME_BREATH = re.compile(
    r"(?: (?!and\b|but\b|or\b|not\b|no\b|then\b|i\b|please\b)\w+){0,3} ?", re.IGNORECASE
)
"""Between two parts of one description."""
_REFUSES = re.compile(
    r"n't\b|\b(?:(?:is|are|was|were|do|does|did|has|have|should|must|could|wo|ca)nt|no\w*|neither|never|without|minus|except|exclud\w*|avoid\w*|skip\w*|hide|hiding|free|less"
    r"|too|drop\w*|remove\w*|leav\w*|los\w*|rid|ruin\w*|hate\w*|dont|but|only|empty|lack\w*|instead|rather"
    r"|bar|outside|any|kein\w*|nicht|ohne|sans|pas|sin|senza|sem|nem|non|bina|nahi\w*)\b|[^\x00-\u024f]",
    re.IGNORECASE,
)
"""A word that may refuse, or a script in which none is known here."""
_HAS_VERB = re.compile(
    r"\b(?:i|i'm|im|me|my|you|we|they|it|its|it's|that|this|them|those|these|is|are|was|were|be|being|been"
    r"|do|does|did|has|have|had|go|goes|going|gone|get|gets|keep|keeps|look|looks|can|could|should"
    r"|must|forget|never|mind|off|out|away|enough|stop|wrong|bad|done|matters?|weg|raus|genug"
    r"|sind|ist|assez|basta|via|fuera|fora|chega|meant?|said|make|instead|sorry|actually|to)\b|[-=]>|→|\?",
    re.IGNORECASE,
)
"""A word that says something about what is named before it, or talks to the program."""
_GOES_ON = re.compile(
    r"(?: (?!(?:please|i|but|if|for my|that i|taken|shot|from)\b)[\w'-]+){1,6}", re.IGNORECASE
)
"""Behind a description: of the year."""
_IN_IT = re.compile(r"(?: (?!(?:please|i|but|if|that)\b)[\w'-]+)*+ ?", re.IGNORECASE)
"""Between the words of a first description."""
_LINK = re.compile(
    r",? ?(?:(?:and|or|also|then|plus|maybe|even) ?)*(?:number |no\.? ?|#)?", re.IGNORECASE
)
_BEFORE = re.compile(
    r"(?:(?:an?|the|some|and|with|um|uh|so|ok|okay|well|hmm|please)\b[ ,.]*)*", re.I
)
_OFFER = re.compile(
    r"(?:do|have|has|did) (?:you|we|i)(?: have| got| happen)?\b|(?:are|is|were) there\b|got"
    r" any\b",
    re.I,
)
_WHY = re.compile(r"\b(?:why|how come)\b", re.IGNORECASE)
_THING_AND_MORE = re.compile(
    r"(?:(?:um|uh|so|ok|okay|well|hmm|and|with|maybe)[ ,]+){0,3}"
    r"(?P<all>(?:(?:an?|the|some|my|our) )?(?P<thing>[^\W\d]+)"
    r" (?:(?:on|in|at|with|near|by|under|over|behind|beside|among|inside|around|against|between"
    r"|from|for|that|who|which|seen|wearing|holding|auf|im|am|mit|bei|unter|vor|neben|sur|dans|avec"
    r"|sous|près|con|sobre|bajo|en|su|nel|nella|sotto|vicino|em|com|sob|na|ao)|[a-z]{2,}ing)"
    r"(?: [\w'-]+){0,7})",
    re.IGNORECASE,
)
"""One word and what it does, where it is or what it has: cats on a sofa."""
_DESCRIBES = ("want", "refuse", "drop", "new", "old", "instead")
_DESCRIPTIONS = ("want", "refuse", "new", "old")


def plausible(
    said: str, spans: Sequence[Span], *, held: Sequence[str] = (), first: bool = False
) -> list[Span]:
    """Leave out what can't be meant, and join what is one thing.

    A question wants nothing; "not only dogs" refuses nothing; a number counts pictures to be shown
    only where the words about it say so; "a flat lay" of "spices" is one description.

    Args:
        said: the words.
        spans: what the tagger makes of them.
        held: the descriptions that are asked for.
        first: nothing is asked for yet, so that a refusal needs a word that refuses.
    """
    if first and not _REFUSES.search(said):
        spans = [replace(one, kind="want") if one.kind in _DESCRIPTIONS else one for one in spans]
    spans = _described_again(said, spans, held)
    spans = [_as_described(said, span, held) for span in spans]
    why = _WHY.search(said)
    if why and not any(span.kind == "why" for span in spans):
        spans = [Span(*why.span(), "why", 1.0), *map(_picked, spans)]
    if any(span.kind == "want" for span in spans):
        spans = [one for one in spans if not _offers(said, one)]
    asks = any(span.kind == "why" or span.kind.startswith("ask_") for span in spans)
    kept = [
        reduce(lambda seen, look: look(said, seen), LOOKS, span)
        for span in spans
        if not (asks and span.kind in _DESCRIPTIONS)
    ]
    return _joined(said, _chained(said, kept))


def _described_again(said: str, spans: Sequence[Span], held: Sequence[str]) -> list[Span]:
    """Take a thing that is asked for, and what it does or where it is, for one description."""
    match = _THING_AND_MORE.fullmatch(said.rstrip(" .!"))
    front = spans[0] if spans else None
    if not match or front is None or front.start > match.end("thing") or _REFUSES.search(said):
        return list(spans)
    heads = {stem(words(one)[-1]) for one in held if words(one)}
    if stem(match["thing"].casefold()) not in heads or front.kind not in _DESCRIBES:
        return list(spans)
    behind = [span for span in spans[1:] if span.kind not in _DESCRIBES]
    end = behind[0].start if behind else match.end()
    whole = Span(match.start("all"), len(said[:end].rstrip(" ,")), "want", 1.0)
    return [whole, *behind]


def _as_described(said: str, span: Span, held: Sequence[str]) -> Span:
    """Doubt that what an utterance begins with is refused, if no word of it says so.

    What is asked for just so is said again: "red, from 2019".
    """
    if span.kind not in ("refuse", "drop", "old") or _BEFORE.fullmatch(said[: span.start]) is None:
        return span
    says = _REFUSES.search(said) or _HAS_VERB.search(said)
    if says:
        return span
    again = gist(said[span.start : span.end].casefold()) in map(gist, held)
    return replace(span, kind="want", sure=1.0) if again else replace(span, sure=0.0)


def _offers(said: str, span: Span) -> bool:
    """Whether a question only asks for pictures: do you have any of hedgehogs?"""
    return span.kind == "ask_other" and bool(_OFFER.match(said, span.start))


def _chained(said: str, spans: Sequence[Span]) -> list[Span]:
    """Judge a number as the one before it: i'd go for 8, and also 9."""
    out: list[Span] = []
    for span in spans:
        last = out[-1] if out else None
        unsure = span.kind == "count" and not span.sure
        if last and unsure and last.kind in ("like", "unlike"):
            link = _LINK.fullmatch(said, last.end, span.start)
            span = replace(span, kind=last.kind, sure=last.sure) if link else span
        out.append(span)
    return out


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


def _picked(span: Span) -> Span:
    """Who asks why about a picture judges none."""
    return replace(span, kind="pick") if span.kind in ("like", "unlike", "count") else span


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
