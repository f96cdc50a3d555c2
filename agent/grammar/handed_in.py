"""Words that come with a picture: "like this", "similar but blue", "do I have this photo?".

What points at the picture is cut off; what is left asks for more than the picture does.
"""

import re

from agent.grammar.positions import THING
from retrievers.lettering import words

_SENT = (
    r"(?:attached|uploaded|enclosed|given|provided|pasted|sent|shown|above|below|here"
    r"|(?:that )?i(?:'ve| have)?(?: just)? (?:sent|attached|uploaded|gave|pasted|provided|showed)"
    r"(?: you)?)"
)
_FEW = r"(?:two|three|four|five|both|few|example|reference|sample|same)"
_THIS = (
    rf"(?:(?:this|that|these|those)(?: (?:{_FEW} )?{THING}| {_FEW}| {_SENT})?"
    rf"|(?:the|my)(?: {_SENT}| {_FEW})* {THING}(?: in (?:the|this|my) {THING})?|it|them|mine)"
    rf"(?: {_SENT})?"
)
_ALIKE = (
    r"(?:(?:that|which) )?(?:(?:are|is|looks?|looking|feels?) )?"
    r"(?:(?:very|most|more|just|exactly|closely|a bit|the most) )?"
    r"(?:like|similar to|resembling|close to|alike to|akin to|(?:the )?same as|as in|matching"
    r"|in the style of|(?:duplicates?|copies|copy|versions?) of|identical to)"
)
_END = (
    r"(?=$|[,.;:!?]| (?:but|and|only|just|except|without|with|in|at|on|from|by|taken|before|after"
    r"|where|that|which|not|no|near|under|during|though|please|now)\b)"
)
_POINTERS = re.compile(
    rf"\b{_ALIKE} {_THIS}\b{_END}|^(?:{_THIS}|(?:something |anything )?(?:very )?(?:similar|alike"
    rf"|(?:the )?same|identical))(?: {THING})?\b{_END}",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    rf"\b(?:not|no|nothing|none|never|un|without|anything but|less|don't|do not|different from"
    rf"|other than|except)(?: \w+)? ?(?:(?:{_ALIKE}) )?{_THIS}\b{_END}",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    "a all alike an and any anything are as at be been but can could did do does duplicate"
    " duplicates else exact exactly find for from get give got had has have here i identical in is"
    " it its just like look looking looks match matches matching me mine more most my of on one"
    " ones only other others our please same search see seen show similar some someone something"
    " take taken than that the them there these they this those to was we were what whats when"
    " where wheres which who whos whose with would you your image images photo photos"
    " photograph photographs pic pics picture pictures shot shots closest nearest copies copy"
    " collection album library thing things again also another few many very".split()
)


def besides(said: str) -> str | None:
    """Return what words ask for besides the picture they came with; None if they refuse it."""
    if _REFUSED.search(said):
        return None
    left = re.sub(r" (?=[,.;:!?])", "", " ".join(_POINTERS.sub(" ", said).split()))
    left = re.sub(r"^(?:[\s,.;:!?]|but\b|and\b)+|[\s,;:]+$", "", left, flags=re.IGNORECASE)
    return left if set(words(left.replace("'", ""))) - _EMPTY else ""
