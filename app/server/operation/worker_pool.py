"""So much work at a time, so much that may wait, and no more: the server's memory stays bounded.

anyio's CapacityLimiter, which Starlette's threads have, bounds what works and not what waits.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from time import perf_counter
from typing import TypeVar

from app.server.contract.errors import FullError

T = TypeVar("T")


class WorkerPool:
    """Do work in threads; a request that goes away does not stop what it began.

    Args:
        name: of the threads.
        workers: pieces of work at a time.
        waiting: pieces that may wait.
    """

    def __init__(self, name: str, *, workers: int, waiting: int) -> None:
        self.name, self.workers, self.most = name, workers, workers + waiting
        self.inside = 0
        self._seconds = 0.5  # that a piece of work takes, as of late
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._tasks: set[asyncio.Task[object]] = set()

    def start(self, work: Callable[[], T], *, alone: asyncio.Lock | None = None) -> asyncio.Task[T]:
        """Begin a piece of work, as soon as there is a thread for it.

        Args:
            work: called in a thread.
            alone: held meanwhile; pieces of work that share it follow one another.

        Raises:
            FullError: the queue is full.
        """
        if self.inside >= self.most:
            raise FullError(max(1, round(self._seconds * self.most / self.workers)))
        self.inside += 1
        task = asyncio.create_task(self._run(work, alone))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    async def run(self, work: Callable[[], T], *, alone: asyncio.Lock | None = None) -> T:
        """Do a piece of work and return what it comes to; FullError as `start`."""
        return await asyncio.shield(self.start(work, alone=alone))

    async def close(self, *, within: float) -> None:
        """Wait for all that was begun, for `within` seconds at most."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T], alone: asyncio.Lock | None) -> T:
        try:
            async with AsyncExitStack() as held:
                if alone:
                    await held.enter_async_context(alone)
                begin = perf_counter()
                done = await asyncio.get_running_loop().run_in_executor(
                    self._threads, _contained, work
                )
                self._seconds += 0.2 * (perf_counter() - begin - self._seconds)
                return done
        finally:
            self.inside -= 1

    def _forget(self, task: "asyncio.Task[T]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # it was told to whoever waited, if anybody did


def _contained(work: Callable[[], T]) -> T:
    """Do the work; what would end a program ends that piece of work, not the server."""
    try:
        return work()
    except (KeyboardInterrupt, SystemExit) as error:  # which a loop lets through, unlike others
        raise RuntimeError(f"a piece of work wanted to end the server: {error!r}") from error
