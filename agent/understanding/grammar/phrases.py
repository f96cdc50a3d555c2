"""Descriptions, the words around them, and refusals: "could you show me ... without cars?"."""

import re
from dataclasses import dataclass

_NOISE = (
    r"(?:a|an|the|any|some|all|all the|every|only|just|ones?|pictures?|photos?|photographs?"
    r"|images?|pics?|"
    r"shots?|snaps?|things?|everything|anything|something|stuff|it|them|those|these|that|which"
    r"|were|are|was|"
    r"is|i|my|me|of|and|but|or|also|then|now|please|ok|okay|yes|taken|to|with|show|find|search"
    r"|look for|hi|hello|hey|thanks|thank you|no|same|the same|similar|again)"
)
_POLITE = (
    r"(?:please|pls|kindly|thanks|thank you|ok(?:ay)?|hm+|well|so|hi|hey|hello|actually"
    r"|alright|right"
    r"|great|nice|"
    r"perfect|cool|good|yes|yeah|yep|sorry|oh|um+|and then|then|now|next(?=,)|also|not sure|i"
    r" think|i guess|and|but|plus|maybe|perhaps|"
    r"let's (?:try|see|say|go with)|try|how about|what about|or)"
)
_ASK = (
    r"(?:(?:can|could|would|will) (?:you|we)(?: please| maybe)?|i(?:'d| would) like(?: you)? to|"
    r"i want(?: you)? to|i need(?: you)? to|i(?:'m| am) trying to|let me|can i|could i|may i|i"
    r" wanna)"
)
_SEEK = (
    r"(?:show(?: me| us)?|find(?: me| us)?|search(?: for)?|look(?:ing)? (?:up|for)|get(?: me)?"
    r"|give me|fetch(?: me)?|"
    r"see|i(?:'m| am) (?:looking|searching|hunting) for|hunt for|bring up|display|where (?:are"
    r"|is)|let's look for|hi|hello|hey|thanks|thank you|no)"
)
_HAVE = (
    r"(?:do (?:you|we|i) have|have (?:you|we|i) got|are there|is there|were there|got|i want|i"
    r" need|i'd like|i would like|"
    r"i (?:only|just) (?:want|need)|i prefer|it should (?:be|have)"
    r"|it must (?:be|have)|it has to be|they should (?:be|have)"
    r"|it needs to (?:be|have)|make (?:it|them|that)|give it|"
    r"it's|it is|it was|they are|they're|there (?:is|are|was|were)|there's|there should be"
    r"|where|it had|it has|should be)"
)
_THINGS = r"(?:pictures?|photos?|photographs?|images?|pics?|shots?|snaps?|snapshots?)"
_SOME = r"(?:(?:some|any|all|all the|every|a|an|one|the|my|our|a few|more)? ?)"
_PICTURES = (
    rf"{_SOME}(?:nice |good )?{_THINGS} (?:of|showing|containing|that show|which show|where"
    rf"|with(?= (?:no|the tag)))(?: |$)"
)
_ONES = (
    r"(?:(?:only|just|all|any|some|keep|keep only|show only|maybe)? ?(?:of )?(?:the|those|any"
    r"|some|that|which)? ?(?:ones|one|of (?:them|these|those))"
    r"(?: (?:that|which)(?: (?:are|is|were|have|has|show))?)?(?: |$))"
)

_FRONT = re.compile(rf"(?:{_POLITE}\b[,.!:]* )++|{_ASK} ", re.IGNORECASE)
_STOPS = " ,.!?;:"
_BACK = re.compile(
    r"\b(?:please|pls|thanks|thank you|for me|now|this time|again|if (?:you"
    r"|we) (?:can|have (?:any|one|some))|"
    r"if possible|okay|ok|as well|too|either|though|anyway)$",
    re.IGNORECASE,
)
_TAIL = re.compile(r" (?:only|ones?)$", re.IGNORECASE)
_AT_BACK = 20  # characters, more than any of these has
_NOT = (
    r"(?:(?:but |and |with |or |also ){0,4}(?:(?:any|every)thing (?:but|except(?: for)?|besides)"
    r"|all (?:but|except(?: for)?)|outside(?: of)?|never"
    r"|no more(?! than)|no(?! more than)|not so|not too|not"
    r" the|not an?|not(?! sure)|without|minus|except(?: for)?|excluding|"
    r"nothing with|none with|nothing|none of|none|no one|leave out|leaving out|avoid|avoiding|hide"
    r"|remove|removing|drop|lose|get rid of|forget(?: about)?|exclude|"
    r"free of|rather not|nor|i (?:don't|do not|dont) (?:want|need|like)(?: to see)?"
    r"|(?:don't|do not|dont) (?:show|give|want|include|search|look)(?: me)?|ignor(?:e|ing)|"
    r"there (?:should|must) be no|should not have|shouldn't have|must not have|skip|other"
    r" than)(?: any| the| all| those| these)?) "
)
REFUSAL = re.compile(
    rf"(?:^|(?<=[ ,])){_NOT}(?:(?:ones?|those|them|anything|stuff|pictures|photos|images) "
    r"(?:(?:that|which) )?(?:(?:are|were|is|was) )?)?$",
    re.IGNORECASE,
)
"""Matches a refusal at the end of what stands before the thing that is refused."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A description and how it was put.

    Attributes:
        text: what is left for the encoder to read.
        sought: it came with "show me", "look for" or the like, which begins a new search.
        narrowed: it came with "the ones", "only" or the like, which narrows the old one.
    """

    text: str
    sought: bool = False
    narrowed: bool = False


def tidied(said: str) -> str:
    """One line, straight quotes, no politeness at the end."""
    flat = " ".join(said.replace("’", "'").split()).rstrip(_STOPS)
    while courtesy := _BACK.search(flat[-_AT_BACK:]):
        flat = flat.removesuffix(courtesy[0]).rstrip(_STOPS)
    return flat


def bared(clause: str) -> str:
    """Drop politeness at the front, unless that is all there is."""
    while (match := _FRONT.match(clause)) and match.end() < len(clause):
        clause = clause[match.end() :]
    return clause


def worded(clause: str) -> Wording:
    """Cut a description free of the words that ask for it."""
    text = bared(clause)
    sought = narrowed = False
    if match := re.match(rf"{_SEEK} ", text, re.IGNORECASE):
        text, sought = bared(text[match.end() :]), True
    if match := re.match(rf"{_HAVE} ", text, re.IGNORECASE):
        text, narrowed = text[match.end() :], True
    if match := re.match(_PICTURES, text, re.IGNORECASE):
        text = text[match.end() :]
    elif match := re.match(rf"{_ONES}", text, re.IGNORECASE):
        text, narrowed = text[match.end() :], True
    elif match := re.match(
        r"(?:only|just|strictly|keep only|limit (?:it )?to|but only|(?:it|them|those|these)(?="
        r" )|any(?: \w+s)?(?= with)) ?",
        text,
        re.I,
    ):
        text, narrowed = text[match.end() :], True
    return Wording(_without_tail(text), sought, narrowed)


def _without_tail(text: str) -> str:
    whole = text
    while (tail := _TAIL.search(text[-_AT_BACK:])) and tail[0] != text:
        text = text.removesuffix(tail[0])
    if text != whole:
        text = re.sub(r"^(?:the|those) (?=.)", "", text, flags=re.IGNORECASE)
    text = re.sub(
        rf"^(?:the|only|just|any) (?=.+ ones$)|^{_SOME}{_THINGS} (?=(?:with|in|at|on|from)\b)",
        "",
        text,
        flags=re.I,
    )
    empty = re.fullmatch(rf"(?:(?:{_POLITE}|{_NOISE})(?:\W+|$))*+", text, re.IGNORECASE)
    return "" if empty else text.strip(" ,.;:")


def negated(clause: str) -> list[str] | None:
    """Return what a clause that begins with a refusal refuses; None if it does not begin so."""
    if match := re.fullmatch(r"neither (.+?) nor (.+)", clause, re.IGNORECASE):
        return [match[1], match[2]]
    match = re.match(_NOT, clause, re.IGNORECASE)
    if not match:
        return None
    refused = re.split(r",? (?:or|nor) (?:any )?|, (?:no |any )?", clause[match.end() :])
    return [part for part in refused if part]
