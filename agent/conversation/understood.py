"""What an utterance was understood to mean, before anything is searched for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.turns.turn import Turn
from agent.turns.undo_history import landing
from agent.understanding.acts import Act, Asking, Reading, Unclear
from agent.understanding.acts_as_edits import edits_of, unmet
from agent.understanding.constraint_list import Constraints, query_of
from agent.understanding.edits import Edit, Edits, ReplaceAll, edited
from retrievers.query import Query
from retrievers.text.lettering import words


@dataclass(frozen=True, slots=True)
class Understood:
    """An utterance, or several that correct one another, ready to be taken as one turn.

    Attributes:
        said: the person's words.
        acts: what they meant.
        base: the turn that they build on.
        constraints: what would be asked for.
        edits: what makes them of what is asked for now.
        unmet: why acts found nothing to do, each in a line.
        asks: whether acts ask for something, and found something to do.
        lost: why the interpreter that was asked for did not read it, if another had to.
        seconds: time spent so far, by stage.
    """

    said: str
    acts: tuple[Act, ...]
    base: Turn
    constraints: Constraints
    edits: Edits = ()
    unmet: tuple[str, ...] = ()
    asks: bool = False
    lost: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def query(self) -> Query:
        """What would be searched for."""
        return query_of(self.constraints)

    @property
    def searches(self) -> bool:
        """Whether taking it means to search."""
        return self.asks and not self.query.is_empty


def understand(
    said: str,
    acts: Sequence[Act],
    turns: Sequence[Turn],
    shown: Sequence[str],
    *,
    before: Constraints = (),
) -> Understood:
    """Work out what acts lead to.

    Args:
        said: the person's words.
        acts: what they meant; if they can mean several things, nothing is done.
        turns: of the conversation so far.
        shown: ids that numbers refer to.
        before: what is asked for now.
    """
    if offers := [act for act in acts if isinstance(act, Unclear) and act.readings]:
        acts = offers
    base = landing(acts, turns)
    now = base.constraints
    edits: list[Edit] = [] if now == before else [ReplaceAll(now)]
    told: list[str] = []
    asks = False
    for act in acts:
        if reason := unmet(act, now):
            told.append(reason)
        steps = edits_of(act, now, shown)
        asks = asks or (isinstance(act, Asking) and bool(steps or not reason))
        now = edited(now, steps)
        edits += steps
    return Understood(said, tuple(acts), base, now, tuple(edits), tuple(told), asks)


def chosen(said: str, readings: Sequence[Reading]) -> Reading | None:
    """Return the reading that an utterance names by its number, from 1, or by its words."""
    number = said.strip(" #.()")
    if number.isdecimal() and 1 <= int(number) <= len(readings):
        return readings[int(number) - 1]
    return next((one for one in readings if words(said) and words(said) == words(one.words)), None)
