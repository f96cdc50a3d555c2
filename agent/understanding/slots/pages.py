"""The pictures on the screen, and where they stand: in rows, if the door says how long these are.

What doesn't say which picture is meant, such as the left one of three rows, is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from agent.understanding.interpretation import Context

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """The numbers on the screen.

    Attributes:
        numbers: all of them, in order.
        rows: as they stand; none where the door doesn't say.
    """

    numbers: Sequence[int]
    rows: Sequence[Sequence[int]]

    def nth(self, n: int) -> list[int]:
        """Return the nth; one beyond the last is named, too, for its user to find missing."""
        return [self.numbers[0] + n - 1] if self.numbers and n > 0 else []

    def back(self, n: int) -> list[int]:
        """Return the nth from the end."""
        return _nth(self.numbers[::-1], n)

    def some(self, n: int, place: str) -> list[int]:
        """Return so many from the first or the last on, or of a place in a single row."""
        several = len(self.rows) > 1
        if place in ("last", "bottom") or (place == "right" and not several):
            return list(self.numbers[-n:]) if n else []
        if place in ("o1", "top", "best") or (place == "left" and not several):
            return list(range(self.numbers[0], self.numbers[0] + n)) if self.numbers else []
        if place == "outer" and n == 2 and not several:
            return self.at("outer")
        spare = len(self.numbers) - n
        if place == "middle" and not several and spare >= 0 and spare % 2 == 0:
            return list(self.numbers[spare // 2 :][:n])
        return []

    def at(self, place: str) -> list[int]:
        """Return what stands at a place of the page."""
        if place in ("last", "bottom"):
            return self.back(1)
        if place in ("top", "best"):
            return self.nth(1)
        if len(self.rows) > 1 or not self.numbers:
            return []
        if place == "outer":
            return [self.numbers[0], self.numbers[-1]]
        return _pick(self.numbers, place)

    def from_side(self, n: int, side: str) -> list[int]:
        """Return the nth from a side: from the left or right, of the first row."""
        row = self.rows[0] if self.rows else self.numbers
        return {
            "left": _nth(row, n),
            "right": _nth(row[::-1], n),
            "bottom": self.back(n),
            "last": self.back(n),
        }.get(side, self.nth(n))

    def corner(self, end: str, side: str) -> list[int]:
        """Return what stands in a corner, or in the middle of the first or the last row."""
        if self.rows:
            return _pick(self.rows[0 if end == "top" else -1], side)
        known = {("top", "left"): self.nth(1), ("bottom", "right"): self.back(1)}
        return known.get((end, side), [])

    def row(self, which: str, place: str = "") -> list[int]:
        """Return a row, or what stands at a place of it."""
        rows = [row for row in self.rows if row]
        found = _pick(rows, which)
        if not found or not place:
            return [n for row in found for n in row]
        return _pick(found[0], place)

    def column(self, which: str) -> list[int]:
        """Return a column."""
        wide = range(max(map(len, self.rows), default=0))
        return [row[at] for at in _pick(wide, which) for row in self.rows if at < len(row)]


def page_of(context: Context) -> Page:
    """Return the page that is on the screen."""
    numbers, wide = range(context.first, context.shown + 1), context.columns
    rows = [numbers[at : at + wide] for at in range(0, len(numbers), wide)] if wide else []
    return Page(numbers, rows)


def _pick(row: Sequence[T], place: str) -> list[T]:
    """Return the one of a row that a place names, in a list; the middle of an even row is none."""
    if place.strip("o").isdigit():
        return _nth(row, int(place.strip("o")))
    if place == "middle":
        return [row[len(row) // 2]] if len(row) % 2 else []
    return _nth(row[::-1] if place in ("right", "last", "bottom") else row, 1)


def _nth(row: Sequence[T], n: int) -> list[T]:
    return [row[n - 1]] if 0 < n <= len(row) else []
