"""Work in threads a little ahead of where the result is needed, so that memory stays bounded."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
S = TypeVar("S")
OFTEN = 0.1  # seconds after which a wait looks whether it should stop


def read_ahead(
    pool: ThreadPoolExecutor,
    read: Callable[[S], T],
    files: Sequence[S],
    *,
    ahead: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Generator[T]:
    """Read in threads, at most `ahead` files before the one that is asked for.

    It ends where it should stop, even if that is while something is being read. Closing it gives up
    what was not begun.
    """
    waiting: deque[Future[T]] = deque()
    try:
        for file in files:
            waiting.append(pool.submit(read, file))
            if len(waiting) >= ahead:
                if not _is_there(waiting[0], should_stop):
                    return
                yield waiting.popleft().result()
        while waiting and _is_there(waiting[0], should_stop):
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _is_there(read: Future[T], should_stop: Callable[[], bool]) -> bool:
    while not wait([read], timeout=OFTEN).done:
        if should_stop():
            return False
    return True


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
