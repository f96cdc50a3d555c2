"""Requests that are sent again after a lost answer (Idempotency-Key) begin nothing twice."""

from collections.abc import Callable, Hashable

from cachetools import LRUCache

from app.server.contract.errors import ReusedKeyError
from app.server.jobs.index_job_state import IndexJob
from app.server.jobs.indexing_jobs import REMEMBERED


class Repeats:
    """Remember which job each user's key began."""

    def __init__(self) -> None:
        self._begun: LRUCache[tuple[str, str], tuple[Hashable, IndexJob]] = LRUCache(REMEMBERED)

    def job(
        self, user: str, key: str, request: Hashable, begin: Callable[[], IndexJob]
    ) -> IndexJob:
        """Begin a job, or return the one that the same request with that key began.

        Args:
            user: whose key it is.
            key: without one, a job is begun.
            request: what is asked for.
            begin: begins it; what that refuses is not remembered.

        Raises:
            ReusedKeyError: another request came with that key.
        """
        known = self._begun.get((user, key)) if key else None
        if known is None:
            job = begin()
        elif known[0] == request:
            job = known[1]
        else:
            raise ReusedKeyError(f"Idempotency-Key {key!r} came with another request before")
        if key:
            self._begun[user, key] = request, job
        return job
