"""All that the doors of one server share, in `request.app.state.server_state`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import TypeVar

from agent.conversation.session import Session
from agent.turns.turn import Turn
from agent.understanding.acts import (
    Act,
    Answer,
    Change,
    Drop,
    Feedback,
    Filter,
    Redo,
    ShowMore,
    StartOver,
    Undo,
)
from agent.understanding.constraint_list import constraints
from app.library import conversations
from app.server.contract.errors import ConflictError, StoppingError
from app.server.contract.requests import TurnIn
from app.server.contract.settings import Settings
from app.server.contract.versions import PREFIX
from app.server.jobs.idempotency import Repeats
from app.server.jobs.job_queue import JobQueue
from app.server.operation.telemetry import ServerMetrics
from app.server.operation.worker_pool import WorkerPool
from app.server.pictures.remote_pictures import Remote
from app.server.pictures.served_images import Images
from app.server.pictures.uploads import DEAR, Uploads
from app.server.security.quotas import Quota
from app.server.security.sign_ins import SignIns
from app.server.state.open_collections import OpenCollections
from app.server.state.open_sessions import OpenSession, OpenSessions
from app.server.state.replayed_sessions import Replays
from retrievers.pictures.decoding.decoders import SHARED
from retrievers.query import Filters

T = TypeVar("T")
CLOSED = 2  # seconds before the end of the grace by which all waiting is over


@dataclass
class ServerState:
    """What is open and what is under way.

    Attributes:
        work: where searches are done.
        drawing: where pictures are shrunk, so that no search waits for them.
        reading: where pictures that strangers send are decoded, for the same reason.
        stopping: set when the server is told to stop.
        end: when all must be over then.
    """

    settings: Settings
    collections: OpenCollections = field(init=False)
    sessions: OpenSessions = field(init=False)
    work: WorkerPool = field(init=False)
    drawing: WorkerPool = field(init=False)
    reading: WorkerPool = field(init=False)
    jobs: JobQueue = field(init=False)
    stopping: Event = field(default_factory=Event, init=False)
    end: float = field(default=0.0, init=False)
    uploads: Uploads = field(init=False)
    images: Images = field(init=False)
    figures: ServerMetrics = field(init=False)
    remote: Remote = field(init=False)
    sign_ins: SignIns = field(init=False)
    replays: Replays = field(default_factory=Replays, init=False)
    repeats: Repeats = field(default_factory=Repeats, init=False)

    def __post_init__(self) -> None:
        given = self.settings
        self.collections = OpenCollections(given.stages)
        sessions = Quota(
            conversations.folder,
            files=given.kept_sessions,
            size=given.session_bytes,
            remedy=f"delete some: DELETE {PREFIX}/sessions/NAME",
        )
        self.sessions = OpenSessions(self.collections, sessions, page=given.page)
        self.work = WorkerPool("search", workers=given.workers, waiting=given.waiting)
        self.drawing = WorkerPool("draw", workers=given.workers, waiting=16 * given.waiting)
        self.reading = WorkerPool("read", workers=given.workers + DEAR, waiting=given.waiting)
        each = given.kept_collections if given.several else None
        self.jobs = JobQueue(given.folders, each=each)
        self.uploads, self.images = Uploads(given), Images()
        self.figures = ServerMetrics(self.work)
        self.remote = Remote(most=given.upload_bytes)
        self.sign_ins = SignIns(given)

    async def begin(
        self, user: str, collection: str, name: str | None = None, *, kept_from: int = 1
    ) -> OpenSession:
        """Start a conversation; raises as `OpenSessions.begin`, and FullError."""
        begin = self.sessions.begin
        return await self.work.run(lambda: begin(user, collection, name, kept_from=kept_from))

    async def find(self, user: str, name: str) -> OpenSession:
        """Return a conversation; raises as `OpenSessions.find`, and FullError."""
        return await self.work.run(lambda: self.sessions.find(user, name))

    async def take(
        self,
        user: str,
        open_session: OpenSession,
        body: TurnIn,
        watch: Callable[[Turn], None] = lambda turn: None,
        *,
        base: int | None = None,
    ) -> Turn:
        """Add a turn to a conversation; it is on disk when this returns.

        Args:
            user: whose conversation it is.
            open_session: the conversation.
            body: what is said or done.
            watch: is shown each order on the way to the last.
            base: the turn that this one builds on, 0 for the start; None: the current one.

        Raises:
            ConflictError: it names pictures or constraints that are not there.
            FullError: the queue is full.
            NotFoundError: it names an upload or stages that do not exist.
        """
        examples = [self.uploads.path(user, one) for one in body.handed_in]

        def turn(session: Session) -> Turn:
            if base is not None and base != session.current.number:
                session.undo(to=base)
            spoken = body.said.strip() or examples
            understood = session.hear(body.said, handed_in=examples).acts if spoken else ()
            begun = (StartOver(),) if body.more_like else ()
            acts = (*begun, *understood, *done(body, session)) or session.hear("").acts
            return session.act(*acts, said=body.said.strip() or named(body))

        def work() -> Turn:
            if body.answer and body.answer != "none":
                self.collections.check_pictures(open_session.collection, answer=[body.answer])
            return self.sessions.take(user, open_session, turn, stages=body.stages, watch=watch)

        taken = await self.work.run(work, alone=open_session.alone)
        self.figures.searched(taken)
        return taken

    def stop(self) -> None:
        """Let what takes many pieces of work end after the one it is at."""
        self.stopping.set()
        self.end = monotonic() + self.settings.grace - CLOSED
        self.jobs.stop()

    def stopped_at(self, every: Iterable[T]) -> Iterator[T]:
        """Yield of these until the server is told to stop; then raise StoppingError."""
        for one in every:
            yield one
            if self.stopping.is_set():
                raise StoppingError("the server is being stopped; ask again in a while")

    def _left(self) -> float:
        """Seconds that what is in flight has yet."""
        return max(0.5, self.end - monotonic())

    async def close(self) -> None:
        """Finish or keep what is in flight."""
        await self.jobs.close(within=self._left())
        await self.work.close(within=self._left())
        self.uploads.close()
        SHARED.abandon()
        await self.reading.close(within=1)
        await self.drawing.close(within=1)


def done(body: TurnIn, session: Session) -> tuple[Act, ...]:
    """Return the acts that a request asks for besides words.

    Raises:
        ConflictError: a picture is not on the screen.
    """
    acts: list[Act] = []
    if body.undo or body.back_to is not None:
        acts.append(Undo(to=body.back_to))
    if body.redo:
        acts.append(Redo())
    if body.change:
        _known("change.number", body.change.number, session, body)
        acts.append(Change(body.change.number, body.change.text))
    if body.drop:
        _known("drop", body.drop, session, body)
        acts.append(Drop((body.drop,)))
    if body.more_like:
        acts.append(Feedback(like=_numbers([body.more_like], session)))
    if body.like or body.unlike:
        like, unlike = _numbers(body.like, session), _numbers(body.unlike, session)
        acts.append(Feedback(like=like, unlike=unlike))
    if body.answer:
        acts.append(Answer(None if body.answer == "none" else body.answer))
    if (adds := body.filters.filters()) != Filters():
        acts.append(Filter(adds))
    if body.more:
        acts.append(ShowMore())
    return tuple(acts)


def named(body: TurnIn) -> str:
    """Say in words what was done without words, for the transcript."""
    done = {
        "undo": "undo",
        "redo": "redo",
        "drop": f"not that: {body.drop}",
        "change": body.change and f"rather: {body.change.text}",
        "more_like": "more like this one",
        "like": "like these",
        "unlike": "not these",
        "answer": "none of these" if body.answer == "none" else "this one",
        "handed_in": "like this picture" if len(body.handed_in) < 2 else "like these pictures",
        "filters": "only where these conditions hold",
        "more": "show more",
    }
    if body.back_to is not None:
        return f"back to turn {body.back_to}" if body.back_to else "back to the start"
    blank = TurnIn()
    return ", ".join(
        str(words) for at, words in done.items() if getattr(body, at) != getattr(blank, at)
    )


def _known(field: str, number: int, session: Session, body: TurnIn) -> None:
    """Refuse the number of a constraint that is not there; words beside it may yet add some."""
    there = len(constraints(session.query))
    if number > there and not body.said.strip():
        raise ConflictError(f"must be in 1..{there}; got {number}", field=field)


def _numbers(ids: list[str], session: Session) -> tuple[int, ...]:
    shown = session.current.shown
    if missing := [one for one in ids if one not in shown]:
        raise ConflictError(f"picture {missing[0]} is not on the screen")
    return tuple(shown.index(one) + 1 for one in ids)
