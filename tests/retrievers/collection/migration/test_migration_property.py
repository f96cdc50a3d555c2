"""Whatever is done to a collection, in whatever order: every vector is its picture's own."""

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from retrievers.collection.migration.lacking import unfinished
from retrievers.collection.migration.migrate import forget, give_up, migrate
from retrievers.collection.migration.side_files import IDS
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.vector_forms import FORMS, Form
from retrievers.collection.sync.sync import sync
from retrievers.collection.writer import CollectionWriter
from retrievers.encoder import Encoder
from retrievers.maintenance.doctor import examine
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.retrievers.collection.migration.test_migration_kill import BY_NAME, whole
from tests.retrievers.folders import empty, paint

MOST = 8
TARGETS = st.sampled_from(list(BY_NAME.values()))


class Moves(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.home = Path(mkdtemp())
        self.folder, self.painted = self.home / "p", 0
        self.collection = empty(self.home / "c")
        self.captions: dict[str, str] = {}
        self.add(3)

    @rule(n=st.integers(1, 3))
    def add(self, n: int) -> None:
        for _ in range(n):
            self.painted += 1
            paint(self.folder / f"{self.painted % MOST}.png", self.painted, size=(16, 16))
        self.index()

    @rule(at=st.integers(0, MOST - 1))
    def drop(self, at: int) -> None:
        (self.folder / f"{at}.png").unlink(missing_ok=True)
        self.index()

    @rule(at=st.integers(0, MOST - 1), note=st.binary(min_size=1, max_size=3))
    def write_around(self, at: int, note: bytes) -> None:
        path = self.folder / f"{at}.png"
        if path.exists():
            path.write_bytes(path.read_bytes() + note)
        self.index()

    @rule(said=st.sampled_from(["a boat", "a harbour", "dusk"]))
    def caption(self, said: str) -> None:
        rows = [row for (row,) in self.collection.db.execute("SELECT row FROM pictures")]
        for picture in self.collection.pictures(rows)[:1]:
            with CollectionWriter(self.collection) as writer:
                writer.describe(self.collection.rows_of([picture.id])[0], caption=said)
            self.captions[picture.id] = said

    @rule(
        to=TARGETS,
        form=st.sampled_from(FORMS),
        batches=st.sampled_from([0, 1, 2, 99]),
        torn=st.booleans(),
    )
    def move(self, to: Encoder, form: Form, batches: int, torn: bool) -> None:
        """Perhaps only so far, as a kill leaves it, the last entry torn."""
        told: list[object] = []
        with suppress(CollectionError):  # it is there already, or on its way elsewhere
            migrate(
                self.collection,
                to,
                vectors=form,
                batch=2,
                on_progress=told.append,
                should_stop=lambda: len(told) >= batches,
            )
        ids = self.collection.folder / IDS
        if torn and ids.exists():
            ids.write_bytes(ids.read_bytes()[:-7])

    @rule()
    def go_on(self) -> None:
        if side := unfinished(self.collection):
            report = migrate(self.collection, BY_NAME[side.target.encoder])
            assert report.switched

    @rule()
    def back(self) -> None:
        if (previous := self.collection.previous()) and not unfinished(self.collection):
            to = BY_NAME[previous.encoder]
            assert migrate(self.collection, to, vectors=previous.form).switched

    @rule()
    def lose(self) -> None:
        forget(self.collection)

    @rule()
    def stay(self) -> None:
        give_up(self.collection)

    @rule()
    def compact(self) -> None:
        with CollectionWriter(self.collection) as writer:
            writer.compact()

    @rule()
    def mend(self) -> None:
        left = [one for one in examine(self.collection.folder) if "is unfinished" not in one.what]
        assert all(one.mended for one in left), left

    def index(self) -> None:
        sync(
            self.collection,
            BY_NAME[self.collection.encoder],
            self.folder,
            forget_missing=True,
        )

    @precondition(lambda self: hasattr(self, "collection"))
    @invariant()
    def every_vector_is_its_pictures_own(self) -> None:
        known = whole(self.collection)
        rows = self.collection.rows_of(known)
        held = {one.id: one.caption for one in self.collection.pictures(rows)}
        assert {id_: held[id_] for id_ in self.captions.keys() & held.keys()} == {
            id_: said for id_, said in self.captions.items() if id_ in held
        }
        found = Searcher(self.collection, BY_NAME[self.collection.encoder]).search(
            Query(wanted=("red",)), 2 * MOST
        )
        assert {hit.picture.id for hit in found} == known

    def teardown(self) -> None:
        if hasattr(self, "collection"):
            self.collection.close()
            shutil.rmtree(self.home)


TestMoves = Moves.TestCase
TestMoves.settings = settings(max_examples=20, stateful_step_count=12, deadline=None)
