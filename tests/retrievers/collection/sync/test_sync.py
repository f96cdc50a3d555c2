import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.sync.sync import sync
from retrievers.collection.sync.sync_report import SyncProgress
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.encoders import COLOURS, ColourEncoder
from tests.hostile import build
from tests.retrievers.folders import contents, empty, paint, painted, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return painted(tmp_path / "pictures")


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return empty(tmp_path / "collection")


def test_a_folder_becomes_a_collection_with_its_vectors(
    collection: Collection, folder: Path
) -> None:
    report = run(collection, folder)
    assert (report.found, report.encoded, len(collection)) == (5, 5, 5)
    for path in folder.iterdir():
        with Image.open(path) as image:
            wanted = ColourEncoder().encode_images([image])[0]
        row = collection.db.execute("SELECT row FROM files WHERE path = ?", (os.fsencode(path),))
        np.testing.assert_allclose(collection.vectors()[row.fetchone()[0]], wanted, atol=1e-6)


def test_an_unchanged_folder_opens_no_file_and_asks_no_encoder(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    before = contents(collection)
    for path in folder.iterdir():
        os.utime(path, ns=(0, path.stat().st_mtime_ns))
    encoder = ColourEncoder()
    report = sync(collection, encoder, folder)
    assert (report.unchanged, report.encoded, encoder.seen) == (5, 0, 0)
    assert all(path.stat().st_atime_ns == 0 for path in folder.iterdir())
    assert contents(collection) == before


def test_a_moved_file_keeps_its_picture_and_is_not_encoded(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    ids = set(contents(collection))
    (folder / "0.png").rename(paint(folder / "trip" / "x.png", 9).with_name("IMG_beach12.png"))
    (folder / "trip" / "x.png").unlink()
    encoder = ColourEncoder()
    report = sync(collection, encoder, folder)
    assert (report.known, report.gone, encoder.seen) == (1, 1, 0)
    assert set(contents(collection)) == ids
    assert "trip img beach 12 beach12" in {
        row[0] for row in collection.db.execute("SELECT names FROM words")
    }


def test_exact_duplicates_are_one_picture_with_two_paths(
    collection: Collection, folder: Path
) -> None:
    shutil.copy(folder / "1.png", folder / "copy.png")
    report = run(collection, folder)
    assert (report.encoded, report.known, len(collection)) == (5, 1, 5)
    paths = {picture.paths for picture in collection.pictures(range(5))}
    assert (folder / "1.png", folder / "copy.png") in paths


def test_a_changed_file_becomes_another_picture(collection: Collection, folder: Path) -> None:
    run(collection, folder)
    before = set(contents(collection))
    paint(folder / "0.png", 77, size=(30, 30))
    report = run(collection, folder)
    after = set(contents(collection))
    assert (report.encoded, len(before - after), len(after - before)) == (1, 1, 1)


def test_vanished_files_leave_and_their_words_with_them(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    (folder / "3.png").unlink()
    assert run(collection, folder).gone == 1
    assert len(collection) == 4
    assert collection.db.execute("SELECT count(*) FROM words").fetchone() == (4,)


def test_a_folder_that_is_not_there_changes_nothing(collection: Collection, folder: Path) -> None:
    run(collection, folder)
    before = contents(collection)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(CollectionError, match="nothing was changed"):
        run(collection, folder)
    folder.mkdir()
    with pytest.raises(CollectionError, match="is the drive connected\\? Nothing was changed"):
        run(collection, folder)
    assert contents(collection) == before


def test_globs_are_remembered_until_others_are_given(collection: Collection, folder: Path) -> None:
    paint(folder / "small" / "1.png", 11)
    sync(collection, ColourEncoder(), folder, exclude=["small"])
    assert len(collection) == 5
    assert sync(collection, ColourEncoder(), folder).found == 5
    assert sync(collection, ColourEncoder(), folder, exclude=[]).encoded == 1


def test_two_folders_live_in_one_collection(
    collection: Collection, folder: Path, tmp_path: Path
) -> None:
    paint(tmp_path / "more" / "a.png", 50)
    run(collection, folder)
    run(collection, tmp_path / "more")
    assert len(collection) == 6
    assert run(collection, folder).gone == 0
    assert collection.roots() == sorted([folder, tmp_path / "more"])


def test_every_hostile_file_gets_its_reason_and_the_good_ones_are_found(
    collection: Collection, tmp_path: Path
) -> None:
    (tmp_path / "hostile").mkdir()
    expected = build(tmp_path / "hostile")
    run(collection, tmp_path / "hostile")
    reasons = dict(collection.failures())
    held = {
        path for picture in collection.pictures(range(len(collection))) for path in picture.paths
    }
    for file in expected:
        if file.reason is None:
            assert file.path in held, f"{file.path} was not indexed: {reasons.get(file.path)}"
        elif file.is_met:
            assert file.reason in reasons[file.path]
            assert file.path not in held


def test_failures_are_tried_again_only_when_changed_or_asked(
    collection: Collection, folder: Path
) -> None:
    bad = folder / "bad.jpg"
    bad.write_bytes(b"not a picture")
    assert [one.path for one in run(collection, folder).failed] == [bad]
    assert run(collection, folder).failed == []
    assert [one.path for one in run(collection, folder, retry_failed=True).failed] == [bad]
    shutil.copy(folder / "0.png", bad)
    assert run(collection, folder).known == 1
    assert collection.failures() == []


def test_a_file_that_became_unreadable_is_no_longer_found(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    (folder / "0.png").write_bytes(b"")
    report = run(collection, folder)
    assert [str(one.reason) for one in report.failed] == ["the file is empty (0 bytes)"]
    assert len(collection) == 4


def test_a_failure_leaves_with_its_file(collection: Collection, folder: Path) -> None:
    (folder / "bad.jpg").write_bytes(b"")
    run(collection, folder)
    (folder / "bad.jpg").unlink()
    run(collection, folder)
    assert collection.failures() == []


class Blind(ColourEncoder):
    """Gives no usable vector for square pictures."""

    def encode_images(self, images):  # type: ignore[no-untyped-def]
        vectors = super().encode_images(images)
        vectors[[image.width == image.height for image in images]] = np.nan
        return vectors


def test_a_picture_without_a_usable_vector_is_a_failure(
    collection: Collection, folder: Path
) -> None:
    odd = paint(folder / "odd.png", 5, size=(40, 40))
    report = sync(collection, Blind(), folder)
    assert [one.path for one in report.failed] == [odd]
    assert (report.encoded, len(collection)) == (5, 5)


class Interrupted(ColourEncoder):
    """Ctrl-C comes during the second batch."""

    def encode_images(self, images):  # type: ignore[no-untyped-def]
        if self.seen:
            raise KeyboardInterrupt
        return super().encode_images(images)


def test_ctrl_c_keeps_what_was_committed_and_the_next_run_goes_on(
    collection: Collection, folder: Path
) -> None:
    report = sync(collection, Interrupted(), folder, batch=2)
    assert report.stopped and len(collection) == 2
    assert run(collection, folder).encoded == 3
    assert len(collection) == 5


def test_another_encoder_is_refused_before_anything_happens(
    collection: Collection, folder: Path
) -> None:
    class Other(ColourEncoder):
        name = "test:other"

    with pytest.raises(CollectionError, match="was made with test:colours-2x2, not test:other"):
        sync(collection, Other(), folder)
    assert len(collection) == 0


def test_progress_counts_up_to_the_total(collection: Collection, folder: Path) -> None:
    told: list[SyncProgress] = []
    sync(collection, ColourEncoder(), folder, batch=2, on_progress=told.append)
    assert [(one.phase, one.done, one.total) for one in told] == [
        ("read", 2, 5),
        ("read", 4, 5),
        ("read", 5, 5),
    ]


def test_both_places_of_a_picture_without_a_vector_are_named(
    collection: Collection, folder: Path
) -> None:
    odd = paint(folder / "odd.png", 5, size=(40, 40))
    shutil.copy(odd, folder / "odd2.png")
    assert [one.path for one in sync(collection, Blind(), folder).failed] == [
        odd,
        folder / "odd2.png",
    ]
    assert sync(collection, Blind(), folder).unchanged == 7


def test_a_name_leaves_the_words_when_its_file_cannot_be_read(
    collection: Collection, folder: Path
) -> None:
    shutil.copy(folder / "1.png", folder / "zebra.png")
    run(collection, folder)
    (folder / "zebra.png").write_bytes(b"")
    run(collection, folder)
    zebras = collection.db.execute("SELECT count(*) FROM words WHERE words MATCH 'zebra'")
    assert (zebras.fetchone(), len(collection)) == ((0,), 5)


def test_a_file_that_became_a_broken_link_stays_a_failure(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    (folder / "0.png").unlink()
    (folder / "0.png").symlink_to("nowhere")
    for _ in range(2):
        assert [one.path for one in run(collection, folder).failed] == [folder / "0.png"]
        assert [path for path, _ in collection.failures()] == [folder / "0.png"]
    assert len(collection) == 4


def test_links_that_all_lead_nowhere_are_taken_for_a_missing_drive(
    collection: Collection, tmp_path: Path
) -> None:
    drive, links = painted(tmp_path / "drive"), tmp_path / "links"
    links.mkdir()
    for path in drive.iterdir():
        (links / path.name).symlink_to(path)
    run(collection, links, follow_links=True)
    drive.rename(tmp_path / "unplugged")
    with pytest.raises(CollectionError, match="is the drive connected"):
        run(collection, links)
    assert len(collection) == 5


def test_only_the_files_that_are_named_are_taken(collection: Collection, folder: Path) -> None:
    some = {folder / "0.png", folder / "3.png"}
    assert sync(collection, ColourEncoder(), folder, only=some).found == 2
    assert {picture.path for picture in collection.pictures(range(5))} == some


def test_globs_may_leave_nothing(collection: Collection, folder: Path) -> None:
    run(collection, folder)
    assert sync(collection, ColourEncoder(), folder, exclude=["*"]).gone == 5
    assert len(collection) == 0


def test_a_root_inside_a_root_opens_no_file_again(collection: Collection, folder: Path) -> None:
    paint(folder / "trip" / "a.png", 50)
    run(collection, folder)
    for root in (folder / "trip", folder, folder / "trip"):
        report = run(collection, root)
        assert (report.unchanged, report.known, report.gone) == (report.found, 0, 0)
    (folder / "trip" / "a.png").unlink()
    paint(folder / "trip" / "b.png", 51)
    assert run(collection, folder).gone == 1


def test_a_root_leaves_alone_what_an_inner_root_found(collection: Collection, folder: Path) -> None:
    paint(folder / "trip" / "a.png", 50)
    run(collection, folder / "trip")
    sync(collection, ColourEncoder(), folder, exclude=["trip"])
    assert len(collection) == 6


def test_a_folder_whose_name_begins_alike_is_another(collection: Collection, folder: Path) -> None:
    painted(folder.with_name("pictures-2"), 7)
    run(collection, folder.with_name("pictures-2"))
    assert run(collection, folder).gone == 0
    assert len(collection) == 7


def test_an_interrupted_sync_leaves_no_picture_without_a_file_to_be_found(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    for seed in range(4):
        paint(folder / f"{seed}.png", 100 + seed, size=(30, 20))
    assert sync(collection, Interrupted(), folder, batch=2).stopped
    found = Searcher(collection, ColourEncoder()).search(Query(wanted=("red",)), 10)
    assert len(found) == len(collection) == 5
    assert all(hit.picture.path.exists() for hit in found)
    hidden = collection.db.execute(
        "SELECT id FROM pictures WHERE row NOT IN (SELECT row FROM files)"
    )
    assert collection.rows_of([one for (one,) in hidden]) == []
    assert run(collection, folder).encoded == 2
    assert len(collection) == 5


def test_two_files_that_swapped_places_are_not_encoded(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    before = set(contents(collection))
    (folder / "0.png").rename(folder / "t.png")
    (folder / "1.png").rename(folder / "0.png")
    (folder / "t.png").rename(folder / "1.png")
    for path in ("0.png", "1.png"):
        os.utime(folder / path)
    encoder = ColourEncoder()
    assert sync(collection, encoder, folder, batch=1).known == 2
    assert (encoder.seen, set(contents(collection))) == (0, before)


def test_colours_are_what_the_test_encoder_tells_apart() -> None:
    encoder = ColourEncoder()
    pictures = encoder.encode_images([Image.new("RGB", (9, 9), c) for c in COLOURS.values()])
    texts = encoder.encode_texts([f"a {colour} wall" for colour in COLOURS])
    assert (texts @ pictures.T).argmax(axis=1).tolist() == list(range(len(COLOURS)))
