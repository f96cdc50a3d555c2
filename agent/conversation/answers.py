"""What a session says besides showing pictures and answering questions about them."""

from collections.abc import Sequence

from agent.understanding.acts import Reading, Redo, Undo
from agent.understanding.constraint_list import Constraint
from agent.understanding.constraint_words import restated
from retrievers.hit import Hit
from retrievers.pictures.metadata.facts import SOURCES

HELP = """\
Say what you look for: a dog on a beach. Narrow it down: at night / with snow instead / no people
Point at pictures by number: like 3 but closer / more like the last two / not the second one
Set conditions: before 2019 / from last summer / only portraits / in the trips folder / tagged fun
Go on: show more / why is 2 there? / newest first / save the first three as beach trip / export
Ask: how many are there? / when was 3 taken? / where is 2? / what is written on 1?
Correct what I understood: /constraints, /drop 2, /drop people, /change 1 to a blue car
Go back: undo / go back two / back to the dogs / redo / any date / start over"""


def why(hit: Hit, number: int, asked: Sequence[Constraint]) -> str:
    """Say what put a picture where it is."""
    grounds = []
    if (cosine := hit.why.scores.get("vector")) is not None:
        place = f", place {hit.why.ranks['vector']}" if "vector" in hit.why.ranks else ""
        grounds.append(f"it looks like what was asked (cosine {cosine:.3f}{place})")
    if hit.why.words:
        place = f" (place {hit.why.ranks['words']})" if "words" in hit.why.ranks else ""
        found = ", ".join(repr(word) for word in hit.why.words)
        grounds.append(f"its name, caption, tags or text hold {found}{place}")
    grounds += [f"{one!r} holds" for one in hit.why.held]
    grounds += [f"{one!r} does not" for one in hit.why.failed]
    others = {stage: s for stage, s in hit.why.scores.items() if stage not in ("vector", "words")}
    grounds += [f"{stage} gave it {score:.3f}" for stage, score in others.items()]
    reason = "; ".join(grounds) or "it meets the conditions"
    if hit.picture.taken and hit.picture.taken_from:
        reason += f"; {hit.picture.day_taken} is said by {SOURCES[hit.picture.taken_from]}"
    return f"{number} is {hit.picture.path.name}: {reason}. Asked for: {restated(asked)}."


def unclear(message: str, readings: Sequence[Reading]) -> str:
    """Say what is not clear, and what it can mean, each reading with its number."""
    numbered = [f"{at} {one.words}" for at, one in enumerate(readings, start=1)]
    return "\n".join([message or "What do you mean?", *numbered] if numbered else [message])


def no_picture(number: int, shown: int) -> str:
    """Say that no picture has a number."""
    there = f"the numbers go from 1 to {shown}" if shown else "none is shown yet"
    return f"There is no picture {number}: {there}."


def nowhere(act: Undo | Redo) -> str:
    """Say why an undo or redo moved nothing."""
    if isinstance(act, Redo):
        return "There is nothing to redo."
    if act.named is not None:
        return f"No earlier turn was about {act.named!r}."
    return "There is nothing to go back to." if act.to is None else f"There is no turn {act.to}."
