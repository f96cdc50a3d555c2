"""Dropping conditions: "any date", "forget about the folder", "remove all filters"."""

import re

from agent.understanding.acts import Act, Lift, Liftable
from agent.understanding.interpretation import Context

_KINDS: dict[Liftable, str] = {
    "date": r"dates?|times?|years?|days?|periods?|(?:time|date) range|when",
    "weekday": r"week ?days?|weekends?|days? of the week",
    "hour": r"hours?|times? of (?:the )?day",
    "season": r"seasons?",
    "orientation": r"orientations?|formats?|shapes?",
    "size": r"sizes?|resolutions?|megapixels?",
    "folder": r"folders?|director(?:y|ies)|albums?|paths?",
    "place": r"places?|locations?|countr(?:y|ies)|towns?|cit(?:y|ies)|regions?",
    "camera": r"cameras?|phones?|devices?",
    "tags": r"tags?|keywords?|labels?",
    "rating": r"ratings?|stars?",
    "all": r"filters?|conditions?|constraints?|restrictions?|limits?",
}
_KIND = "|".join(_KINDS.values())
_DROP = (
    r"(?:remove|drop|forget(?: about)?|clear|lift|ignore|reset|lose|cancel|delete|never mind"
    r"|no more|get rid of|take (?:off|away|out)|turn off|switch off|scrap|ditch|undo|kill|bin"
    r"|stop using|do away with|disregard|skip)(?: all)?"
)
_NONE = r"(?:no|without)(?: all| any| the)?"
"""Drops a condition that is called one: without tags are pictures that have none."""
_ANY = r"(?:any|all|every|whatever|whichever)"
_LIMIT = (
    r"(?: (?:filters?|limits?|conditions?|restrictions?|ranges?|constraints?|thing|bit|business))?"
)
_FINE = r"(?: (?:is|are|will|would|does)(?:n't| not)? ?(?:fine|ok|okay|good|do|alright|matter))?"
_IDLE = r"(?:doesn't|does not|don't|do not) matter"

LIFTING = (
    rf"(?:{_DROP}(?: (?:the|any|my|that))?|(?:(?:from|in|of|with|at|on) )?{_ANY}(?: the)?) "
    rf"(?P<kind>{_KIND}){_LIMIT}{_FINE}"
    rf"|{_NONE} (?:(?P<none>{_KIND}){_LIMIT.removesuffix('?')}|(?P<every>{_KINDS['all']}))"
    rf"|the (?P<idle>{_KIND}) {_IDLE}"
    rf"|(?:please )?(?:look|search|try)(?: again)? (?:in|through|across|on|at) {_ANY}"
    rf"(?: of)?(?: the| my)? (?P<again>{_KIND})(?: again| too| please| now)*"
    r"|(?P<when>whenever|(?:from )?any ?time)|(?P<where>everywhere|anywhere)"
)


def lift(match: re.Match[str], _: Context) -> Act:
    """Read what `LIFTING` matched."""
    if match["when"] or match["where"]:
        return Lift("date" if match["when"] else "folder")
    named = next(filter(None, map(match.group, ("kind", "none", "every", "idle", "again"))))
    word = named.casefold()
    return Lift(next(kind for kind, pattern in _KINDS.items() if re.fullmatch(pattern, word)))
