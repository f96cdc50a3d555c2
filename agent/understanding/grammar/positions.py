"""References to pictures on the screen: "3", "the first two", "2-4 and the last one", "these"."""

import re

from agent.understanding.grammar.numbers.date_digits import YEAR
from agent.understanding.grammar.numbers.numbers import CARDINAL, COUNT, ORDINAL, number
from agent.understanding.interpretation import Context

THING = r"(?:ones?|pictures?|photos?|photographs?|images?|pics?|results?|shots?|hits?)"
_NAMED = rf"(?:(?:#|no\.? ?|nr\.? ?)(?=\d)|(?:(?:the )?(?:numbers?|{THING})) #?)"
_DIGIT = rf"(?:{_NAMED}(?!{YEAR}\b){CARDINAL}|#?\d{{1,3}}(?![\d\w]))"
_SPAN = (
    rf"(?:{_NAMED})?(?!{YEAR}\b){CARDINAL} ?(?:-|–|to|through|till) ?(?:{_NAMED})?{CARDINAL}(?!\w)"
)
_GROUP = rf"(?:the )?(?:first|last|top|bottom) {COUNT}\b(?: {THING}\b)?"
_LAST_BUT = rf"(?:the )?(?:last but one|second[ -]to[ -]last|penultimate)(?: {THING}\b)?"
_ORDINAL = rf"(?:the )?(?:{ORDINAL}|last|final|top|best)\b(?: {THING}\b)?"
_ALL = (
    rf"(?:(?:all|any|either|none|both) (?:of )?)?(?:these|those|them)(?: {THING}\b)?"
    rf"|all(?: {THING})?|(?:this|that)(?: {THING}\b)|this"
)
ONE = rf"(?>{_SPAN}|{_GROUP}|{_LAST_BUT}|{_ORDINAL}|{_DIGIT}|{_ALL})"
REFERENCE = rf"(?:{ONE}(?:(?:,? and |,? or | & |, ?|,? nor ){ONE})*+)"
"""Matches one or more references, lower case; it never tries again what it has taken."""


def positions(text: str, context: Context) -> tuple[int, ...]:
    """Return the numbers that a match of `REFERENCE` names, in order, each once.

    A number may be higher than what is shown; who uses it checks that.
    """
    found = [n for one in re.findall(ONE, text.casefold()) for n in _of_one(one, context)]
    return tuple(dict.fromkeys(found))


def _of_one(one: str, context: Context) -> list[int]:
    first, last = context.first, context.shown
    if re.match(r"(?:this|that)\b", one) and first != last:
        return []  # which one?
    if re.match(r"(?:this|that)\b", one):
        return [first]
    if re.fullmatch(_SPAN, one):
        low, high = [number(word) for word in re.findall(rf"\b{CARDINAL}\b", one)]
        return list(range(min(low, high), max(low, high) + 1))[:100]
    if match := re.fullmatch(rf"(?:the )?(first|last|top|bottom) ({COUNT})\b.*", one):
        return _group(match[1], number(match[2]), context)
    if re.fullmatch(_LAST_BUT, one):
        return [last - 1]
    if match := re.match(rf"(?:the )?({ORDINAL})\b", one):
        return [first + number(match[1]) - 1]
    if re.match(r"(?:the )?(?:last|final)\b", one):
        return [last]
    if re.match(r"(?:the )?(?:top|best)\b", one):
        return [first]
    if match := re.search(rf"{CARDINAL}$", one):
        return [number(match[0])]
    return list(range(first, last + 1))


def _group(end: str, n: int, context: Context) -> list[int]:
    if end in ("first", "top"):
        return list(range(context.first, context.first + n))
    return list(range(max(context.shown - n, 0) + 1, context.shown + 1))
