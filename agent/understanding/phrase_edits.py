"""What words do to a constraint list: they are wanted, refused, replaced, forgotten or kept."""

from collections.abc import Sequence

from agent.understanding.constraint_list import (
    Condition,
    Constraint,
    Refused,
    Wanted,
)
from agent.understanding.edits import Edits, rewritten
from agent.understanding.named_constraints import is_named, places_named, revalued, unnamed
from agent.understanding.phrase_words import gist, replaced, without_parts


def wanting(text: str, constraints: Sequence[Constraint]) -> Edits:
    """Want a phrase; it comes last, in place of what says just that, wanted or refused."""
    left = [None if _says(one, text) else one for one in constraints]
    return rewritten(constraints, left, [Wanted(text)])


def refusing(text: str, constraints: Sequence[Constraint]) -> Edits:
    """Refuse a phrase, and want no more what says just that."""
    left: list[Constraint | None] = []
    for one in constraints:
        if isinstance(one, Wanted):
            rest = "" if _says(one, text) else without_parts(one.text, gist(text))
            left.append(Wanted(rest) if rest else None)
        else:
            left.append(Refused(text) if _says(one, text) else one)
    return rewritten(constraints, left, [] if Refused(text) in left else [Refused(text)])


def _says(one: Constraint, text: str) -> bool:
    """Whether it says just what a text says: "with the boats" and "no boat"."""
    return isinstance(one, Wanted | Refused) and gist(one.text) == gist(text)


def replacing(new: str, old: str, constraints: Sequence[Constraint]) -> Edits:
    """Say new words where old ones stood; where they did not, in the place of the last phrase.

    What then says the same, or the opposite, goes. No new words: the old ones are forgotten.
    """
    if not new.strip():
        return forgetting(old, constraints) if old else ()
    found = dict(_replaced(new, old, constraints))
    if not found:
        return wanting(new, constraints)
    left: list[Constraint | None] = []
    for at, one in enumerate(constraints):
        again = at not in found and any(_at_odds(one, other) for other in found.values())
        left.append(None if again else found.get(at, one))
    return rewritten(constraints, left)


def _at_odds(one: Constraint, new: Constraint) -> bool:
    return isinstance(new, Wanted | Refused) and _says(one, new.text)


def _replaced(
    new: str, old: str, constraints: Sequence[Constraint]
) -> list[tuple[int, Constraint]]:
    """Return the constraints that have new words now, with their places."""
    for kind in (Wanted, Refused) if old else ():
        texts = [
            replaced(one.text, new, old) if isinstance(one, kind) else None for one in constraints
        ]
        if found := [(at, kind(text)) for at, text in enumerate(texts) if text is not None]:
            return [*found]
    for at, one in enumerate(constraints) if old else ():
        if isinstance(one, Condition) and is_named(one, old):
            value = revalued(one.filters, new, old)
            return [(at, Condition(value) if value else Wanted(new))]
    phrases = [at for at, one in enumerate(constraints) if isinstance(one, Wanted)]
    return [(phrases[-1], Wanted(new))] if phrases else []


def forgetting(words: str, constraints: Sequence[Constraint]) -> Edits:
    """Ask no longer for what words name; what was refused first."""
    refused = any(isinstance(one, Refused) and is_named(one, words) for one in constraints)
    left = [
        unnamed(one, words) if isinstance(one, Refused) or not refused else one
        for one in constraints
    ]
    return rewritten(constraints, left)


def keeping(words: Sequence[str], constraints: Sequence[Constraint]) -> Edits:
    """Ask for what words name and nothing else; if they name nothing, for what was asked before."""
    kept = {at for one in words for at in places_named(constraints, one)}
    left = [one if at in kept else None for at, one in enumerate(constraints)]
    return rewritten(constraints, left) if kept else ()
