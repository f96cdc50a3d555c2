"""How many pictures are to be shown: "show me 3 pictures", "top 5", "limit 4"."""

import re

from agent.understanding.grammar.numbers.numbers import CARDINAL, number

_THINGS = r"(?:pictures?|photos?|photographs?|images?|pics?|shots?|snaps?|results?|hits?|matches)"
_SHOW = r"(?:(?:(?:show|give|find|get|list|display|see)(?: me| us)?|(?:i )?(?:want|need)) )"
_ONLY = r"(?:(?:only|just|at most|up to|maximum|max\.?|no more than|not more than|exactly) )"
_BEST = r"(?:(?:the )?(?:top|best|first) )"
_ON = (
    r"(?= (?:of|showing|containing|with|from|in|inside|at|on|by|taken|shot|tagged|rated|where|that"
    r"|which|before|after|since|until|without|only|near|under)\b|[,.;]|$)"
)
_COUNTED = (
    rf"(?P<front>{_SHOW}?){_ONLY}?{_BEST}?(?P<n>{CARDINAL}) (?:of the )?(?P<things>{_THINGS}){_ON}",
    rf"(?P<front>{_SHOW}){_ONLY}?{_BEST}?(?P<n>{CARDINAL})(?: of (?:them|these|those))?{_ON}",
    rf"(?P<front>){_ONLY}(?P<n>{CARDINAL})(?: of (?:them|these|those))?$",
    rf"(?P<front>){_BEST}(?P<n>{CARDINAL})(?=\W+\w){_ON}",
    rf"(?P<front>)(?:the )?(?:top|best) (?P<n>{CARDINAL})$",
    rf"(?P<front>)limit(?: it| them| this)?(?: to)? (?P<n>{CARDINAL})(?: {_THINGS})?$",
)
_COUNTED_RE = tuple(re.compile(form, re.IGNORECASE) for form in _COUNTED)


def counted(clause: str) -> tuple[int, str] | None:
    """Return the number that a clause begins with and the clause without it, if it has one."""
    for form in _COUNTED_RE:
        if (match := form.match(clause)) and (count := number(match["n"])):
            things = "pictures" if match.groupdict().get("things") else ""
            return count, " ".join(f"{match['front']}{things}{clause[match.end() :]}".split())
    return None
