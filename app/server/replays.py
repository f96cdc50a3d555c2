"""Which session holds which conversation, for front ends that send all of it each time."""

from collections import OrderedDict
from typing import NamedTuple

KNOWN = 10_000  # states of conversations, those that were reached last


class State(NamedTuple):
    """A session and the turn that held when a conversation was in that state."""

    session: str
    turn: int


class Replays:
    """Remember where in which session what was said led to."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, State] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._states

    def find(self, key: str) -> State:
        """Return where a conversation stands; KeyError if it is not known."""
        self._states.move_to_end(key)
        return self._states[key]

    def keep(self, key: str, session: str, turn: int) -> None:
        """Remember where a conversation stands."""
        self._states[key] = State(session, turn)
        self._states.move_to_end(key)
        while len(self._states) > KNOWN:
            self._states.popitem(last=False)
