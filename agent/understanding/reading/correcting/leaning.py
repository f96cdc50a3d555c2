"""Conditions that lean on the one that holds: "a year later", "july" of 2018, "2019, sorry"."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

from agent.understanding.acts import Act, Drop, Filter
from agent.understanding.condition_kinds import is_bound, kinds
from agent.understanding.constraint_list import Condition
from agent.understanding.grammar.dates.dates import date_pattern
from agent.understanding.grammar.numbers.numbers import number
from agent.understanding.interpretation import Context
from agent.understanding.reading.correcting.cues import without_cues
from agent.understanding.slots import condition
from retrievers.query import Filters, clock

CORRECTS = re.compile(
    r"\b(?:wrong|sor+y|w?oops|i me?an?t?|i ment|i said|should(?: have)?(?: been| be)?|actually"
    r"|instead"
    r"|rather|make (?:it|that)|change|mistake|typo|not)\b|^no\b",
    re.IGNORECASE,
)
"""Words that say that something was wrong."""
_UNIT = r"(?P<unit>day|week|month|year|decade)s?"
_N = r"(?:(?P<n>an?|one|two|three|four|five|ten|\d{1,2}) )?"
_SHIFT = re.compile(
    rf"(?:(?:go|try|just|only|maybe|and|in|from|the) )*(?:{_N}{_UNIT} (?P<way>earlier|before"
    rf"|back|prior|later|after"
    r"|on|further|forwards?)(?: (?:that|this|it|then))?"
    r"|(?P<way2>previous|preceding|prior|following|next) (?P<unit2>day|week|month|year|decade))",
    re.IGNORECASE,
)
_BACK = frozenset(("earlier", "before", "back", "prior", "previous", "preceding"))
_OWN_TIME = re.compile(
    r"\b(?:last|this|next|past|ago|recent\w*|today|yesterday|tonight|every|each|any|all|years|now|current"
    r"|weekends?|week ?days?|\w+days|summers|winters|springs|autumns|nights|mornings|evenings)\b"
    r"|\b(?:1[89]|20)\d\d\b|'\d\d\b|\d0s\b",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?:(?:on|from) )?the (?P<day>\d\d?)(?:st|nd|rd|th)", re.IGNORECASE)
_BOUNDS = re.compile(
    r"\b(?:before|after|since|until|till|from|between|older|newer|later|earlier|or|up to|by|on)\b",
    re.I,
)


def leaning(said: str, context: Context) -> list[Act]:
    """Return the acts of an utterance that is nothing but a date that leans on the one held."""
    found = leant(without_cues(said), Filters(), said, context)
    return [Filter(found)] if found != Filters() else []


def leant(text: str, found: Filters, said: str, context: Context) -> Filters:
    """Return a condition as it is meant beside the one that holds.

    Args:
        text: the words of the condition.
        found: what they say by themselves; nothing, if that is not known.
        said: the whole utterance.
        context: what holds.
    """
    corrects = bool(CORRECTS.search(said))
    dates = _held("date", context)
    if dates is not None and (shift := _SHIFT.fullmatch(text)):
        return _shifted(dates, shift) or found
    if dates is not None and (kinds(found) == {"date"} or found == Filters()):
        return _of_year(text, dates, context) or _bound(text, found, dates, corrects=corrects)
    rating = _held("rating", context)
    low = found.min_rating
    if rating and rating.max_rating is None and low is not None and low == found.max_rating:
        return Filters(min_rating=low) if corrects else found
    return found


def given_up(found: Filters, said: str, context: Context) -> list[Act]:
    """Return what drops the folder or kind of file that a correction says another for."""
    if not CORRECTS.search(said):
        return []
    dates = _held("date", context)
    if dates is not None and _opens(found, dates):
        return [Drop((context.state.index(Condition(dates)) + 1,))]
    if found.tags and found == Filters(tags=found.tags):
        return _dropped_tags(found, context)
    if len(found.paths) != 1 or found != Filters(paths=found.paths):
        return []
    numbers = [
        at
        for at, one in enumerate(context.state, start=1)
        if isinstance(one, Condition)
        and one.filters == Filters(paths=one.filters.paths)
        and one.filters.paths != found.paths
        and _is_ending(one.filters.paths) == _is_ending(found.paths)
    ]
    return [Drop(tuple(numbers))] if len(numbers) == 1 else []


def _opens(found: Filters, held: Filters) -> bool:
    """Whether a first or last day lets in more than the window that holds: since 2015, of 2015."""
    if kinds(found) != {"date"} or not is_bound(found) or not (held.after and held.before):
        return False
    if found.after:
        return clock(found.after) <= clock(held.after)
    return found.before is not None and clock(found.before) >= clock(held.before)


def _dropped_tags(found: Filters, context: Context) -> list[Act]:
    numbers = [
        at
        for at, one in enumerate(context.state, start=1)
        if isinstance(one, Condition)
        and one.filters == Filters(tags=one.filters.tags)
        and one.filters != found
    ]
    return [Drop(tuple(numbers))] if len(numbers) == 1 else []


def _is_ending(paths: Sequence[str]) -> bool:
    return all(one.startswith("*.") for one in paths)


def _held(kind: str, context: Context) -> Filters | None:
    held = [
        one.filters
        for one in context.state
        if isinstance(one, Condition) and kinds(one.filters) == {kind} and not one.filters.one_of
    ]
    return held[0] if len(held) == 1 else None


def _shifted(held: Filters, shift: re.Match[str]) -> Filters | None:
    unit, way = shift["unit"] or shift["unit2"], shift["way"] or shift["way2"]
    said = (shift["n"] or "one").casefold()
    n = 1 if said in ("a", "an") else number(said)
    n = -n if way.casefold() in _BACK else n
    try:
        after, before = (
            _moved(clock(day).date(), unit.casefold(), n) if day else None
            for day in (held.after, held.before)
        )
    except (ValueError, OverflowError):  # before the first year
        return None
    return Filters(after=after, before=before)


def _moved(day: date, unit: str, n: int) -> date:
    if unit in ("day", "week"):
        return day + timedelta(days=n * (7 if unit == "week" else 1))
    months = n * {"month": 1, "year": 12, "decade": 120}[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _of_year(text: str, held: Filters, context: Context) -> Filters | None:
    """Read a month, a feast or a day as that of the year, or the month, that is asked for."""
    if not held.after or not held.before or _OWN_TIME.search(text):
        return None
    first, last = clock(held.after).date(), clock(held.before).date() - timedelta(days=1)
    if first.year != last.year:
        return None
    day = _DAY.fullmatch(text)
    if day and first.month == last.month:
        text = f"{first.year}-{first.month:02}-{int(day['day']):02}"
    elif day:
        return None
    elif not any(map(date_pattern(alone=True).fullmatch, (text, f"in {text}", f"on {text}"))):
        return None
    else:
        text = f"{text} {first.year}"
    found = condition("date", text, context)
    if found is None or kinds(found) != {"date"} or found.one_of:
        return None
    bound = found.after or found.before
    return found if bound and clock(bound).year in (first.year, first.year + 1) else None


def _bound(text: str, found: Filters, held: Filters, *, corrects: bool) -> Filters:
    """Return a day that corrects a first or last one as that."""
    whole = found.after and found.before and not found.one_of
    if not (corrects and whole and is_bound(held)) or _BOUNDS.search(text):
        return found
    return Filters(before=found.after) if held.before else Filters(after=found.after)
