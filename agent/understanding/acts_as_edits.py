"""What an act does to the constraint list, as edits; the one place where that is said."""

from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path

from agent.understanding.acts import (
    Act,
    Answer,
    Change,
    Drop,
    Feedback,
    Filter,
    Forget,
    Keep,
    Lift,
    Negate,
    NewSearch,
    Order,
    Refine,
    Replace,
    Resemble,
    StartOver,
    Widen,
)
from agent.understanding.condition_edits import lifting, narrowing, not_widened, widening
from agent.understanding.constraint_list import (
    Condition,
    Constraint,
    Constraints,
    Disliked,
    Example,
    Excluded,
    Liked,
    Ordered,
    Refused,
    Wanted,
)
from agent.understanding.constraint_words import words_of
from agent.understanding.edits import Add, Edits, ReplaceAll, edited, rewritten
from agent.understanding.named_constraints import places_named
from agent.understanding.phrase_edits import forgetting, keeping, refusing, replacing, wanting
from retrievers.query import Ordering


def edits_of(act: Act, constraints: Constraints, shown: Sequence[str]) -> Edits:
    """Return what an act does to the list; acts that ask for nothing new do nothing.

    Args:
        act: what was meant; its positions must lie in 1..len(shown).
        constraints: what was asked for before.
        shown: ids that the positions refer to; position n is `shown[n - 1]`.

    Raises:
        ValueError: a constraint is named by a number that there is not.
    """
    match act:
        case NewSearch(text):
            return (ReplaceAll((Wanted(text),)),)
        case StartOver():
            return (ReplaceAll(()),)
        case Refine() | Negate() | Replace() | Forget() | Keep():
            return _on_phrases(act, constraints)
        case Feedback(like, unlike):
            liked, disliked = ([shown[n - 1] for n in numbers] for numbers in (like, unlike))
            return _judged(constraints, liked, disliked)
        case Answer(picture):
            return _judged(constraints, [picture], []) if picture else ()
        case Resemble(path, instead):
            return _resembling(path, constraints, instead=instead)
        case Drop() | Change():
            return _corrected(act, constraints)
        case Order(by):
            return _ordering(by, constraints)
        case _:
            return _on_conditions(act, constraints)


def after(acts: Iterable[Act], constraints: Constraints, shown: Sequence[str]) -> Constraints:
    """Return the list after several acts; raises as `edits_of`."""
    return reduce(lambda now, act: edited(now, edits_of(act, now, shown)), acts, constraints)


def unmet(act: Act, constraints: Sequence[Constraint]) -> str:
    """Say why an act finds nothing to do in the list; empty if it finds something."""
    match act:
        case Forget(words) if not places_named(constraints, words):
            return f"Nothing that is asked for is called {words!r}."
        case Keep(words) if not any(places_named(constraints, one) for one in words):
            return f"Nothing that is asked for is called {' or '.join(map(repr, words))}."
        case Widen(adds):
            alone = [words_of(Condition(one)) for one in not_widened(adds, constraints)]
            told = f"There is no such condition to widen by {' or '.join(map(repr, alone))}."
            return told if alone else ""
        case _:
            return ""


def _on_phrases(act: Refine | Negate | Replace | Forget | Keep, constraints: Constraints) -> Edits:
    match act:
        case Refine(text, instead):
            return replacing(text, "", constraints) if instead else wanting(text, constraints)
        case Negate(text):
            return refusing(text, constraints)
        case Replace(new, old):
            return replacing(new, old, constraints)
        case Forget(words):
            return forgetting(words, constraints)
        case Keep(words):
            return keeping(words, constraints)


def _on_conditions(act: Act, constraints: Constraints) -> Edits:
    match act:
        case Filter(adds):
            return narrowing(adds, constraints)
        case Lift(what):
            return lifting(what, constraints)
        case Widen(adds):
            return widening(adds, constraints)
        case _:
            return ()


def _judged(constraints: Constraints, liked: Sequence[str], disliked: Sequence[str]) -> Edits:
    """Keep verdicts on pictures; the last one on each holds."""
    left: list[Constraint | None] = []
    for one in constraints:
        if isinstance(one, Liked | Disliked | Excluded):
            now = disliked if isinstance(one, Liked) else liked
            pictures = tuple(picture for picture in one.pictures if picture not in now)
            left.append(type(one)(pictures) if pictures else None)
        else:
            left.append(one)
    adds = [
        *_grown(left, Liked, [one for one in liked if one not in disliked]),
        *_grown(left, Disliked, [one for one in disliked if one not in liked]),
    ]
    return rewritten(constraints, left, adds)


def _grown(
    left: list[Constraint | None], kind: type[Liked] | type[Disliked], pictures: Sequence[str]
) -> list[Constraint]:
    """Put pictures to those of their kind; return a constraint of them if there are none."""
    for at, one in enumerate(left):
        if isinstance(one, kind):
            left[at] = kind(tuple(dict.fromkeys([*one.pictures, *pictures])))
            return []
    return [kind(tuple(dict.fromkeys(pictures)))] if pictures else []


def _resembling(path: Path, constraints: Constraints, *, instead: bool) -> Edits:
    """Add an example; instead of the pictures before it, or of the last words if there are none."""
    places = [at for at, one in enumerate(constraints) if isinstance(one, Example | Liked)]
    if instead and not places:
        places = [at for at, one in enumerate(constraints) if isinstance(one, Wanted)][-1:]
    if instead and places:
        left = [None if at in places else one for at, one in enumerate(constraints)]
        left[places[0]] = Example(path)
        return rewritten(constraints, left)
    return (Add(Example(path)),) if Example(path) not in constraints else ()


def _ordering(by: Ordering, constraints: Constraints) -> Edits:
    """List in another order, of which there is one."""
    order = None if by == "best" else Ordered(by)
    places = [at for at, one in enumerate(constraints) if isinstance(one, Ordered)]
    left = [None if at in places else one for at, one in enumerate(constraints)]
    if places:
        left[places[-1]] = order
    return rewritten(constraints, left, [order] if order and not places else [])


def _corrected(act: Drop | Change, constraints: Constraints) -> Edits:
    """Drop constraints by their numbers, or say one in other words."""
    left: list[Constraint | None] = list(constraints)
    for number in act.numbers if isinstance(act, Drop) else (act.number,):
        if not 1 <= number <= len(left):
            raise ValueError(f"constraint must be in 1..{len(left)}; got {number!r}")
        kind = Refused if isinstance(constraints[number - 1], Refused) else Wanted
        left[number - 1] = _said_anew(act, kind) if isinstance(act, Change) else None
    return rewritten(constraints, left)


def _said_anew(act: Change, kind: type[Wanted] | type[Refused]) -> Constraint:
    return Condition(act.condition) if act.condition else kind(act.text)
