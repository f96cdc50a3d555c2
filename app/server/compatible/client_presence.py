"""Work for a client that is there: what takes many pieces of work ends when nobody waits for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from app.server.contract.errors import ServerError, StoppingError
from app.server.state.server_state import ServerState

T = TypeVar("T")
LOOKED = 0.5  # seconds between two looks
MOST = 600.0  # seconds that one request may be at work: as long as OpenAI's clients wait


async def while_present(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Await it; it is stopped between two pieces of work when nobody waits or may wait any more.

    Raises:
        ServerError: the client went away, it took too long, or the server is being stopped.
    """
    state: ServerState = request.app.state.server_state
    task, end = asyncio.ensure_future(work), asyncio.get_running_loop().time() + MOST
    try:
        while not (await asyncio.wait({task}, timeout=LOOKED))[0]:
            if await request.is_disconnected():
                raise ServerError("the client went away")
            if state.stopping.is_set():
                raise StoppingError("the server is being stopped; ask again in a while")
            if asyncio.get_running_loop().time() > end:
                raise ServerError(f"takes over {MOST:.0f} seconds; ask for less at once")
        return task.result()
    finally:
        task.cancel()
