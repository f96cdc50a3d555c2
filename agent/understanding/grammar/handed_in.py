"""Words that come with a picture: "like this", "similar but blue", "do I have this photo?".

What points at the picture is cut off; what is left asks for more than the picture does. Of several,
"the second one" and "the left one" are those that are meant.
"""

import re
from dataclasses import dataclass

from agent.understanding.grammar.numbers.numbers import CARDINAL, ORDINAL, number
from agent.understanding.grammar.positions import THING
from retrievers.text.lettering import words

_SENT = (
    r"(?:attached|uploaded|enclosed|given|provided|pasted|sent|shown|above|below|here"
    r"|(?:that )?i(?:'ve| have)?(?: just)? (?:sent|attached|uploaded|gave|pasted|provided|showed)"
    r"(?: you)?)"
)
_FEW = r"(?:two|three|four|five|both|few|example|reference|sample|same)"
_THIS = (
    rf"(?:(?:this|that|these|those)(?: (?:{_FEW} )?{THING}| {_FEW}| {_SENT})?"
    rf"|(?:the|my)(?: {_SENT}| {_FEW})* {THING}(?: in (?:the|this|my) {THING})?"
    r"|the (?:attached|uploaded|enclosed|provided|pasted|above|below)|it|them|mine)"
    rf"(?: {_SENT})?"
)
_ALIKE = (
    r"(?:(?:that|which) )?(?:(?:are|is|looks?|looking|feels?) )?"
    r"(?:(?:very|most|more|just|exactly|closely|a bit|the most) )?"
    r"(?:like|similar to|resembl\w+|close to|alike to|akin to|(?:the )?same as|as in|matching"
    r"|comparable to|reminiscent of|reminds? (?:me|one|us) of|(?:in )?between"
    r"|in the (?:style|vein|spirit|mood|manner) of|(?:duplicates?|copies|copy|versions?) of"
    r"|identical to)"
)
_END = (
    r"(?=$|[,.;:!?]| (?:but|and|only|just|except|without|with|in|at|on|from|by|taken|before|after"
    r"|where|that|which|not|no|near|under|during|though|please|now)\b)"
)
_MANNER = (
    r"(?:(?:along|on) (?:these|those|this|that|the same) lines?"
    r"|in (?:this|that|the same|a similar) (?:style|vein|spirit|mood|manner|way)"
    r"|of (?:this|that|the same) (?:sort|kind|type|style))"
)
_POINTERS = re.compile(
    rf"\b{_ALIKE} {_THIS}\b{_END}|\b{_MANNER}\b{_END}"
    rf"|^(?:{_THIS}|(?:something |anything )?(?:very )?(?:similar|alike|(?:the )?same|identical))"
    rf"(?: {THING})?\b{_END}",
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
    " collection album library thing things again also another few many very"
    " resemble resembles resembled resembling resemblance alike along line lines between both two"
    " three four five attached uploaded enclosed pasted provided given sent above below reference"
    " example sample sort kind type style vein spirit mood manner way comparable reminiscent"
    " remind reminds related close closely now then instead rather so such near nearly quite pretty"
    " somewhat roughly about every each own saw seem seems appear appears kindly into by ive theres"
    " whatever".split()
)
_PLACE = (
    rf"(?:{ORDINAL}|last|final|left|right|middle|former|latter|top|bottom|upper|lower)"
    r"(?:[ -]?(?:hand|most))?"
)
_ONE_OF = (
    rf"(?:(?:the|my) {_PLACE}(?: {CARDINAL})?(?: {_SENT})?(?: {THING})?|{_PLACE} {THING}"
    rf"|(?:the )?{THING} (?:on|at|to) the {_PLACE}|(?:the )?(?:{THING}|number) #?{CARDINAL})"
)
_SOME_OF = rf"{_ONE_OF}(?:(?:,? and |,? or |, )(?>{_ONE_OF}|{_PLACE}(?: {THING})?))*+"  # in one way
_AMONG = re.compile(
    r"(?P<not>\b(?:but )?(?:not|no|never|less|unlike|without|except|anything but|rather than"
    r"|instead of|don't|do not|different from|other than)(?: (?:the|use|want))? )?"
    rf"(?:\b{_ALIKE} )?(?<!\bon )(?<!\bat )(?<!\bto )(?<!\bin )\b(?P<which>{_SOME_OF})\b{_END}",
    re.IGNORECASE,
)
_EACH = re.compile(rf"(?P<place>{_PLACE})(?: (?P<many>{CARDINAL}))?|(?P<at>{CARDINAL})", re.I)
_OTHER = rf"(?:(?:that|it)\b|the (?:other|old|last|first|previous|earlier)(?: {THING})?\b)(?: one)?"
_INSTEAD = re.compile(
    rf"^no, (?:i meant? )?|,? ?\b(?:instead(?: of {_OTHER})?|rather than {_OTHER})(?=$|[ ,.;])"
    r"|^rather |,? rather$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class BesidePictures:
    """What is asked for besides the pictures that came with words.

    Attributes:
        text: words that ask for more.
        chosen: places of the pictures that are meant, from 0.
        instead: whether they take the place of earlier ones.
        refused: whether one is to be kept out.
    """

    text: str
    chosen: tuple[int, ...]
    instead: bool
    refused: bool


def beside(said: str, pictures: int, *, shown: int) -> BesidePictures:
    """Read words that came with pictures.

    Args:
        said: the words.
        pictures: how many came with them; of several, numbers mean those.
        shown: how many are on the screen, which numbers mean else.
    """
    named: dict[bool, list[int]] = {False: [], True: []}

    def cut(match: re.Match[str]) -> str:
        if not (which := _which(match["which"].casefold(), pictures)):
            return match[0]
        named[bool(match["not"])] += which
        return " "

    replaced = _INSTEAD.sub(" ", said)
    instead = replaced != said
    text = _AMONG.sub(cut, replaced) if pictures > 1 or not shown else replaced
    pointed, refused = named.values()
    every = pointed or [at for at in range(pictures) if at not in refused]
    chosen = tuple(at for at in dict.fromkeys(every) if at not in refused)
    more = besides(" ".join(text.split()))
    return BesidePictures(
        more or "", () if more is None else chosen, instead, more is None or bool(refused)
    )


def _which(named: str, pictures: int) -> list[int]:
    """Return the places that were named, from 0; none if one of them is not there."""
    found: list[int] = []
    for match in _EACH.finditer(named):
        found += _places(match, pictures)
    return found if all(0 <= at < pictures for at in found) else []


def _places(match: re.Match[str], pictures: int) -> range:
    if match["at"]:
        at = number(match["at"]) - 1
        return range(at, at + 1)
    many, place = number(match["many"] or "1"), re.split(r"[ -]", match["place"])[0]
    place = place.removesuffix("most").removesuffix("hand")
    if place in ("last", "final", "right", "latter", "bottom", "lower"):
        return range(pictures - many, pictures)
    if place == "middle":
        return range((pictures - 1) // 2, pictures // 2 + 1)
    first = 0 if place in ("left", "former", "top", "upper") else number(place) - 1
    return range(first, first + many)


def besides(said: str) -> str | None:
    """Return what words ask for besides the picture they came with; None if they refuse it."""
    if _REFUSED.search(said):
        return None
    left = re.sub(r" (?=[,.;:!?])", "", " ".join(_POINTERS.sub(" ", said).split()))
    left = re.sub(r"^(?:[\s,.;:!?]|but\b|and\b)+|[\s,;:]+$", "", left, flags=re.IGNORECASE)
    return left if set(words(left.replace("'", ""))) - _EMPTY else ""
