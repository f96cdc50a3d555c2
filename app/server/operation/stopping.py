"""A server that tells what runs in it that it is to stop, and waits for whole requests only.

uvicorn alone closes an application after its last connection: a reader of events keeps the work
that it reads of, and half a request keeps everything, until the time for stopping is over.
"""

import asyncio
import socket
from collections.abc import Callable, Collection

import uvicorn

from app.server.operation.slow_clients import Arriving

ARRIVING = 1.0  # seconds that the rest of a request may take to come


class StoppingServer(uvicorn.Server):
    """Stop what is under way as soon as the signal comes.

    Args:
        config: what is served, and how.
        on_stop: called when the server is told to stop.
        endless: paths whose GET is a stream without an end of its own.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        on_stop: Callable[[], None] = lambda: None,
        endless: Collection[str] = (),
    ) -> None:
        super().__init__(config)
        self.on_stop, self.endless = on_stop, endless

    async def on_tick(self, counter: int) -> bool:
        """Once a second, give up who keeps the server waiting for too long."""
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for one in list(self.server_state.connections):
                if isinstance(one, Arriving):
                    one.hang_up_if_late(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the requests that came whole, and close."""
        self.on_stop()
        asyncio.get_running_loop().call_later(ARRIVING, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        for one in list(self.server_state.connections):
            cycle = getattr(one, "cycle", None)
            if cycle and (cycle.more_body or self._is_endless(cycle.scope)):
                one.transport.close()

    def _is_endless(self, scope: uvicorn._types.HTTPScope) -> bool:
        return scope["method"] == "GET" and scope["path"] in self.endless
