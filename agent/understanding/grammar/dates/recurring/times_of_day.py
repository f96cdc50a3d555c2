"""Times of day: "in the mornings", "after 6 pm", "between 6 and 9 in the morning".

The parts of the day are those that the Unicode CLDR gives for English.
"""

import re

from retrievers.query import Hours

PARTS: dict[str, Hours] = {
    "morning": (6, 12),
    "afternoon": (12, 18),
    "evening": (18, 21),
    "night": (21, 6),
    "noon": (11, 13),
    "midday": (11, 13),
    "lunchtime": (12, 14),
    "midnight": (23, 1),
}
_LONG = r"(?:morning|afternoon|evening|night)"
_SHORT = r"(?:noon|midday|lunch ?time|midnight)"
_HALF = r"(?:(?:early|late) )?"
_IN_PART = r"(?: o'?clock)?(?: in the (?:early )?(?:morning|afternoon|evening)| at night)"
_HALF_DAY = r" ?[ap]\.?m\b\.?"
_TIME = r"\d\d?(?:[:.]\d\d)?"
CLOCK_TIME = (
    rf"(?:{_TIME}(?:{_HALF_DAY}|{_IN_PART})|\d\d?:\d\d(?: ?h\b)?|\d\d? ?h(?:rs?|ours)?\b|{_SHORT})"
)
_BOUND = r"(?:not )?(?:before|after|past|until|till|up to|since|from|later than|earlier than)"

HOURS = (
    rf"(?:(?:in|on|during|at) (?:the )?{_HALF}{_LONG}s"
    rf"|(?:between|from) (?:{CLOCK_TIME}|{_TIME}) ?(?:and|to|until|till|[-–]) ?{CLOCK_TIME}"
    rf"|(?:between|from) {_SHORT} (?:and|to|until|till) {CLOCK_TIME}"
    rf"|{_BOUND} {CLOCK_TIME}(?: (?:on|onwards?))?)"
)
"""Matches times of day wherever they stand."""
HOURS_ALONE = (
    rf"(?:(?:in|during) the {_HALF}(?:morning|afternoon|evening)"
    rf"|(?:at )?(?:every|each|any|all) {_HALF}(?:{_LONG}|{_SHORT})"
    rf"|{_HALF}(?:morning|afternoon|evening)s"
    rf"|(?:at |around |about )?{_SHORT}"
    rf"|(?:{CLOCK_TIME}|{_TIME}) ?(?:to|until|till|[-–]) ?{CLOCK_TIME}"
    rf"|(?:at|around|about) {CLOCK_TIME})"
)
"""Matches them if they are all that was said; "at night" is a sight."""
PARTS_OFTEN = rf"(?:{_HALF}{_LONG}s)"
"""Matches what comes after a day: Sunday mornings."""
HOURS_NAMED = rf"(?:(?:at |in |on |during |by )?(?:the )?{_HALF}(?:{_LONG}|{_SHORT})s?)"
"""Matches them after "taken" or "only", or after a day: taken at night, Sunday evening."""
_NO_NIGHT = rf"(?:{_HALF}(?:morning|afternoon|evening|{_LONG}s)|{_SHORT})"
HOURS_ONLY = rf"(?:(?:at |in |on |during )?(?:the )?{_NO_NIGHT})"
"""Matches them after "only": "only at night" is a sight."""

_SPAN = re.compile(
    rf"(?:between |from )?({CLOCK_TIME}|{_TIME}) ?(?:and|to|until|till|[-–]) ?({CLOCK_TIME})"
)
_OPEN = re.compile(rf"({_BOUND}) ({CLOCK_TIME})(?: (?:on|onwards?))?")
_AT = re.compile(rf"(?:(at|around|about) )?({CLOCK_TIME})")
_PART = re.compile(rf"(?:[a-z]+ ){{0,2}}?(?:(early|late) )?({_LONG}|{_SHORT})s?")


def hours(words: str) -> Hours | None:
    """Read what one of the patterns above matched; None for a time of no clock."""
    words = words.casefold().strip()
    try:
        return _read(words)
    except ValueError:
        return None


def _read(words: str) -> Hours | None:
    if match := _SPAN.fullmatch(words):
        return _span(match[1], match[2])
    if match := _OPEN.fullmatch(words):
        return _open(match[1], match[2])
    if match := _PART.fullmatch(words):
        return _part(match[2].replace(" ", ""), match[1])
    if match := _AT.fullmatch(words):
        at, around = _clock(match[2]), 0.5 if match[1] == "at" else 1.0
        return (at - around) % 24, (at + around) % 24
    return None


def _open(bound: str, said: str) -> Hours:
    at = _clock(said)
    before = bound in ("before", "until", "till", "up to", "earlier than", "not after", "not past")
    if said == "midnight":
        return (PARTS["night"][0], 24) if before else (0, PARTS["night"][1])
    return (0, at) if before else (at, 24)


def _part(name: str, half: str | None) -> Hours:
    first, last = PARTS[name]
    middle = (first + (last - first) % 24 / 2) % 24
    return {"early": (first, middle), "late": (middle, last), None: (first, last)}[half]


def _span(first: str, last: str) -> Hours | None:
    """What is said of the last holds for the first, unless it would come later: 11 to 1 pm."""
    end = _clock(last)
    said = re.search(rf"(?:{_HALF_DAY}|{_IN_PART})$", last)
    if not re.fullmatch(_TIME, first) or not said:
        start = _clock(first)
    else:
        start = _clock(first + said[0])
        if start >= end and "night" not in said[0]:
            start = (start + 12) % 24
    return (start, end) if start != end else None


def _clock(said: str) -> float:
    """Return the hour of a time.

    Raises:
        ValueError: no clock shows it.
    """
    name = said.replace(" ", "")
    if name in PARTS:
        return 0 if name == "midnight" else 12
    found = re.match(r"(\d\d?)(?:[:.](\d\d))?", said)
    if not found or int(found[1]) > 24 or int(found[2] or 0) > 59:
        raise ValueError(f"no clock shows {said!r}")
    hour, rest = int(found[1]), said[found.end() :]
    pm = re.search(r"p\.?m|afternoon|evening", rest) or ("night" in rest and 6 <= hour < 12)
    am = re.search(r"a\.?m|morning|night", rest)
    if (pm or am) and 1 <= hour <= 12:
        hour = hour % 12 + 12 * bool(pm)
    return min(24.0, hour + int(found[2] or 0) / 60)


def hours_option(text: str) -> Hours:
    """Read a time of day as an option takes it: 6-12, 18:30-21, 10pm-4am, mornings, night.

    Raises:
        ValueError: it is none.
    """
    said = " ".join(text.casefold().split())
    found = re.fullmatch(r"(\d\d?(?::\d\d)?) ?(?:-|–|/|to) ?(\d\d?(?::\d\d)?)", said)
    try:
        read = (_clock(found[1]), _clock(found[2])) if found else None
    except ValueError:
        read = None
    words = re.fullmatch(rf"{HOURS}|{HOURS_ALONE}|{HOURS_NAMED}", said)
    read = read or (hours(said) if words and not found else None)
    if read is None or read[0] == read[1]:
        raise ValueError(f"a time of day looks like 6-12, 18:30-21 or mornings; got {text!r}")
    return read
