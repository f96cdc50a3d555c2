"""Pictures that lack a fact: "untagged", "without a date", "no rating", "date unknown"."""

import re

from agent.understanding.grammar.positions import THING
from retrievers.query import Fact, Filters

_FACTS: dict[Fact, str] = {
    "date": r"dates?|undated|dated",
    "tags": r"tags?|keywords?|labels?|untagged|unlabell?ed|tagged|labell?ed",
    "rating": r"ratings?|stars?|unrated|unstarred|rated|starred",
    "camera": r"cameras?",
}
_NONE = (
    r"(?:(?:that |which )?(?:have|has|with|having|of|there is)? ?no"
    r"|without|lacking|(?:that |which )?lacks?|missing|not having)"
)
_KNOWN = r"(?:known|given|recorded|set|at all|on (?:them|it)|in (?:them|it))"
_DETAIL = r"(?: (?:a|an|any|the|known|given))*"

ALWAYS = (
    r"(?P<fact>undated|untagged|unlabell?ed|unrated|unstarred)",
    rf"{_NONE}{_DETAIL} (?P<fact>dates?|tags?|keywords?|ratings?)(?: {_KNOWN})?(?! \w)",
)
"""Forms that mean it wherever they stand."""
ALONE = (
    rf"(?P<fact>undated|untagged|unlabell?ed|unrated|unstarred)(?: (?:{THING}|only))?",
    rf"{_NONE}{_DETAIL} (?P<fact>dates?|tags?|keywords?|labels?|ratings?|stars?)(?: {_KNOWN})?",
    rf"{_NONE}{_DETAIL} (?P<fact>cameras?) {_KNOWN}",
    r"(?:not|never|(?:have|has)n't been|aren't|isn't)(?: yet)? "
    r"(?P<fact>dated|tagged|labell?ed|rated|starred)(?: (?:yet|at all))?",
    r"(?:(?:the|their|whose) )?(?P<fact>date|tags?|rating|camera)(?: (?:is|are))?"
    r" (?:unknown|missing)",
    r"(?:unknown|missing) (?P<fact>date|tags?|rating|camera)s?",
)
"""Forms that mean it where they are all that is said."""


def lacking(match: re.Match[str]) -> Filters:
    """Read what one of the forms matched."""
    said = match["fact"].casefold()
    fact = next(fact for fact, forms in _FACTS.items() if re.fullmatch(forms, said))
    return Filters(lacks=(fact,))
