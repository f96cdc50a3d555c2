"""What an utterance was understood to mean, before anything is searched for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.turns.turn import Turn
from agent.turns.undo_history import landing
from agent.understanding.acts import Act
from agent.understanding.constraints import Asking, apply
from retrievers.query import Query


@dataclass(frozen=True, slots=True)
class Understood:
    """An utterance, or several that correct one another, ready to be taken as one turn.

    Attributes:
        said: the person's words.
        acts: what they meant.
        base: the turn that they build on.
        query: what would be searched for.
        seconds: time spent so far, by stage.
    """

    said: str
    acts: tuple[Act, ...]
    base: Turn
    query: Query
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def searches(self) -> bool:
        """Whether taking it means to search."""
        return any(isinstance(act, Asking) for act in self.acts) and not self.query.is_empty


def understand(
    said: str, acts: Sequence[Act], turns: Sequence[Turn], shown: Sequence[str]
) -> Understood:
    """Work out what acts lead to.

    Args:
        said: the person's words.
        acts: what they meant.
        turns: of the conversation so far.
        shown: ids that numbers refer to.
    """
    base = landing(acts, turns)
    query = base.query
    for act in acts:
        query = apply(act, query, shown)
    return Understood(said, tuple(acts), base, query)
