"""Connections whose clients keep the server waiting: each has a deadline, and all have a number.

uvicorn waits for the rest of a request for ever, and for as many as there are descriptors. Here a
head is due within seconds and a body at some speed; where all places are taken, who has been waited
for longest gives way to who comes.
"""

import asyncio
import sys
from functools import cache

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if sys.platform != "win32":
    import resource

DUE = 10.0  # seconds for a head, from the connection or the last answer, and for a body that waits
SPEED = 10_000  # bytes of a body that are due in a second
READ = 60.0  # seconds in which nothing of an answer is taken
MOST = 1000  # connections, where enough descriptors may be open


@cache
def places() -> int:
    """Return how many connections fit: half of the files that may be open; the rest is for work."""
    if sys.platform == "win32":
        return MOST
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST if most == resource.RLIM_INFINITY else min(2 * MOST, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return MOST if wanted == 2 * MOST else wanted // 2


class Arriving(H11Protocol):
    """A connection that is given up when its client does not do its part in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the place of who keeps the server waiting longest, if there is no other."""
        super().connection_made(transport)
        self._begin()
        self._unread, self._taken = 0, self.since
        if len(self.connections) > places():
            waiting = (one for one in self.connections if isinstance(one, Arriving) and one.owes)
            oldest = min(waiting, key=lambda one: (one.owes is h11.SEND_BODY, one.since))
            self.connections.discard(oldest)  # it hangs up later, and others come before
            oldest.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take more of a request."""
        before = self._stage()
        super().data_received(data)
        self.read += len(data)
        if self._stage() != before:
            self._begin()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        before = self._stage()
        super().on_response_complete()
        if self._stage() != before:
            self._begin()

    @property
    def owes(self) -> object:
        """What the client has to send: h11.IDLE, a head; h11.SEND_BODY, a body; None, nothing."""
        state = self.conn.their_state
        waited = state is h11.IDLE or (state is h11.SEND_BODY and not self.flow.read_paused)
        return state if waited else None

    def hang_up_if_late(self, now: float) -> None:
        """Close if a head, a body, or the taking of an answer is overdue."""
        unread = self.transport.get_write_buffer_size()
        if not unread or unread != self._unread:
            self._unread, self._taken = unread, now
        patience = DUE + (self.read / SPEED if self.owes is h11.SEND_BODY else 0)
        if now - self._taken > READ or (self.owes and now - self.since > patience):
            self.transport.abort()

    def _begin(self) -> None:
        self.since, self.read = self.loop.time(), 0

    def _stage(self) -> tuple[object, object]:
        return self.conn.their_state, self.cycle
