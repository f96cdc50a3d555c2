"""Work in threads a little ahead of where the result is needed, so that memory stays bounded."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
S = TypeVar("S")


def read_ahead(
    pool: ThreadPoolExecutor,
    read: Callable[[S], T],
    files: Sequence[S],
    *,
    ahead: int,
) -> Generator[T]:
    """Read in threads, at most `ahead` files before the one that is asked for.

    Closing it gives up what was not begun.
    """
    waiting: deque[Future[T]] = deque()
    try:
        for file in files:
            waiting.append(pool.submit(read, file))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
