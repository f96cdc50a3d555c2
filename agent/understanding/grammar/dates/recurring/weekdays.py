"""Days of the week: "on weekends", "on a Sunday", "every Friday", "Mondays to Fridays"."""

import re

NAMES = "monday tuesday wednesday thursday friday saturday sunday".split()
_GROUPS = {"weekend": (6, 7), "week-end": (6, 7), "weekday": (1, 2, 3, 4, 5)}
_GROUPS |= {one: (1, 2, 3, 4, 5) for one in ("workday", "work day", "working day")}
DAY_OF_WEEK = rf"(?:{'|'.join([*NAMES, *_GROUPS])})"
_EACH = r"(?:an?|any|every|each|all)"
_AND = r"(?:, (?:and |or )?| and | or | ?& ?| ?/ ?| to | through | ?[-–] ?)(?:on )?"
_DAYS = (
    rf"(?:{_EACH} {DAY_OF_WEEK}s?|(?:the )?{DAY_OF_WEEK}s)(?:{_AND}(?:{_EACH} )?{DAY_OF_WEEK}s?)*"
)

WEEKDAYS = rf"(?:(?:on|at|during) (?:{_DAYS}|the week-?end))"
"""Matches days of the week wherever they stand; "on Sunday" is a day, the last one."""
WEEKDAYS_ALONE = rf"(?:{_DAYS})"
"""Matches them if they are all that was said."""
_SHORT = {name[:3]: at for at, name in enumerate(NAMES, start=1)}
_WORDS = re.compile(r"week-?ends?|week-?days?|work(?:ing)? ?days?|[a-z]+|[-–]")
_MEANT = {"to", "through", "-", "–"}


def weekdays(words: str) -> tuple[int, ...]:
    """Read what one of the patterns above matched, or names and ranges: sat, sun; mon-fri.

    Returns:
        Monday 1 to Sunday 7, in order; none if a word names no day.
    """
    found: list[int] = []
    run = False
    for word in _WORDS.findall(words.casefold()):
        days = _named(word)
        if word in _MEANT:
            run = bool(found)
        elif days and run and len(days) == 1:
            found += [(found[-1] + n - 1) % 7 + 1 for n in range(1, (days[0] - found[-1]) % 7 + 1)]
            run = False
        elif days:
            found += days
        elif word not in ("on", "at", "during", "the", "a", "an", "any", "every", "each", "all",
                          "and", "or"):  # fmt: skip
            return ()
    return () if run else tuple(sorted(set(found)))


def _named(word: str) -> tuple[int, ...]:
    name = word.removesuffix("s")
    if name in _GROUPS:
        return _GROUPS[name]
    at = _SHORT.get(word[:3])
    longer = at and (NAMES[at - 1].startswith(word) or NAMES[at - 1] == name)
    return (at,) if at and longer else ()


def weekdays_option(text: str) -> tuple[int, ...]:
    """Read days of the week as an option takes them: weekends; sat, sun; mon-fri.

    Raises:
        ValueError: it names none.
    """
    if found := weekdays(text):
        return found
    raise ValueError(f"days of the week look like weekends, sunday or mon-fri; got {text!r}")
