"""Edits of the constraint list: all that can happen to it, and what one sees of it.

The numbers of edits in a row count from 1 in the list as those before have left it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.understanding.constraint_list import Constraint, Constraints


@dataclass(frozen=True, slots=True)
class Add:
    """Ask for this as well; it comes last."""

    constraint: Constraint


@dataclass(frozen=True, slots=True)
class Drop:
    """Ask no longer for the constraint of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Change:
    """Ask for this in the place of the constraint of that number."""

    number: int
    constraint: Constraint


@dataclass(frozen=True, slots=True)
class ReplaceAll:
    """Ask for these and nothing else."""

    constraints: Constraints


Edit = Add | Drop | Change | ReplaceAll
Edits = tuple[Edit, ...]
Mark = Literal["added", "changed", "dropped"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that edits changed, as people see it.

    Attributes:
        mark: what happened to it.
        number: of the constraint in the list after the edits; of a dropped one, before them.
        constraint: what is asked for now; of a dropped one, what was.
        before: what stood in its place, if it was changed.
    """

    mark: Mark
    number: int
    constraint: Constraint
    before: Constraint | None = None


def edited(constraints: Sequence[Constraint], edits: Iterable[Edit]) -> Constraints:
    """Return the list after the edits.

    Raises:
        ValueError: there is no constraint of a number.
    """
    return tuple(one for _, one in _followed(constraints, edits))


def rewritten(
    before: Sequence[Constraint],
    after: Sequence[Constraint | None],
    adds: Iterable[Constraint] = (),
) -> Edits:
    """Return the edits between two lists.

    Args:
        before: the list.
        after: what each of its constraints becomes; None: it is dropped.
        adds: what comes after them.
    """
    pairs = list(enumerate(zip(before, after, strict=True), start=1))
    changes = (Change(at, new) for at, (old, new) in pairs if new is not None and new != old)
    drops = (Drop(at) for at, (_, new) in reversed(pairs) if new is None)
    return (*changes, *drops, *map(Add, adds))


def differences(before: Sequence[Constraint], edits: Iterable[Edit]) -> tuple[Difference, ...]:
    """Return what edits changed, in the order of the list; then what they dropped.

    What is dropped and asked for again is no difference.
    """
    found: list[Difference] = []
    followed = _followed(before, edits)
    kept = {at for at, _ in followed if at is not None}
    gone = [at for at in range(len(before)) if at not in kept]
    for number, (at, one) in enumerate(followed, start=1):
        if at is None:
            again = next((old for old in gone if before[old] == one), None)
            if again is None:
                found.append(Difference("added", number, one))
            else:
                gone.remove(again)
        elif before[at] != one:
            found.append(Difference("changed", number, one, before[at]))
    return (*found, *(Difference("dropped", at + 1, before[at]) for at in gone))


def _followed(
    constraints: Sequence[Constraint], edits: Iterable[Edit]
) -> list[tuple[int | None, Constraint]]:
    """Return the list after the edits, each constraint with the place it had before them."""
    now: list[tuple[int | None, Constraint]] = list(enumerate(constraints))
    for edit in edits:
        match edit:
            case Add(constraint):
                now.append((None, constraint))
            case Drop(number):
                del now[_place(number, len(now))]
            case Change(number, constraint):
                at = _place(number, len(now))
                now[at] = (now[at][0], constraint)
            case ReplaceAll(others):
                now = [(None, one) for one in others]
    return now


def _place(number: int, count: int) -> int:
    if not 1 <= number <= count:
        raise ValueError(f"constraint must be in 1..{count}; got {number!r}")
    return number - 1
