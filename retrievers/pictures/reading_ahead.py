"""Read picture files in threads a little ahead of the encoder that waits for them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TypeVar

from retrievers.concurrency.prefetch import read_ahead
from retrievers.pictures.decoding.decoders import Decoders

T = TypeVar("T")
S = TypeVar("S")
READERS = 2


@contextmanager
def reading_ahead(
    read: Callable[[S, Decoders], T],
    files: Sequence[S],
    *,
    ahead: int,
    should_stop: Callable[[], bool],
) -> Iterator[Iterator[T]]:
    """Give what `read` makes of each, in order; at the end, a stop included, the rest is given up.

    Args:
        read: called in a thread.
        files: what is read.
        ahead: how many before the one that is asked for, at most.
        should_stop: asked while one is being waited for.
    """
    with (
        ThreadPoolExecutor(READERS, thread_name_prefix="reader") as readers,
        Decoders(many=READERS) as decoders,
        closing(
            read_ahead(
                readers,
                lambda found: read(found, decoders),
                files,
                ahead=ahead,
                should_stop=should_stop,
            )
        ) as reads,
    ):
        yield reads
