"""From one time to another: "from June to August 2019", "between Christmas and New Year"."""

import re
from dataclasses import replace
from datetime import date

from agent.understanding.grammar.calendar.spans import Period
from agent.understanding.grammar.dates.periods import SIGHT, VAGUE, period

RUN = r" ?(?:-|–|/|\.{2,3}|…|(?:up )?to(?: and including)?|till|until|through) ?"
_MONTH_FIRST = re.compile(r"\b\d\d?[/-](?:1[3-9]|[23]\d)[/-]\d")
"""A date in digits that only one who says the month first can mean."""
_DAY_FIRST = re.compile(r"\b(?:1[3-9]|[23]\d)[/-]\d\d?[/-]\d")
"""One that only who says the day first can mean."""


def run(words: str, today: date) -> Period | None:
    """Read two times that a word or a sign parts; None if they are not in order."""
    lead = re.match(r"between |(?:from )?", words)
    said = words[lead.end() :] if lead else words
    for joint in re.finditer(" and " if words.startswith("between ") else RUN, said):
        if found := _from_to(said[: joint.start()], said[joint.end() :], words, today):
            return found
    return None


def _from_to(first: str, second: str, words: str, today: date) -> Period | None:
    said = first
    year = re.search(r"\b\d{4}$", second)
    if year and re.fullmatch(f"{VAGUE}|{SIGHT}", first):
        first = f"{first} {year[0]}"
    start, end = period(first, today), period(second, today)
    if not start or not end:
        return None
    if start.start >= end.end and re.fullmatch(f"{VAGUE}|{SIGHT}", said):
        start = _earlier(said, end, today) or start  # Christmas to New Year 2019
    dayfirst = (start, end)
    monthfirst = ((*start.others, start)[0], (*end.others, end)[0])
    orders = [] if _MONTH_FIRST.search(words) else [dayfirst]
    orders += [] if _DAY_FIRST.search(words) else [monthfirst]
    runs = dict.fromkeys(Period(a.start, b.end) for a, b in orders or [dayfirst] if a.start < b.end)
    return replace(next(iter(runs)), others=tuple(runs)[1:]) if runs else None


def _earlier(said: str, end: Period, today: date) -> Period | None:
    """Return the last of that name before another time."""
    every = (period(f"{said} {year}", today) for year in (end.start.year, end.start.year - 1))
    return next((one for one in every if one and one.start < end.end), None)
