"""Parts of a year, a season, a month: "early 2021", "the last week of May", "Q3 2020"."""

import re
from collections.abc import Callable

from agent.understanding.grammar.calendar.spans import Period, share, units
from agent.understanding.grammar.numbers.date_digits import YEAR
from agent.understanding.grammar.numbers.numbers import COUNT, ORDINAL, number

_THIRDS = {"early": 1, "beginning": 1, "start": 1, "mid": 2, "middle": 2, "late": 3, "end": 3}

PART = (
    rf"(?:(?:early|late)|mid-?|(?:the )?(?:beginning|start|middle|end) of(?: the)?|q[1-4]|h[12]"
    rf"|(?:the )?(?:last|{ORDINAL}) (?:{COUNT} )?(?:days?|weeks?|months?|quarter|half)"
    r" (?:of|in)(?: the)?)"
)
"""Of a year, a season, a month."""


def part(words: str, whole_of: Callable[[str], Period | None]) -> Period | None:
    """A third, a half, a quarter, or so many days, weeks or months of what is named.

    Args:
        words: what is said.
        whole_of: reads what it is a part of.
    """
    if match := re.fullmatch(rf"({YEAR}) ?(q[1-4])", words):
        words = f"{match[2]} {match[1]}"
    match = re.fullmatch(rf"({PART}) ?((?!{PART}).+)", words)
    whole = whole_of(match[2]) if match else None
    if not match or not whole or whole.is_open:
        return None
    of = re.sub(r"^the | (?:of|in)(?: the)?$|-$", "", match[1])
    if of in _THIRDS:
        return share(whole, _THIRDS[of], 3)
    if re.fullmatch("[qh][1-4]", of):
        return share(whole, int(of[1]), {"q": 4, "h": 2}[of[0]])
    which, *count, unit = of.split(" ")
    if unit in ("half", "quarter"):
        parts = {"half": 2, "quarter": 4}[unit]
        return share(whole, parts if which == "last" else number(which), parts)
    return units(whole, which, number(" ".join(count)) if count else 1, unit.removesuffix("s"))
