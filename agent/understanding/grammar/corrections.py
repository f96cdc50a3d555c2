"""Correcting what was understood: "drop constraint 2", "/drop people", "/change 1 to a blue car".

The short forms begin with a slash, because "drop 2" is a verdict on the second picture, and "drop
the people" wants none. Only where "not people" is in force does that take the refusal back.
"""

import re

from agent.understanding.acts import Act, Change, Drop, Unclear
from agent.understanding.interpretation import Context

_NUMBERS = r"(?P<numbers>\d{1,3}(?:(?:,| and|, and)? \d{1,3})*)"
_WHAT = r"(?:the )?(?:constraint|chip)s?(?: numbers?)? #?"
_FORGET = r"(?:please )?(?:drop|remove|delete|forget(?: about)?|lift|clear)"
_DROP = re.compile(rf"(?:{_FORGET} {_WHAT}|/(?:drop|remove) ?){_NUMBERS}", re.IGNORECASE)
_DROP_WORDS = re.compile(rf"(?P<short>/)?{_FORGET} (?:the )?(?P<words>.+)", re.IGNORECASE)
_CHANGE = re.compile(
    rf"(?:(?:please )?(?:change|replace|set|edit) {_WHAT}|/(?:change|edit) ?)"
    r"(?P<numbers>\d{1,3})(?: (?:to|with|by|into))? (?P<text>(?!(?:to|with|by|into)$)\S.*)",
    re.IGNORECASE,
)


def correction(said: str, context: Context) -> Act | None:
    """Read an utterance that is nothing but a correction of the constraints."""
    if match := _CHANGE.fullmatch(said):
        number = int(match["numbers"])
        return _missing([number], context) or Change(number, match["text"].strip(" \"'“”"))
    if match := _DROP.fullmatch(said):
        named = [int(n) for n in re.findall(r"\d+", match["numbers"])]
        return _missing(named, context) or Drop(tuple(dict.fromkeys(named)))
    if match := _DROP_WORDS.fullmatch(said):
        return _by_words(match["words"], context, short=bool(match["short"]))
    return None


def _missing(named: list[int], context: Context) -> Act | None:
    """Return what to answer when no constraint has one of these numbers."""
    count = len(context.constraints)
    if all(1 <= number <= count for number in named):
        return None
    wrong = next(number for number in named if not 1 <= number <= count)
    there = f"they go from 1 to {count}" if count else "nothing is asked for yet"
    return Unclear(f"There is no constraint {wrong}: {there}.")


def _by_words(words: str, context: Context, *, short: bool) -> Act | None:
    said = words.casefold().strip()
    known = list(enumerate(context.constraints, start=1))
    if refused := [number for number, one in known if one.casefold() == f"not {said}"]:
        return Drop(tuple(refused))
    if not short:
        return None
    held = [number for number, one in known if re.search(rf"\b{re.escape(said)}\b", one.casefold())]
    return Drop(tuple(held)) if held else None
