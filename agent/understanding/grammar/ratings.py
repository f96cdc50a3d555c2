"""Stars in words: "five stars", "less than 3 stars", "rated 3 to 5", "★★★★"."""

import re

from agent.understanding.grammar.positions import THING
from retrievers.query import Filters

_WORDS = ("zero", "one", "two", "three", "four", "five")
_N = rf"(?:[0-5]|[-−]1|{'|'.join(_WORDS)})"
_BOUND = (
    r"(?:(?P<low>at least|minimum|min\.?|>=|(?:no|not) (?:less|fewer|lower|worse) than)"
    r"|(?P<high>at most|maximum|max\.?|up to|<=|(?:no|not) (?:more|higher|better) than)"
    r"|(?P<above>more than|better than|higher than|over|above|>)"
    r"|(?P<below>(?:less|fewer|lower|worse) than|under|below|<))"
)
_OPEN = (
    r"(?:(?P<more> ?\+| (?:or|and) (?:more|better|higher|up|above))"
    r"|(?P<less> (?:or|and) (?:less|fewer|lower|worse|below)))"
)
_TO = rf"(?: ?[-–] ?| (?:to|or|and|through) )(?P<last>{_N})"
_FROM = rf"(?P<first>{_N})"
_STARS = r"[- ]?stars?"

ALWAYS = (
    rf"(?:(?:with|having) )?(?:an? )?(?:rated|ratings?)(?: (?:of|with|as|at))?:? "
    rf"(?:(?:{_BOUND} ?|between |from ))?{_FROM}(?:{_STARS})?(?:{_OPEN}|{_TO})?(?:{_STARS})?",
    rf"(?:(?:with|having) )?{_BOUND} ?{_FROM}{_STARS}",
    rf"(?:(?:with|having) )?{_FROM}(?:{_STARS})?{_OPEN}(?:{_STARS})?(?<=[s])",
    rf"(?:(?:with|having|between|from) )*{_FROM}{_TO}{_STARS}",
    rf"{_FROM}{_STARS}(?= {THING})",
    rf"(?P<rejected>(?:(?:flagged|marked|rated) (?:as )?rejected|rejected(?= {THING})))",
)
"""Forms that mean a rating wherever they stand."""
ALONE = (
    rf"(?:(?:with|having|exactly) )*{_FROM}{_STARS}(?:{_OPEN})?(?: {THING})?",
    rf"(?:the )?(?P<rejected>rejects|rejected(?: {THING})?)",
    rf"(?P<drawn>[★⭐]{{1,5}})(?:{_OPEN})?",
)
"""Forms that are a rating where they are all that is said; a flag has five stars too."""


def rated(match: re.Match[str]) -> Filters:
    """Read what one of the forms matched."""
    said = {name: value for name, value in match.groupdict().items() if value}
    if "rejected" in said:
        return Filters(min_rating=-1, max_rating=-1)
    first = len(said["drawn"]) if "drawn" in said else _number(said["first"])
    if "last" in said:
        low, high = sorted((first, _number(said["last"])))
        return Filters(min_rating=low, max_rating=high)
    if "above" in said or "below" in said:
        above = "above" in said
        return Filters(min_rating=first + 1) if above else Filters(max_rating=first - 1)
    if first == 0 and not said.keys() & {"low", "more"}:
        return Filters(lacks=("rating",))
    return Filters(
        min_rating=None if said.keys() & {"high", "less"} else first,
        max_rating=None if said.keys() & {"low", "more"} else first,
    )


def _number(word: str) -> int:
    if word[:1] in "-−":
        return -1
    return int(word) if word.isdecimal() else _WORDS.index(word.casefold())
