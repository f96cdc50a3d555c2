"""Conditions of one kind in a row: "from 2018 or 2019", "tagged norway or italy", "png or webp".

One of them must hold. What is said once, before the first or after the last, is meant for each.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import reduce

from agent.understanding.condition_edits import narrowed
from agent.understanding.condition_kinds import kinds
from retrievers.query import Filters, clock

Reader = Callable[[str], Filters | None]

JOINT = re.compile(r",? (?:or|and|nor|as well as) (?:also |else )?|, ?| & ", re.IGNORECASE)
"""Matches what stands between two of them."""
_MOST = 12  # of them in a row
_LONGEST = 6  # words of one
_YEARED = re.compile(r"(?: (?:of )?[a-z]+\.?)?,? (?:1[89]|20)\d\d$", re.IGNORECASE)


def alternatives(clause: str, read: Reader) -> Filters | None:
    """Read a clause that is nothing but conditions of one kind in a row; None if it is not."""
    clause = re.sub(r"^(?:either|both) ", "", clause, flags=re.IGNORECASE)
    parts = JOINT.split(clause)
    if not 1 < len(parts) <= _MOST or not all(parts):
        return None
    found: list[Filters] = []
    for part in parts:
        ways = (read(way) for way in _ways(part, parts))
        alike = (one for one in ways if one and (not found or kinds(one) == kinds(found[0])))
        if not (one := next(alike, None)):
            return None
        found.append(one)
    if not re.search(r"\b(?:or|nor)\b", clause, re.IGNORECASE) and not _apart(found):
        return None if kinds(found[0]) == {"date"} else reduce(narrowed, found)
    found = _in_a_row(found)
    return Filters(one_of=(tuple(dict.fromkeys(found)),)) if len(found) > 1 else found[0]


def _in_a_row(found: list[Filters]) -> list[Filters]:
    """Join windows of days where one ends as the next begins: 1998 or 1999 are two years."""
    if not all(one.after and one == Filters(after=one.after, before=one.before) for one in found):
        return found
    rows: list[Filters] = []
    for one in sorted(found, key=lambda each: clock(each.after or date.min)):
        last = rows[-1] if rows else None
        if last and last.before and last.before == one.after:
            rows[-1] = Filters(after=last.after, before=one.before)
        else:
            rows.append(one)
    return rows if len(rows) == 1 else found


def grown(clause: str, start: int, end: int, read: Reader) -> tuple[int, int, Filters] | None:
    """Return where the row ends, and begins, that a condition in a clause belongs to."""
    after = [end + match.end() for match in re.finditer(r"[^\s,]+", clause[end:])]
    if JOINT.match(clause, end):
        for later in reversed(after[: _MOST * 2]):
            if found := alternatives(clause[start:later], read):
                return start, later, found
    before = [match.start() for match in re.finditer(r"[^\s,]+", clause[:start])]
    if re.search(r"(?:,| or| and| &) ?$", clause[:start], re.IGNORECASE):
        for earlier in before[-_LONGEST:]:
            if found := alternatives(clause[earlier:end], read):
                return earlier, end, found
    return None


def _ways(part: str, parts: list[str]) -> Iterator[str]:
    """Yield how one can be said in full: with the year of the last, alone, led as the first."""
    words, year = parts[0].split(" "), _YEARED.search(parts[-1])
    if year and part is not parts[-1]:
        yield f"{part} {year[0].split()[-1]}"
        yield f"{part}{year[0]}"
    yield part
    yield from (" ".join([*words[:n], part]) for n in range(1, len(words)))


def _apart(found: list[Filters]) -> bool:
    """Whether no picture can meet two of them, so that "and" means "or"."""
    return all(
        one.paths or one.camera or one.orientation or one.min_rating or (one.after and one.before)
        for one in found
    )
