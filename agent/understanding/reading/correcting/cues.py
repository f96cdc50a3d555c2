"""Words by which people correct themselves: "no", "i meant", "should be", "scratch that".

They say that something is corrected; they are never part of what is looked for.
"""

import re

_SAID = r"i (?:said|me?an?t?|ment|asked for)"
_SHOULD = (
    r"(?:it|that|this|they)?(?:'s| is| was)? ?(?:should|ought to|must|was (?:supposed|meant)"
    r" to|supposed to"
    r"|meant to) (?:be|have been|say|have said|read)"
)
_LEADING = re.compile(
    rf"(?:(?:no+|nope|nah|wait|sor+y|oops|whoops|actually|rather|hang on|hold on|excuse me"
    rf"|correction"
    rf"|typo|my (?:bad|mistake|fault)|{_SAID}|{_SHOULD}|i (?:wanted|was trying|tried) to"
    rf" (?:say|type|write)"
    r"|make (?:it|that|them)|(?:it|that|he|she|they)(?:'s|'re| is| are| was| were))\b[,.:;!]* ?)+",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"(?:,? (?:i (?:said|mean|meant|ment|should(?: ha?ve|'ve| of)? (?:said|put|written)"
    r"|wanted(?: to (?:say|type|write))?|was thinking of)|actually|sor+y|instead|rather"
    r"|it should (?:be|say|have been)|that should (?:be|say)|is what i (?:meant|said|wanted)"
    r"|i)){1,4}$",
    re.IGNORECASE,
)
_STRONG = (
    r"no+|nope|nah|sor+y|oops|whoops|rather|(?:scratch|strike|cancel) that|i me?an?t?|i ment"
    r"|actually"
    r"|make (?:it|that)|correction|i tell a lie|my (?:bad|mistake)|excuse me|wait|hang on|hold on"
    r"|rephrase|correct that|better still|on second thoughts?"
)
_WEAK = r"or|but|and|well|er+m*|u+h+|u+m+|the"
_CUES = re.compile(rf"\b(?:{_STRONG})\b", re.IGNORECASE)
_CUE_WORDS = frozenset(
    "no noo nope nah sorry sory sorrry oops whoops or rather scratch strike cancel that i mean"
    " meant"
    " ment actually make it correction tell a lie my bad mistake excuse me wait hang hold on"
    " let lemme"
    " rephrase correct start again better still second thought thoughts but and well er erm uh"
    " uhm um"
    " umm not show find say perhaps maybe the it's its let's lets".split()
)
_MOST = 10  # words between two things of which the first is taken back
_RESTS = 2  # of them, words that still belong to the first
_INSIDE = re.compile(
    rf"(?:,|\.{{2,3}})? (?:(?:{_WEAK}),? ){{0,3}}(?:{_STRONG})\b,? (?:(?:{_STRONG}"
    rf"|{_WEAK})\b,? ){{0,4}}",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d$")
_BOUND = re.compile(r"(?:from|since|before|after|until|till|in|on|to)\b", re.IGNORECASE)


def without_cues(text: str) -> str:
    """Return what is said instead, without the words that say that it is; all if that is all."""
    text = text.strip(" ,.;:!?")
    bare = _TRAILING.sub("", text)
    led = _LEADING.match(bare)
    return (bare[led.end() :] if led else bare).strip(" ,.;:") or text


def repairs(between: str) -> bool:
    """Whether what stands between two things takes the first one back: "red, no sorry, blue"."""
    cue = _CUES.search(between)
    said = re.findall(r"[\w']+", between.casefold())
    if not cue or len(said) > _MOST:
        return False
    rest = len(re.findall(r"[\w']+", between[: cue.start()]))
    odd = [at for at, word in enumerate(said) if word not in _CUE_WORDS]
    return all(at < min(rest, _RESTS) for at in odd)


def last_said(text: str) -> str:
    """Return the last of what is said in a span: "from 2012 no 2013" is from 2013."""
    said = [part for part in _INSIDE.split(text) if part]
    if len(said) < 2:
        return text
    led = _BOUND.match(said[0])
    bare = not _BOUND.match(said[-1])
    year = _YEAR.search(said[0])
    last = said[-1] if not year or re.search(r"\d", said[-1]) else f"{said[-1]} {year[0]}"
    return f"{led[0]} {last}" if led and bare else last
