"""Days that are named and what they bound: "before 2019", "2015 or later", "older than a year"."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from agent.understanding.grammar.calendar.feasts import ENDED, ERA, ERAS, FEAST
from agent.understanding.grammar.calendar.spans import Period, one_day
from agent.understanding.grammar.dates.clock import moment, parted
from agent.understanding.grammar.dates.periods import SIGHT, SURE, VAGUE, meant_by, period
from agent.understanding.grammar.dates.relative import AHEAD, LENGTH, back
from agent.understanding.grammar.dates.runs import RUN, run
from agent.understanding.grammar.numbers.date_digits import CLOCK, YEAR
from retrievers.query import Filters

ANY = rf"(?:{SURE}|{VAGUE}|{SIGHT})"
BEFORE = r"(?:before|older than|earlier than|prior to)"
UNTIL = (
    r"(?:(?:until|till|up to|up until|through)(?: and including)?|not after"
    r"|(?:not|no) (?:later|newer|younger|more recent) than)"
)
AFTER = r"(?:after|newer than|later than|more recent than|younger than)"
SINCE = (
    r"(?:since|starting(?: in| from)?|not before"
    r"|(?:not|no) (?:earlier|older) than)"
)
IN = (
    r"(?:(?:any ?time|some ?time|at some point|all|the whole) (?:in|of|during)"
    r"|in|on|from|during|of|at|over|within|throughout|back in|around)"
)
NOW = r"(?:now|(?:the )?present(?: day)?|date|this day)"
_LATER = (
    r"(?: (?:onwards?|upwards?|forward)"
    r"|,? (?:and|or) (?:later|newer|after(?:wards?)?|since|up(?:wards?)?|onwards?|beyond"
    r"|more recent|above)|\+)"
)
_EARLIER = r"(?:,? (?:and|or) (?:earlier|older|before|prior|below))"
_AROUND = r"(?:around|about|circa|near)"
_PRE, _POST = r"pre[- ]?", r"post[- ]?"

_OR_SO = r"(?:-?ish| or so| or thereabouts)"
CLOCKED = (
    rf"(?:(?:(?:before|after|around|about|at|since|until|by|from|between) )?{CLOCK}"
    rf"(?:(?: and | to | ?[-–] ?| until ){CLOCK})?,? (?:on|of) (?:the )?)"
)
"""Times before a day: after 3 pm on 4 July."""
_GOES_ON = (
    r"(?:and|or|but|not|no|in|at|on|by|with|without|from|near|for|before|after|taken|shot|only"
    r"|where|that|which|showing|please)\b"
)
_NO_TITLE = rf"(?!{YEAR}(?::|,? (?:an?|the)\b))(?!(?<=\bof ){YEAR} (?!{_GOES_ON}))"
"""A year begins a title after "of", unless the sentence goes on: 2001 a space odyssey."""

Bounds = Callable[[Period], Filters]


def within(found: Period) -> Filters:
    """Ask for a picture of those days."""
    return Filters(after=found.start, before=None if found.is_open else found.end)


def _from(found: Period) -> Filters:
    return Filters(after=found.start)


def _before(found: Period) -> Filters:
    return Filters(before=found.start)


def _until(found: Period) -> Filters:
    return Filters(before=found.end)


def _after(found: Period) -> Filters:
    return Filters(after=found.end)


_OPEN: tuple[tuple[str, Bounds], ...] = (
    (BEFORE, _before),
    (UNTIL, _until),
    (AFTER, _after),
    (SINCE, _from),
)
_AGES: tuple[tuple[str, str, Bounds], ...] = (
    (r"(?:older|earlier) than", r"more than|over|longer than", _before),
    (
        r"(?:no|not) (?:older|earlier) than",
        r"(?:no|not) (?:more|longer) than|at most|up to|within|maximum",
        _from,
    ),
    (r"(?:newer|younger|more recent|later) than", r"less than|under", _after),
    (
        r"(?:no|not) (?:newer|younger|more recent|later) than",
        r"(?:no|not) less than|at least|minimum",
        _until,
    ),
)
"""What compares an age, what does so only before "ago" or "old", and what it bounds."""


_LEADS: tuple[tuple[re.Pattern[str], Bounds], ...] = (
    *((re.compile(rf"(?:from )?{lead} "), bounds) for lead, bounds in _OPEN),
    (re.compile(_PRE), _before),
    (re.compile(_POST), _after),
    (re.compile(r"(?:during|in) "), within),
)
_TRAILS: tuple[tuple[re.Pattern[str], Bounds], ...] = (
    (re.compile(rf"{_EARLIER}$"), _until),
    (re.compile(rf"(?:{_LATER}| on|{RUN}{NOW})$"), _from),
)
_BOUND = rf"(?:from )?(?:{BEFORE}|{UNTIL}|{AFTER}|{SINCE})"
_AGE = "|".join(f"{older}|{longer}" for older, longer, _ in _AGES)


def forms(first: str, second: str, *, alone: bool) -> list[str]:
    """Return what matches days, and what bounds them.

    Each is large, so that few are named here.

    Args:
        first: matches days, before others.
        second: matches days where no others follow.
        alone: the phrase is all that was said.
    """
    trail = rf"(?:{_LATER}|{_EARLIER})"
    lead = rf"(?:{_BOUND} (?:the )?|{IN} (?:the )?|{CLOCKED})"
    every = [
        rf"(?:{'|'.join(older for older, _, _ in _AGES)}) {LENGTH}(?: ago)?",
        rf"(?:{'|'.join(longer for _, longer, _ in _AGES)}) {LENGTH} ago",
        rf"between {first} and {first if alone else second}",
        rf"(?:from |since )?{first}(?:{RUN}(?:{second}|{NOW}\b){'|' + trail if alone else ''})",
        rf"{lead}{_NO_TITLE}{second}(?: (?:on|onwards?)\b|{trail})?",
        rf"(?:{BEFORE}|{UNTIL}) {AHEAD}",
        rf"{_BOUND} (?:{ERA}|{ENDED})",
        rf"(?:during|in) {ERA}",
        rf"(?:{_PRE}|{_POST})(?:{ERA}|{ENDED})",
    ]
    if not alone:
        return [*every, rf"{SURE}{trail}"]
    return [
        *every,
        rf"(?:{_BOUND}|{_AROUND}|during|over) (?:the )?(?:(?:this|last) )?{SIGHT}",
        rf"(?:the |{_PRE}|{_POST}|{_AROUND} )?{second}{_OR_SO}?",
        rf"(?:{_AGE}) {LENGTH} old",
    ]


def bounded(words: str, today: date) -> tuple[Period | None, Bounds]:
    """Return the days that are named, and what they bound; None for days of no calendar."""
    words = re.sub(rf"{_OR_SO}$", "", words)
    if days := run(words, today):
        return days, within
    for read in (_age, _open, _trailing, _around):
        if (found := read(words, today)) is not None:
            return found
    bare = re.sub(rf"^{IN} ", "", words)
    days = period(words, today) or period(bare, today) or period(bare.removeprefix("the "), today)
    return meant_by(words.partition(" ")[0], days) if days else None, within


def _age(words: str, today: date) -> tuple[Period | None, Bounds] | None:
    for older, longer, bounds in _AGES:
        if match := re.fullmatch(rf"(?:{older}|{longer}) ({LENGTH})(?: ago| old)?", words):
            return _day_back(match[1], today), bounds
    return None


def _open(words: str, today: date) -> tuple[Period | None, Bounds] | None:
    for lead, bounds in _LEADS:
        if not (match := lead.match(words)):
            continue
        said = words[match.end() :]
        if era := _era(said, inside=bounds is within):
            return era, bounds
        if bounds is not within:
            said = re.sub(r"^the (?!day after)", "", said)
            return _timed(said, _moment(said, period(said, today), today)), bounds
    return None


def _era(said: str, *, inside: bool) -> Period | None:
    """The first month of an era is in it as a whole."""
    if not re.fullmatch(rf"{ERA}|{ENDED}", said):
        return None
    first, end = ERAS["brexit" if said == "brexit" else "covid"]
    return Period(first.replace(day=1) if inside else first, end)


def _trailing(words: str, today: date) -> tuple[Period | None, Bounds] | None:
    bare = re.sub(r"^(?:from|since) ", "", words)
    for trail, bounds in _TRAILS:
        days = period(bare[: match.start()], today) if (match := trail.search(bare)) else None
        if days:
            return days, bounds
    return None


def _around(words: str, today: date) -> tuple[Period | None, Bounds] | None:
    """Around a feast is a week on both sides; around a year is that year."""
    match = re.match(rf"{_AROUND} ", words)
    said = words[match.end() :] if match else ""
    if not (found := period(said, today) if said else None):
        return None
    week = timedelta(days=7 if re.search(FEAST, said) else 0)
    return (Period(found.start - week, found.end + week) if week else found), within


def _moment(words: str, found: Period | None, today: date) -> Period | None:
    """Before or after "the end of 2020" means its last day, not its last third."""
    if found and words.startswith("end of "):
        return Period(found.end - timedelta(days=1), found.end)
    if found and words.startswith(("start ", "beginning ")):
        return Period(found.start, found.start + timedelta(days=1))
    if match := re.fullmatch(r"((?:an?|one) ye?a?r) (?:ago|back)", words):
        return _day_back(match[1], today)
    return found


def _timed(words: str, found: Period | None) -> Period | None:
    """A time after one day is all that before, after and since are about."""
    _, time = parted(words)
    if not (found and time) or found.others:
        return found
    try:
        at = moment(found.start, time)
    except ValueError:  # no such time: the day counts
        return found
    return Period(at, at)


def _day_back(length: str, today: date) -> Period | None:
    try:
        return one_day(back(length, today))
    except (ValueError, OverflowError):  # before the year 1
        return None
