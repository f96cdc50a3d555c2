"""Spans that describe: what is wanted, refused, corrected. Only they put words into the query."""

import re
from collections.abc import Iterable

from agent.understanding.acts import Act, Keep, Negate, NewSearch, Refine, Replace, StartOver
from agent.understanding.grammar.numbers.numbers import CARDINAL
from agent.understanding.interpretation import Context
from agent.understanding.phrase_words import replaced
from agent.understanding.reading.correcting.corrected_place import place_of
from agent.understanding.reading.correcting.cues import without_cues
from agent.understanding.reading.gathered import Gathered
from agent.understanding.tagger.features import Around
from retrievers.text.lettering import words

_LEADING = re.compile(
    r"^(?:(?:and|but|or|also|then|please|just|only|of|that|which|plus|rather|instead)\b,? ?)+", re.I
)
_PICTURES = re.compile(
    r"^(?:(?:an?|the|some|any|my) )?(?:photo(?:graph)?s?|pictures?|images?|pics?|snaps?) of (?=\S)",
    re.IGNORECASE,
)
_LISTED = re.compile(r",? (?:or|nor|and) (?:any |no )?|, (?:no |any )?|/", re.IGNORECASE)
_NOBODY = re.compile(r"(?:nobody|no ?one|any(?:body|one)|not a soul)\b(?: else)?", re.IGNORECASE)
_SORRY = re.compile(
    r"\b(?:sorry|w?oops|i me?an?t|i ment|excuse me|wanted (?:to )?say|typo|correction"
    r"|my (?:bad|mistake)|mistake|actually|rather|instead)\b",
    re.IGNORECASE,
)
_SMALL = frozenset("a an the some in on at of with from by".split())
_KIND_OF = re.compile(r"\b(?:kind|sort|type|variety) of \w", re.IGNORECASE)
_IDLE = re.compile(
    rf"(?:(?:before|after|since|until|from|in|on|at|the|that|this|it|one|stars?|{CARDINAL}|\d+)\W*)+",
    re.IGNORECASE,
)
"""What was taken back of a condition; nothing that could be refused."""
_REFUSED_INSIDE = re.compile(
    r"(?P<want>.+?),? (?:(?:that|which|who) (?:(?:is|are|was|were|do|does)(?:n't|nt| not)"
    r"|never)(?: have| show"
    r"| contain)?|without|but (?:not|no)|with no|minus)(?: (?:any|an?|the))? (?P<refuse>[^,.;]+)",
    re.IGNORECASE,
)
_WORN = re.compile(r"(?:with|wearing|in|who|that)\b", re.IGNORECASE)


def take_description(text: str, kind: str, got: Gathered) -> None:
    """Gather words that are wanted, refused, new or old."""
    match kind:
        case "want":
            bare = _LEADING.sub("", text) or text
            _want(_PICTURES.sub("", bare), got)
        case "refuse":
            for one in filter(None, _LISTED.split(text)):
                _refuse(one, got)
        case "new":
            bare = without_cues(text)
            got.new.append(_LEADING.sub("", bare) or bare)
        case "instead":
            _say_instead(without_cues(text), got)
        case _:
            got.old.append(text)


def _want(text: str, got: Gathered) -> None:
    """Want words; "sneakers that aren't white" wants sneakers, without white."""
    match = _REFUSED_INSIDE.fullmatch(text)
    got.wanted.append(match["want"] if match else text)
    if match:
        got.refused.append(match["refuse"])


def _say_instead(text: str, got: Gathered) -> None:
    """Put words in the place of those they take back, or of all that was wanted last."""
    last = got.wanted.pop() if got.wanted else ""
    place = place_of(text, Around(wanted=(last,)))
    got.wanted.append((place and replaced(last, text, place)) or text)


def _refuse(text: str, got: Gathered) -> None:
    """Refuse words; "nobody on the beach" wants the beach, without people."""
    nobody = _NOBODY.match(text)
    rest = text[nobody.end() :].strip() if nobody else ""
    if not nobody:
        got.refused.append(text)
    elif _WORN.match(rest):
        got.refused.append(re.sub(r"^(?:with|wearing) ", "", rest))
    else:
        got.refused.append("people")
        got.wanted += [rest] if rest else []


def descriptions(
    got: Gathered, said: str, context: Context, around: Around, *, fresh: bool
) -> list[Act]:
    """Return the acts of all that describes.

    Args:
        got: what was gathered; corrections are spent.
        said: the words.
        context: what may be referred to.
        around: what is asked for, in words.
        fresh: whether a new search begins.
    """
    corrects = context.asked and not fresh
    if corrects and not got.new and len(got.wanted) == 1 and _SORRY.search(said):
        if place_of(got.wanted[0], around):  # "sorry, an elk" of a moose
            got.new, got.wanted = got.wanted, []
    told_apart = corrects and _KIND_OF.search(said)
    if told_apart:  # the bird kind of crane
        got.wanted += got.new
        got.new = []
    acts = _corrections(got, around) if corrects else _first_words(got)
    if got.wanted:
        text = ", ".join(dict.fromkeys(got.wanted))
        got.acts = [act for act in got.acts if not (fresh and isinstance(act, StartOver))]
        acts.insert(0, NewSearch(text) if fresh else Refine(text))
    refused = [one for one in got.refused if not (got.met and _IDLE.fullmatch(one))]
    return [*acts, *map(Negate, refused)]


def _first_words(got: Gathered) -> list[Act]:
    """There is nothing yet that could be corrected."""
    got.wanted += got.new
    got.refused += got.old if got.new else []
    return []


def _corrections(got: Gathered, around: Around) -> list[Act]:
    """Say what replaces what: with the old words where they were said, or found in their place."""
    wanted, every = (
        " ".join(around.wanted),
        " ".join((*around.wanted, *around.refused, *around.conditions)),
    )
    for text in [one for one in got.refused if not got.old and _within(one, wanted)]:
        if len(got.wanted) == 1 and not got.new:  # "green, not blue" of a blue dress
            got.new, got.wanted = got.wanted, []
            got.refused.remove(text)
            got.old.append(text)
    acts: list[Act] = []
    for at, new in enumerate(got.new):
        old = got.old[at] if at < len(got.old) else ""
        new = _changed(new, old, around)
        elsewhere = old and not _within(old, every)
        if elsewhere:
            got.refused += [] if _IDLE.fullmatch(old) else [old]
            if _within(new, every):  # "salad, not soup" of a salad
                continue
            old = ""
        place = old or place_of(new, around, surely=not elsewhere)
        if place is None:
            got.wanted.append(new)
        else:
            acts.append(Replace(new, place))
    got.refused += got.old[len(got.new) :]
    return acts


def _changed(new: str, old: str, around: Around) -> str:
    """Return what is new: of "four swans, not two" only four, where two swans are wanted."""
    wanted = " ".join(around.wanted)
    content = [word for word in new.split() if word not in _SMALL]
    kept = [word for word in content if not _within(word, wanted)]
    shared = old and len(kept) < len(content) and _within(old, wanted)
    return " ".join(kept) if shared and kept and not _within(old, new) else new


def _within(part: str, whole: str) -> bool:
    return bool(words(part)) and _stems(words(part)) <= _stems(words(whole))


def _stems(found: Iterable[str]) -> set[str]:
    return {word.removesuffix("s") if len(word) > 3 else word for word in found}


def keeps(acts: Iterable[Act]) -> bool:
    """Whether part of what was asked for stays when the rest goes."""
    return any(isinstance(act, Keep) for act in acts)
