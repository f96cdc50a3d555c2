"""The conversations of a server's users: each has a lock, a file, and one owner."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import Any

from agent.conversation.journal import Journal, SessionError, session_path
from agent.conversation.session import Session
from agent.turns.turn import Turn
from app.library import conversations
from app.pages.page import conversation_page
from app.server.contract.errors import ConflictError, NotFoundError, ServerError
from app.server.security.quotas import Quota
from app.server.state.open_collections import OpenCollections
from retrievers.hit import Hit
from retrievers.query import Query

LIVE = 200  # conversations that stay in memory
UNKEPT = 1000  # of those that are nowhere else
WRITERS = {"html": conversation_page}


class _Nowhere:
    """Stands in a conversation until a turn is taken, which brings its own."""

    def search(self, query: Query, k: int) -> list[Hit]:
        raise NotFoundError("this conversation has no collection; name one with the next turn")


_NOWHERE = _Nowhere()


@dataclass
class OpenSession:
    """A conversation that is open.

    Attributes:
        session: what was said so far.
        collection: what it is about.
        alone: held by whoever adds a turn.
    """

    session: Session
    collection: str
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def name(self) -> str:
        return self.session.journal.path.stem


class OpenSessions:
    """Begin, find and continue conversations; nobody reaches those of another user.

    Args:
        collections: the collections.
        quota: what may be kept of conversations.
        page: pictures per answer.
        same_machine: whether users have this machine's files at hand.
    """

    def __init__(
        self, collections: OpenCollections, quota: Quota, *, page: int, same_machine: bool = False
    ) -> None:
        self.collections, self.quota, self.page = collections, quota, page
        self.same_machine = same_machine
        # No LRUCache: the kept and the unkept have limits of their own, and who is held stays.
        self._live: OrderedDict[tuple[str, str], OpenSession] = OrderedDict()
        self._turn = RLock()  # of who opens, keeps or forgets conversations

    def begin(
        self, user: str, collection: str, name: str | None = None, *, kept_from: int = 1
    ) -> OpenSession:
        """Start a conversation about a collection; until turn `kept_from` it is in memory only.

        Raises:
            ConflictError: the user has one of that name.
            NotFoundError: there is no such collection.
            ServerError: the name cannot be a file's.
            TooLargeError: the user keeps too many.
        """
        self.quota.check(user)
        pipeline = self.collections.way(collection).pipeline
        with self._turn:  # two that begin at once get names of their own
            if name and self._is_there(user, name):
                raise ConflictError(f"there is a session {name!r} already; resume it")
            taken = {one for owner, one in self._live if owner == user}
            session = conversations.begin(
                name or conversations.new_name(collection, datetime.now(), user=user, taken=taken),
                collection,
                pipeline,
                page=self.page,
                writers=WRITERS,
                user=user,
                kept_from=kept_from,
            )
            return self._keep(user, OpenSession(session, collection))

    def find(self, user: str, name: str) -> OpenSession:
        """Return a conversation, opened from its file if it is not in memory.

        What was said can be read when its collection is gone; `take` alone needs that.

        Raises:
            NotFoundError: the user has none of that name.
            ConflictError: its file is damaged.
        """
        with self._turn:
            if not self._is_there(user, name):
                self._live.pop((user, name), None)
                raise NotFoundError(f"no session {name!r}")
            if open_session := self._live.get((user, name)):
                self._live.move_to_end((user, name))
                return _read_again(open_session)
            return self._opened(user, name)

    def _opened(self, user: str, name: str) -> OpenSession:
        try:
            collection = conversations.collection_of(name, user=user)
            session = conversations.begin(
                name, collection, _NOWHERE, page=self.page, writers=WRITERS, user=user
            )
        except SessionError as error:
            raise ConflictError(f"session {name!r} is damaged: {error}") from error
        return self._keep(user, OpenSession(session, collection))

    def take(
        self,
        user: str,
        open_session: OpenSession,
        turn: Callable[[Session], Turn],
        *,
        stages: str = "",
        watch: Callable[[Turn], None] = lambda turn: None,
    ) -> Turn:
        """Add a turn; to be called in a thread, by whoever holds `open_session.alone`.

        Args:
            user: whose conversation it is.
            open_session: the conversation.
            turn: asks or acts.
            stages: which to search with.
            watch: is shown each order on the way to the last.

        Raises:
            ConflictError: another program continued the session, or the turn does not fit it.
            NotFoundError: its collection is gone.
            TooLargeError: the user keeps too much.
        """
        self.quota.check(user)
        way = self.collections.way(open_session.collection, stages)
        session = replace(
            open_session.session,
            retriever=way.pipeline,
            asker=way.asker,
            interpreter=way.interpreter,
            facts=way.facts,
            same_machine=self.same_machine,
            watch=watch,
        )
        try:
            return turn(session)
        except SessionError as error:
            self._forget(user, open_session.name)
            raise ConflictError("the session was continued elsewhere; ask again") from error
        except ValueError as error:
            raise ConflictError(str(error)) from error

    def summaries(self, user: str, most: int | None = None) -> list[dict[str, Any]]:
        """Return name, collection, number of turns and last words, the latest first."""
        return conversations.summaries(user=user, most=most)

    def rename(self, user: str, name: str, to: str) -> None:
        """Give a conversation another name.

        Raises:
            NotFoundError: the user has none of the old name.
            ConflictError: the new name is taken.
            ServerError: the new name cannot be a file's.
        """
        open_session = self.find(user, name)
        same = _path(user, to) == _path(user, name)
        if not same and self._is_there(user, to):
            raise ConflictError(f"there is a session {to!r} already; take another name")
        self._forget(user, name)
        try:
            open_session.session.journal.keep()
            if not same:
                conversations.rename(name, to, user=user)
        except SessionError as error:
            raise ConflictError(str(error)) from error

    def remove(self, user: str, name: str) -> None:
        """Delete a conversation; NotFoundError if the user has none of that name."""
        if not self._is_there(user, name):
            raise NotFoundError(f"no session {name!r}")
        self._forget(user, name)
        if _path(user, name).exists():
            conversations.remove(name, user=user, lists=True)

    def _is_there(self, user: str, name: str) -> bool:
        open_session = self._live.get((user, name))
        return _path(user, name).exists() or bool(
            open_session and not open_session.session.journal.is_kept
        )

    def _keep(self, user: str, open_session: OpenSession) -> OpenSession:
        with self._turn:
            self._live[user, open_session.name] = open_session
            for at, (key, one) in enumerate(reversed(list(self._live.items()))):
                most = LIVE if one.session.journal.is_kept else UNKEPT
                if at >= most and not one.alone.locked():
                    del self._live[key]
        return open_session

    def _forget(self, user: str, name: str) -> None:
        with self._turn:
            self._live.pop((user, name), None)


def _read_again(open_session: OpenSession) -> OpenSession:
    """Bring a conversation up to its file, which another program may have continued."""
    journal = open_session.session.journal
    if not (journal.is_current or open_session.alone.locked()):
        try:
            journal = Journal.read(journal.path.parent, open_session.name)
        except SessionError as error:
            raise ConflictError(f"session {open_session.name!r} is damaged: {error}") from error
        open_session.session = replace(open_session.session, journal=journal)
    return open_session


def _path(user: str, name: str) -> Any:
    try:
        return session_path(conversations.folder(user), name)
    except ValueError as error:
        raise ServerError(str(error)) from error
