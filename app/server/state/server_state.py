"""All that the doors of one server share, in `request.app.state.server_state`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import TypeVar

from agent.conversation.session import Session
from agent.turns.turn import Turn
from agent.understanding.acts import StartOver
from app.library import conversations
from app.server.contract.errors import StoppingError
from app.server.contract.requests import TurnIn
from app.server.contract.settings import Settings
from app.server.contract.versions import PREFIX
from app.server.jobs.idempotency import Repeats
from app.server.jobs.indexing_jobs import JobQueue
from app.server.operation.telemetry import ServerMetrics
from app.server.operation.worker_pool import WorkerPool
from app.server.pictures.remote_pictures import Remote
from app.server.pictures.served_images import Images
from app.server.pictures.uploads import DEAR, Uploads
from app.server.security.quotas import Quota
from app.server.security.sign_ins import SignIns
from app.server.state.clicks_as_acts import acts_of, in_words
from app.server.state.open_collections import OpenCollections
from app.server.state.open_sessions import OpenSession, OpenSessions
from app.server.state.replayed_sessions import Replays
from retrievers.pictures.decoding.decoders import SHARED

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
        self.sessions = OpenSessions(
            self.collections, sessions, page=given.page, same_machine=given.same_machine
        )
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
            heard = session.hear(body.said, handed_in=examples) if spoken else None
            begun = (StartOver(),) if body.more_like else ()
            spoken_acts = heard.acts if heard else ()
            acts = (*begun, *spoken_acts, *acts_of(body, session)) or session.hear("").acts
            said = body.said.strip() or in_words(body, session)
            return session.act(*acts, said=said, lost=heard.lost if heard else ())

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
