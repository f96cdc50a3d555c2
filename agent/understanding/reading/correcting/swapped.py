"""Corrections whose form says what they are: "lime, not lemon", "i said a pear", "*beach".

Only where something that is asked for takes part; all else is the tagger's to read.
"""

import re

from agent.understanding.acts import Replace
from agent.understanding.reading.correcting.corrected_place import place_of
from agent.understanding.reading.correcting.cues import without_cues
from agent.understanding.tagger.features import Around
from retrievers.text.lettering import words

_SORRY = (
    r"(?:(?:sor+y|oops|whoops|no|wait|actually|hang on|excuse me|my bad|i me?an?t?|i ment"
    r"|make (?:it|that)|it(?:'s| is| was| should be)|that(?:'s| is| was))\b,? )*"
)
_NOT = r",? (?:not|instead of|rather than|and not) "
_THIS_NOT_THAT = re.compile(rf"{_SORRY}(?P<new>.+?){_NOT}(?P<old>[^,.;]+)", re.IGNORECASE)
_MEANT = (
    re.compile(
        rf"{_SORRY}(?:i (?:said|me?an?t?|ment)|it should (?:be|say)|it was supposed to be"
        r"|i wanted (?:to )?say) (?P<new>[^,.;]+)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_SORRY}(?P<new>[^,.;]+?),? (?:i (?:me?an?t?|ment|said|wanted (?:to )?say)|actually)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<new>an? [^,.;]+?),? (?:would be|is|might be|would have been) (?:better|nicer)", re.I
    ),
    re.compile(r"(?:sorry|oops|whoops|typo),? (?P<new>[^,.;]+)", re.IGNORECASE),
    re.compile(r"\* ?(?P<new>[^,.;*]+)|(?P<new_too>[^,.;*]+)\*", re.IGNORECASE),
)
_CONTRAST = re.compile(
    r"\b(?:not|instead|rather|no|is|are|was|were|can|exclude|excluding|without|hide|skip|remove|drop"
    r"|like|more|less|show|all|any)\b",
    re.IGNORECASE,
)
"""In what is said instead: it says more than that."""
_NOT_THIS = (
    re.compile(
        rf"{_SORRY}not (?P<old>[^,.;]+?)(?:, (?:but )?| but (?:rather )?)(?P<new>[^,.;]+)", re.I
    ),
    re.compile(
        rf"{_SORRY}(?:instead of|rather than) (?P<old>[^,.;]+?),? (?P<new>(?:an?|the|some)"
        rf" [^,.;]+)",
        re.I,
    ),
)
_LONGEST = 4  # words of what is said instead
_SMALL = frozenset("a an the my our some any it was is be that no not".split())


def contrasted(said: str, around: Around) -> Replace | None:
    """Read "not the canon, the nikon" and the like, where the first one is asked for."""
    held = _content(" ".join((*around.wanted, *around.conditions)))
    for form in _NOT_THIS:
        match = form.fullmatch(said.strip(" .!?"))
        new, old = (
            (without_cues(match[one].strip()) for one in ("new", "old")) if match else ("", "")
        )
        there = _content(old) and _content(old) <= held
        if there and _short(new) and not _content(new) & held and not _CONTRAST.search(new):
            return Replace(_bare(new), _bare(old))
    return None


def swapped(said: str, around: Around) -> Replace | None:
    """Read an utterance that is nothing but a correction; None if it is not."""
    held = set(words(" ".join(around.wanted)))
    said = said.strip(" .!?")
    if match := _THIS_NOT_THAT.fullmatch(said):
        new, old = without_cues(match["new"].strip()), without_cues(match["old"].strip())
        there = _content(old) and _content(old) <= held
        if there and _short(new) and not _content(new) & held:
            return Replace(new, old)
    for form in _MEANT:
        match = form.fullmatch(said)
        new = (match["new"] or match.groupdict().get("new_too") or "").strip() if match else ""
        if not new or not _short(new) or not held or _CONTRAST.search(new):
            continue
        new = without_cues(new)
        if place := place_of(new, Around(wanted=around.wanted)):
            return Replace(new, place)
    return None


def _bare(text: str) -> str:
    return re.sub(r"^(?:the|my) ", "", text, flags=re.IGNORECASE)


def _content(text: str) -> set[str]:
    return {word for word in words(text) if word not in _SMALL}


def _short(text: str) -> bool:
    return 0 < len(_content(text)) <= _LONGEST
