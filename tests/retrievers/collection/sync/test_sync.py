import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retrievers.collection.collection import Store
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.sync.sync import sync
from retrievers.collection.sync.sync_report import Progress
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.encoders import COLOURS, ColourEncoder
from tests.hostile import build
from tests.retrievers.folders import contents, empty, paint, painted, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return painted(tmp_path / "pictures")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return empty(tmp_path / "collection")


def test_a_folder_becomes_a_collection_with_its_vectors(store: Store, folder: Path) -> None:
    report = run(store, folder)
    assert (report.found, report.encoded, len(store)) == (5, 5, 5)
    for path in folder.iterdir():
        with Image.open(path) as image:
            wanted = ColourEncoder().encode_images([image])[0]
        row = store.db.execute("SELECT row FROM files WHERE path = ?", (os.fsencode(path),))
        np.testing.assert_allclose(store.vectors()[row.fetchone()[0]], wanted, atol=1e-6)


def test_an_unchanged_folder_opens_no_file_and_asks_no_encoder(store: Store, folder: Path) -> None:
    run(store, folder)
    before = contents(store)
    for path in folder.iterdir():
        os.utime(path, ns=(0, path.stat().st_mtime_ns))
    encoder = ColourEncoder()
    report = sync(store, encoder, folder)
    assert (report.unchanged, report.encoded, encoder.seen) == (5, 0, 0)
    assert all(path.stat().st_atime_ns == 0 for path in folder.iterdir())
    assert contents(store) == before


def test_a_moved_file_keeps_its_picture_and_is_not_encoded(store: Store, folder: Path) -> None:
    run(store, folder)
    ids = set(contents(store))
    (folder / "0.png").rename(paint(folder / "trip" / "x.png", 9).with_name("IMG_beach12.png"))
    (folder / "trip" / "x.png").unlink()
    encoder = ColourEncoder()
    report = sync(store, encoder, folder)
    assert (report.known, report.gone, encoder.seen) == (1, 1, 0)
    assert set(contents(store)) == ids
    assert "trip img beach 12 beach12" in {
        row[0] for row in store.db.execute("SELECT names FROM words")
    }


def test_exact_duplicates_are_one_picture_with_two_paths(store: Store, folder: Path) -> None:
    shutil.copy(folder / "1.png", folder / "copy.png")
    report = run(store, folder)
    assert (report.encoded, report.known, len(store)) == (5, 1, 5)
    paths = {picture.paths for picture in store.pictures(range(5))}
    assert (folder / "1.png", folder / "copy.png") in paths


def test_a_changed_file_becomes_another_picture(store: Store, folder: Path) -> None:
    run(store, folder)
    before = set(contents(store))
    paint(folder / "0.png", 77, size=(30, 30))
    report = run(store, folder)
    after = set(contents(store))
    assert (report.encoded, len(before - after), len(after - before)) == (1, 1, 1)


def test_vanished_files_leave_and_their_words_with_them(store: Store, folder: Path) -> None:
    run(store, folder)
    (folder / "3.png").unlink()
    assert run(store, folder).gone == 1
    assert len(store) == 4
    assert store.db.execute("SELECT count(*) FROM words").fetchone() == (4,)


def test_a_folder_that_is_not_there_changes_nothing(store: Store, folder: Path) -> None:
    run(store, folder)
    before = contents(store)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(CollectionError, match="nothing was changed"):
        run(store, folder)
    folder.mkdir()
    with pytest.raises(CollectionError, match="is the drive connected\\? Nothing was changed"):
        run(store, folder)
    assert contents(store) == before


def test_globs_are_remembered_until_others_are_given(store: Store, folder: Path) -> None:
    paint(folder / "small" / "1.png", 11)
    sync(store, ColourEncoder(), folder, exclude=["small"])
    assert len(store) == 5
    assert sync(store, ColourEncoder(), folder).found == 5
    assert sync(store, ColourEncoder(), folder, exclude=[]).encoded == 1


def test_two_folders_live_in_one_collection(store: Store, folder: Path, tmp_path: Path) -> None:
    paint(tmp_path / "more" / "a.png", 50)
    run(store, folder)
    run(store, tmp_path / "more")
    assert len(store) == 6
    assert run(store, folder).gone == 0
    assert store.roots() == sorted([folder, tmp_path / "more"])


def test_every_hostile_file_gets_its_reason_and_the_good_ones_are_found(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "hostile").mkdir()
    expected = build(tmp_path / "hostile")
    run(store, tmp_path / "hostile")
    reasons = dict(store.failures())
    held = {path for picture in store.pictures(range(len(store))) for path in picture.paths}
    for file in expected:
        if file.reason is None:
            assert file.path in held, f"{file.path} was not indexed: {reasons.get(file.path)}"
        elif file.is_met:
            assert file.reason in reasons[file.path]
            assert file.path not in held


def test_failures_are_tried_again_only_when_changed_or_asked(store: Store, folder: Path) -> None:
    bad = folder / "bad.jpg"
    bad.write_bytes(b"not a picture")
    assert [one.path for one in run(store, folder).failed] == [bad]
    assert run(store, folder).failed == []
    assert [one.path for one in run(store, folder, retry_failed=True).failed] == [bad]
    shutil.copy(folder / "0.png", bad)
    assert run(store, folder).known == 1
    assert store.failures() == []


def test_a_file_that_became_unreadable_is_no_longer_found(store: Store, folder: Path) -> None:
    run(store, folder)
    (folder / "0.png").write_bytes(b"")
    report = run(store, folder)
    assert [str(one.reason) for one in report.failed] == ["the file is empty (0 bytes)"]
    assert len(store) == 4


def test_a_failure_leaves_with_its_file(store: Store, folder: Path) -> None:
    (folder / "bad.jpg").write_bytes(b"")
    run(store, folder)
    (folder / "bad.jpg").unlink()
    run(store, folder)
    assert store.failures() == []


class Blind(ColourEncoder):
    """Gives no usable vector for square pictures."""

    def encode_images(self, images):  # type: ignore[no-untyped-def]
        vectors = super().encode_images(images)
        vectors[[image.width == image.height for image in images]] = np.nan
        return vectors


def test_a_picture_without_a_usable_vector_is_a_failure(store: Store, folder: Path) -> None:
    odd = paint(folder / "odd.png", 5, size=(40, 40))
    report = sync(store, Blind(), folder)
    assert [one.path for one in report.failed] == [odd]
    assert (report.encoded, len(store)) == (5, 5)


class Interrupted(ColourEncoder):
    """Ctrl-C comes during the second batch."""

    def encode_images(self, images):  # type: ignore[no-untyped-def]
        if self.seen:
            raise KeyboardInterrupt
        return super().encode_images(images)


def test_ctrl_c_keeps_what_was_committed_and_the_next_run_goes_on(
    store: Store, folder: Path
) -> None:
    report = sync(store, Interrupted(), folder, batch=2)
    assert report.stopped and len(store) == 2
    assert run(store, folder).encoded == 3
    assert len(store) == 5


def test_another_encoder_is_refused_before_anything_happens(store: Store, folder: Path) -> None:
    class Other(ColourEncoder):
        name = "test:other"

    with pytest.raises(CollectionError, match="was made with test:colours-2x2, not test:other"):
        sync(store, Other(), folder)
    assert len(store) == 0


def test_progress_counts_up_to_the_total(store: Store, folder: Path) -> None:
    told: list[Progress] = []
    sync(store, ColourEncoder(), folder, batch=2, on_progress=told.append)
    assert [(one.phase, one.done, one.total) for one in told] == [
        ("read", 2, 5),
        ("read", 4, 5),
        ("read", 5, 5),
    ]


def test_both_places_of_a_picture_without_a_vector_are_named(store: Store, folder: Path) -> None:
    odd = paint(folder / "odd.png", 5, size=(40, 40))
    shutil.copy(odd, folder / "odd2.png")
    assert [one.path for one in sync(store, Blind(), folder).failed] == [odd, folder / "odd2.png"]
    assert sync(store, Blind(), folder).unchanged == 7


def test_a_name_leaves_the_words_when_its_file_cannot_be_read(store: Store, folder: Path) -> None:
    shutil.copy(folder / "1.png", folder / "zebra.png")
    run(store, folder)
    (folder / "zebra.png").write_bytes(b"")
    run(store, folder)
    zebras = store.db.execute("SELECT count(*) FROM words WHERE words MATCH 'zebra'")
    assert (zebras.fetchone(), len(store)) == ((0,), 5)


def test_a_file_that_became_a_broken_link_stays_a_failure(store: Store, folder: Path) -> None:
    run(store, folder)
    (folder / "0.png").unlink()
    (folder / "0.png").symlink_to("nowhere")
    for _ in range(2):
        assert [one.path for one in run(store, folder).failed] == [folder / "0.png"]
        assert [path for path, _ in store.failures()] == [folder / "0.png"]
    assert len(store) == 4


def test_links_that_all_lead_nowhere_are_taken_for_a_missing_drive(
    store: Store, tmp_path: Path
) -> None:
    drive, links = painted(tmp_path / "drive"), tmp_path / "links"
    links.mkdir()
    for path in drive.iterdir():
        (links / path.name).symlink_to(path)
    run(store, links, follow_links=True)
    drive.rename(tmp_path / "unplugged")
    with pytest.raises(CollectionError, match="is the drive connected"):
        run(store, links)
    assert len(store) == 5


def test_only_the_files_that_are_named_are_taken(store: Store, folder: Path) -> None:
    some = {folder / "0.png", folder / "3.png"}
    assert sync(store, ColourEncoder(), folder, only=some).found == 2
    assert {picture.path for picture in store.pictures(range(5))} == some


def test_globs_may_leave_nothing(store: Store, folder: Path) -> None:
    run(store, folder)
    assert sync(store, ColourEncoder(), folder, exclude=["*"]).gone == 5
    assert len(store) == 0


def test_a_root_inside_a_root_opens_no_file_again(store: Store, folder: Path) -> None:
    paint(folder / "trip" / "a.png", 50)
    run(store, folder)
    for root in (folder / "trip", folder, folder / "trip"):
        report = run(store, root)
        assert (report.unchanged, report.known, report.gone) == (report.found, 0, 0)
    (folder / "trip" / "a.png").unlink()
    paint(folder / "trip" / "b.png", 51)
    assert run(store, folder).gone == 1


def test_a_root_leaves_alone_what_an_inner_root_found(store: Store, folder: Path) -> None:
    paint(folder / "trip" / "a.png", 50)
    run(store, folder / "trip")
    sync(store, ColourEncoder(), folder, exclude=["trip"])
    assert len(store) == 6


def test_a_folder_whose_name_begins_alike_is_another(store: Store, folder: Path) -> None:
    painted(folder.with_name("pictures-2"), 7)
    run(store, folder.with_name("pictures-2"))
    assert run(store, folder).gone == 0
    assert len(store) == 7


def test_an_interrupted_sync_leaves_no_picture_without_a_file_to_be_found(
    store: Store, folder: Path
) -> None:
    run(store, folder)
    for seed in range(4):
        paint(folder / f"{seed}.png", 100 + seed, size=(30, 20))
    assert sync(store, Interrupted(), folder, batch=2).stopped
    found = Searcher(store, ColourEncoder()).search(Query(wanted=("red",)), 10)
    assert len(found) == len(store) == 5
    assert all(hit.picture.path.exists() for hit in found)
    hidden = store.db.execute("SELECT id FROM pictures WHERE row NOT IN (SELECT row FROM files)")
    assert store.rows_of([one for (one,) in hidden]) == []
    assert run(store, folder).encoded == 2
    assert len(store) == 5


def test_two_files_that_swapped_places_are_not_encoded(store: Store, folder: Path) -> None:
    run(store, folder)
    before = set(contents(store))
    (folder / "0.png").rename(folder / "t.png")
    (folder / "1.png").rename(folder / "0.png")
    (folder / "t.png").rename(folder / "1.png")
    for path in ("0.png", "1.png"):
        os.utime(folder / path)
    encoder = ColourEncoder()
    assert sync(store, encoder, folder, batch=1).known == 2
    assert (encoder.seen, set(contents(store))) == (0, before)


def test_colours_are_what_the_test_encoder_tells_apart() -> None:
    encoder = ColourEncoder()
    pictures = encoder.encode_images([Image.new("RGB", (9, 9), c) for c in COLOURS.values()])
    texts = encoder.encode_texts([f"a {colour} wall" for colour in COLOURS])
    assert (texts @ pictures.T).argmax(axis=1).tolist() == list(range(len(COLOURS)))
