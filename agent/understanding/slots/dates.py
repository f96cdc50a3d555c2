"""When pictures were taken: "last summer", "vor 2015", "l'été dernier", "去年の夏", "pichle saal".

The English grammar reads what is said in English, and what other languages say when it is put so.
"""

import re
from collections.abc import Iterator
from datetime import date

from agent.understanding.grammar.alternatives import JOINT
from agent.understanding.grammar.calendar.month_names import MONTH
from agent.understanding.grammar.conditions import whole_condition
from agent.understanding.grammar.dates.dates import date_pattern, dated
from agent.understanding.interpretation import Context
from agent.understanding.slots.languages.translation import joined, translations, unknown
from agent.understanding.slots.rearranging import rearranged
from retrievers.query import Filters

_MOST = 4
"""So many dates a span joins at most."""
_LANGUAGES = 3
"""So many languages a span is read in at most."""
_OF_YEAR = re.compile(
    rf"\b({MONTH}(?: \d\d?(?:st|nd|rd|th)?)?),? (?:of )?(last|this) year\b", re.IGNORECASE
)
_QUARTER = re.compile(r"\b(q[1-4]|h[12]) of (?=\d{4}\b)", re.IGNORECASE)
_DAYS_TO = re.compile(
    rf"\bbetween (?:the )?(\d\d?)(?:st|nd|rd|th)? and (?:the )?(\d\d?)(?:st|nd|rd|th)? (?:of )?"
    rf"({MONTH}(?: \d{{4}})?)$",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?:only|just|it was|of the year|of|(?:everything|anything|all|those|the ones|ones|pictures"
    r"|photos|stuff)(?: from| taken| shot| made)?) ",
    re.IGNORECASE,
)


def taken(text: str, context: Context) -> Filters | None:
    """Read when pictures were taken."""
    readings = (whole_condition(way, context.today) for way in _ways(text, context.today))
    return next(filter(None, readings), None) or _longest(text, context.today)


def doubt(text: str, today: date) -> str:
    """Say what is not sure of a date; empty if nothing is."""
    pattern = date_pattern(alone=True)
    ways = [way for way in _ways(text, today) if pattern.fullmatch(way)]
    read = (way for way in ways if whole_condition(way, today))
    way = next(read, ways[0] if ways else None)
    return dated(way, today).doubt if way else ""


def _ways(text: str, today: date) -> Iterator[str]:
    """Yield how it can be said in English, the likeliest first."""
    text = _OF_YEAR.sub(lambda m: f"{m[1]} {today.year - (m[2].casefold() == 'last')}", text)
    text = _QUARTER.sub(r"\1 ", _DAYS_TO.sub(r"from \1 \3 to \2 \3", text))
    yield from dict.fromkeys(way for said in (text, _LEADING.sub("", text)) for way in _led(said))
    tried: set[str] = set()
    for words in translations(text, "numbers", "ordinals", "dates")[:_LANGUAGES]:
        if 3 * unknown(words) > len(words):
            return
        said = rearranged(joined(tuple(one for one in words if one.known)), today)
        if said and said not in tried:
            tried.add(said)
            yield from _led(said)


def _led(said: str) -> tuple[str, ...]:
    """Return it as it is, and after a preposition if it has none."""
    joined_by = len(JOINT.split(said)) - 1
    if joined_by:
        return (said,) if joined_by < _MOST else ()
    if _PLACED.match(said):
        return (said, f"taken {said}")
    return (said, f"in {said}", f"from {said}", f"taken in {said}", f"taken on {said}")


_PLACED = re.compile(
    r"(?:in|on|at|from|of|before|after|since|until|till|between|over|older|newer|more|less) ",
    re.IGNORECASE,
)


def _longest(text: str, today: date) -> Filters | None:
    """Read the longest date in a text, if that is half of it."""
    matches = list(date_pattern(alone=True).finditer(text))
    longest = max(matches, key=lambda match: match.end() - match.start(), default=None)
    if longest is None or 2 * (longest.end() - longest.start()) < len(text):
        return None
    if re.search(r"\d", text[: longest.start()] + text[longest.end() :]):  # says more
        return None
    return dated(longest[0], today).filters
