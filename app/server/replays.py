"""Which session holds which conversation, for front ends that send all of it each time."""

from collections import OrderedDict

KNOWN = 1000  # conversations, those that were continued last


class Replays:
    """Remember sessions by what was said in them."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, str] = OrderedDict()

    def take(self, key: str) -> str | None:
        """Return the session that ended in that state, and forget it: it goes on now."""
        return self._sessions.pop(key, None)

    def keep(self, key: str, session: str) -> None:
        """Remember that a session ends in that state."""
        self._sessions[key] = session
        while len(self._sessions) > KNOWN:
            self._sessions.popitem(last=False)
