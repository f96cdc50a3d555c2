"""A collection moves to another encoder, back, and on; its words and ids stay."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.migration.lacking import unfinished
from retrievers.collection.migration.migrate import forget, give_up, migrate
from retrievers.collection.migration.side_files import SideFiles
from retrievers.collection.storage.errors import CollectionBusy, CollectionError
from retrievers.collection.storage.lock import MigrationLock
from retrievers.collection.sync.sync import sync
from retrievers.collection.writer import CollectionWriter
from retrievers.encoder import Encoder
from retrievers.maintenance.doctor import examine
from retrievers.query import Query
from retrievers.recorded_files import recorded_image
from retrievers.search.searcher import Searcher
from tests.encoders import BareColourEncoder, ColourEncoder, TurnedColourEncoder
from tests.retrievers.folders import empty, paint, painted


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    opened = empty(tmp_path / "c")
    sync(opened, ColourEncoder(), painted(tmp_path / "p", 9), batch=4)
    return opened


def fits(collection: Collection, encoder: Encoder, name: str = "") -> int:
    """Every picture's vector is its encoder's; returns how many there are."""
    with collection.one_state():
        vectors = collection.vectors(name)
        rows = [row for (row,) in collection.db.execute("SELECT row FROM pictures")]
        held = [row for row in rows if row < len(vectors)]
        pictures = collection.pictures(held)
    images = [recorded_image(one, min_side=encoder.image_size) for one in pictures]
    np.testing.assert_allclose(vectors[held], encoder.encode_images(images), atol=1e-5)
    return len(held)


def test_vectors_become_the_new_encoders_and_all_else_stays(collection: Collection) -> None:
    with CollectionWriter(collection) as writer:
        writer.describe(3, caption="a harbour", text="Bergen", tags=["boat"])
    before = collection.pictures(range(9))
    new = BareColourEncoder()
    report = migrate(collection, new, spec="bare", batch=4)
    assert (report.switched, report.encoded, report.missing) == (True, 9, [])
    assert collection.pictures(range(9)) == before
    assert (collection.encoder, collection.fact("spec"), collection.dim) == (new.name, "bare", 8)
    assert fits(collection, new) == fits(collection, ColourEncoder(), ColourEncoder.name) == 9
    (hit, *_) = Searcher(collection, new).search(Query(wanted=("harbour",)), 3)
    assert hit.picture.caption == "a harbour"
    assert unfinished(collection) is None
    assert examine(collection.folder) == []


def test_an_index_afterwards_opens_no_file_and_knows_pixels_again(
    collection: Collection, tmp_path: Path
) -> None:
    """What the encoder sees is another size, so the digests of pixels are others."""
    migrate(collection, BareColourEncoder())
    folder = tmp_path / "p"
    assert sync(collection, BareColourEncoder(), folder).unchanged == 9
    with CollectionWriter(collection) as writer:
        writer.describe(0, caption="kept")
    (first,) = collection.pictures([0])
    data = first.path.read_bytes()  # the same pixels, and a note behind the end
    first.path.write_bytes(data + b"note")
    encoder = BareColourEncoder()
    report = sync(collection, encoder, folder)
    assert (report.known, report.encoded, encoder.seen) == (1, 0, 0)
    assert collection.pictures([0])[0].caption == "kept"
    migrate(collection, ColourEncoder())
    first.path.write_bytes(data + b"another note")
    assert sync(collection, ColourEncoder(), folder).known == 1


def test_the_way_back_encodes_only_what_was_added(collection: Collection, tmp_path: Path) -> None:
    migrate(collection, BareColourEncoder())
    paint(tmp_path / "p" / "new.png", 100)
    sync(collection, BareColourEncoder(), tmp_path / "p")
    old = ColourEncoder()
    report = migrate(collection, old)
    assert (report.switched, report.encoded, old.seen) == (True, 1, 1)
    assert fits(collection, old) == 10
    assert fits(collection, BareColourEncoder(), BareColourEncoder.name) == 10
    again = BareColourEncoder()
    assert (migrate(collection, again).encoded, again.seen) == (0, 0)
    assert fits(collection, again) == 10


def test_a_searcher_of_before_goes_on_with_its_own_vectors(
    collection: Collection, tmp_path: Path
) -> None:
    """Both encoders' vectors are of one length, so nothing but the name keeps them apart."""
    old, new = ColourEncoder(), TurnedColourEncoder()
    searcher, query = Searcher(collection, old), Query(wanted=("red",), like=())
    before = [(hit.picture.id, hit.score) for hit in searcher.search(query, 9)]
    migrate(collection, new)
    paint(tmp_path / "p" / "red.png", 100)  # its name is a word of the query
    sync(collection, new, tmp_path / "p")
    assert [(hit.picture.id, hit.score) for hit in searcher.search(query, 9)] == before
    late = Searcher(collection, old)  # opened with the encoder as it was
    assert [(hit.picture.id, hit.score) for hit in late.search(query, 9)] == before
    found = Searcher(collection, new).search(query, 20)
    assert len(found) == 10 and "red.png" in str(found[0].picture.path)
    forget(collection)
    with pytest.raises(CollectionError, match="has no vectors of test:colours-2x2 any more"):
        searcher.search(query, 9)


def test_likes_of_a_picture_that_came_later_are_passed_over_before(
    collection: Collection, tmp_path: Path
) -> None:
    searcher = Searcher(collection, ColourEncoder())
    migrate(collection, BareColourEncoder())
    paint(tmp_path / "p" / "new.png", 100)
    sync(collection, BareColourEncoder(), tmp_path / "p")
    (new,) = collection.pictures([9])
    query = Query(wanted=("red",), like=(new.id,), unlike=(new.id,), excluded=frozenset([new.id]))
    assert len(searcher.search(query, 20)) == 9


def test_what_is_added_meanwhile_is_caught_up_with(collection: Collection, tmp_path: Path) -> None:
    folder = tmp_path / "p"

    def added(side: SideFiles) -> bool:
        other = Collection.open(collection.folder)
        paint(folder / "late.png", 200)
        (folder / "0.png").unlink()
        sync(other, ColourEncoder(), folder)
        with CollectionWriter(other) as writer:
            writer.compact()
        other.close()
        return True

    report = migrate(collection, BareColourEncoder(), choose=added)
    assert (report.switched, report.encoded) == (True, 10)
    assert fits(collection, BareColourEncoder()) == len(collection) == 9


def test_a_run_that_is_stopped_is_gone_on_with(collection: Collection) -> None:
    told: list[int] = []
    report = migrate(
        collection,
        BareColourEncoder(),
        batch=2,
        on_progress=lambda now: told.append(now.done),
        should_stop=lambda: len(told) == 2,
    )
    assert (report.stopped, report.switched, report.encoded) == (True, False, 4)
    assert collection.encoder == ColourEncoder.name
    (found,) = examine(collection.folder)
    assert "4 pictures are encoded" in found.what and "dialens migrate c" in found.remedy
    with pytest.raises(CollectionError, match="on its way to test:colours-1x1"):
        migrate(collection, TurnedColourEncoder())
    again = BareColourEncoder()
    assert (migrate(collection, again).encoded, again.seen) == (5, 5)
    assert fits(collection, again) == 9


def test_vectors_that_are_not_wanted_are_kept_and_not_encoded_again(
    collection: Collection,
) -> None:
    report = migrate(collection, BareColourEncoder(), choose=lambda side: False)
    assert (report.refused, report.switched) == (True, False)
    again = BareColourEncoder()
    assert migrate(collection, again).switched
    assert again.seen == 0


def test_a_migration_can_be_given_up(collection: Collection) -> None:
    assert give_up(collection) is None
    migrate(collection, BareColourEncoder(), choose=lambda side: False)
    dropped = give_up(collection)
    assert dropped and dropped.encoder == BareColourEncoder.name
    assert examine(collection.folder) == []
    assert migrate(collection, TurnedColourEncoder()).switched


def _gone(path: Path) -> None:
    path.unlink()


def _other(path: Path) -> None:
    paint(path, 999)


def _led_out(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere.png")
    path.symlink_to(path.parent.parent / "elsewhere.png")


@pytest.mark.parametrize("happens", [_gone, _other, _led_out])
def test_a_picture_whose_file_is_not_it_refuses_the_switch(
    collection: Collection, tmp_path: Path, happens: Callable[[Path], None]
) -> None:
    with CollectionWriter(collection) as writer:
        writer.describe(4, caption="paid for")
    path = tmp_path / "p" / "4.png"
    data = path.read_bytes()
    happens(path)
    report = migrate(collection, BareColourEncoder())
    assert (report.switched, [one.path for one in report.missing]) == (False, [path])
    assert collection.encoder == ColourEncoder.name and len(collection) == 9
    dropped = migrate(collection, BareColourEncoder(), drop_missing=True)
    assert (dropped.switched, dropped.encoded, len(collection)) == (True, 0, 8)
    assert examine(collection.folder, repair=False)[:-1] == []
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    sync(collection, BareColourEncoder(), tmp_path / "p")
    assert "paid for" in [one.caption for one in collection.pictures(range(20))]


def test_a_picture_that_comes_back_lets_the_switch_go_on(
    collection: Collection, tmp_path: Path
) -> None:
    path = tmp_path / "p" / "4.png"
    data = path.read_bytes()
    path.unlink()
    assert not migrate(collection, BareColourEncoder()).switched
    path.write_bytes(data)
    again = BareColourEncoder()
    assert (migrate(collection, again).switched, again.seen) == (True, 1)


def test_the_same_encoder_and_two_at_once_are_refused(collection: Collection) -> None:
    with pytest.raises(CollectionError, match="'c' has the vectors of test:colours-2x2"):
        migrate(collection, ColourEncoder())
    lock = MigrationLock(collection.folder)
    with pytest.raises(CollectionBusy, match="'c' is being migrated by process"):
        migrate(collection, BareColourEncoder())
    lock.release()
    assert migrate(collection, BareColourEncoder()).switched


def test_the_switch_waits_for_another_writer(collection: Collection) -> None:
    waiting: list[CollectionWriter] = []
    told: list[str] = []

    def begin(side: SideFiles) -> bool:
        waiting.append(CollectionWriter(Collection.open(collection.folder)))
        return True

    def tell(now: object) -> None:
        told.append(getattr(now, "phase", ""))
        if told[-1] == "wait":
            waiting.pop().__exit__(None, None, None)

    report = migrate(collection, BareColourEncoder(), choose=begin, on_progress=tell)
    assert report.switched and told[-1] == "wait"


def test_compacting_keeps_the_way_back(collection: Collection, tmp_path: Path) -> None:
    migrate(collection, BareColourEncoder())
    paint(tmp_path / "p" / "new.png", 100)
    sync(collection, BareColourEncoder(), tmp_path / "p")
    with CollectionWriter(collection) as writer:
        writer.remove([0, 5])
        assert writer.compact() == 2
    assert fits(collection, BareColourEncoder()) == 8
    assert fits(collection, ColourEncoder(), ColourEncoder.name) == 7
    old = ColourEncoder()
    assert (migrate(collection, old).encoded, fits(collection, old)) == (1, 8)


def test_a_damaged_way_back_is_named_and_closed(collection: Collection) -> None:
    migrate(collection, BareColourEncoder())
    previous = collection.previous()
    assert previous
    (collection.folder / f"vectors-{previous.number}.f32").write_bytes(b"x")
    (found,) = examine(collection.folder)
    assert found.mended and "of test:colours-2x2, from before the migration" in found.what
    assert (collection.previous(), examine(collection.folder)) == (None, [])
    old = ColourEncoder()
    assert (migrate(collection, old).switched, old.seen) == (True, 9)


def test_rows_that_a_doctor_gives_anew_are_not_taken_for_those_of_before(
    collection: Collection, tmp_path: Path
) -> None:
    migrate(collection, BareColourEncoder())
    path = collection.folder / f"vectors-{collection.generation().number}.f32"
    with path.open("r+b") as file:
        file.truncate(5 * 8 * 4)
    assert all(found.mended for found in examine(collection.folder))
    for number in range(5, 9):
        paint(tmp_path / "p" / f"{number}.png", 300 + number)
    sync(collection, BareColourEncoder(), tmp_path / "p")
    old = ColourEncoder()
    assert (migrate(collection, old).switched, old.seen) == (True, 4)
    assert fits(collection, old) == 9


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"encoder": "x", "spec": "x", "dim": 0, "mark": ""}', b"\xff" * 99]
)
def test_side_files_that_cannot_be_read_are_one_line_and_removed(
    collection: Collection, text: bytes
) -> None:
    (collection.folder / "migration.json").write_bytes(text)
    with pytest.raises(CollectionError, match=r"migration.json cannot be read .*doctor c"):
        migrate(collection, BareColourEncoder())
    (found,) = examine(collection.folder)
    assert found.mended
    assert migrate(collection, BareColourEncoder()).switched


@pytest.mark.parametrize(
    "text", ["", "[]", "7", '{"number": -1}', '{"number": 1, "rows": 99, "encoder": "x"}']
)
def test_a_fact_of_before_that_nobody_wrote_is_one_line_and_removed(
    collection: Collection, text: str
) -> None:
    collection.db.execute("INSERT INTO facts VALUES ('previous', ?)", (text,))
    with pytest.raises(CollectionError, match="doctor c"):
        collection.previous()
    (found,) = examine(collection.folder)
    assert found.mended
    assert collection.previous() is None
