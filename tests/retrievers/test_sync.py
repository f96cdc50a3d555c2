import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retrievers.collection.errors import CollectionBusy, CollectionError
from retrievers.collection.names import name_words
from retrievers.collection.store import Store
from retrievers.collection.sync import sync
from retrievers.collection.sync_report import Progress, SyncReport
from retrievers.collection.writer import Writer
from retrievers.hit import Picture
from tests.encoders import COLOURS, ColourEncoder
from tests.hostile import build


def paint(path: Path, seed: int, size: tuple[int, int] = (24, 16)) -> Path:
    """Write a picture whose bytes and colours depend on the seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(5):
        paint(tmp_path / "pictures" / f"{seed}.png", seed)
    return tmp_path / "pictures"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    encoder = ColourEncoder()
    return Store.create(tmp_path / "collection", encoder=encoder.name, dim=encoder.dim)


def run(store: Store, folder: Path, **options: bool) -> SyncReport:
    return sync(store, ColourEncoder(), folder, batch=2, **options)  # type: ignore[arg-type]


def contents(store: Store) -> dict[str, tuple[Picture, str, list[float]]]:
    """Everything a collection holds, by picture, whatever the order of its rows."""
    rows = [row for (row,) in store.db.execute("SELECT row FROM pictures")]
    words = dict(store.db.execute("SELECT rowid, names FROM words"))
    vectors = store.vectors()
    return {
        picture.id: (picture, words[row], vectors[row].round(6).tolist())
        for row, picture in zip(rows, store.pictures(rows), strict=True)
    }


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
    assert "trip IMG beach 12" in {row[0] for row in store.db.execute("SELECT names FROM words")}


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


def test_a_second_writer_is_refused_by_name_of_the_first(store: Store, folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from retrievers.collection.store import Store;"
        "from retrievers.collection.writer import Writer;"
        "w = Writer(Store.open(Path(sys.argv[1]))); print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(store.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout and other.stdout.readline() == b"held\n"
    with pytest.raises(CollectionBusy, match=f"is being written by process {other.pid}"):
        run(store, folder)
    other.kill()
    other.communicate()
    assert run(store, folder).encoded == 5  # the lock died with its holder


def test_a_reader_sees_what_another_connection_commits(store: Store, folder: Path) -> None:
    reader = Store.open(store.folder)
    stamp = reader.stamp()
    assert len(reader) == 0
    run(store, folder)
    assert reader.stamp() != stamp
    assert (len(reader), len(reader.vectors())) == (5, 5)


def test_compaction_keeps_every_picture_with_its_vector(store: Store, folder: Path) -> None:
    run(store, folder)
    (folder / "0.png").unlink()
    (folder / "2.png").unlink()
    run(store, folder)
    before = contents(store)
    with Writer(store) as writer:
        assert writer.compact() == 2
        assert writer.compact() == 0
    assert len(store.vectors()) == 3
    assert contents(store) == before
    assert contents(Store.open(store.folder)) == before
    assert [path.name for path in store.folder.glob("vectors-*")] == ["vectors-1.f32"]
    paint(folder / "new.png", 99)
    assert run(store, folder).encoded == 1


def test_what_is_said_of_a_picture_is_found_as_words(store: Store, folder: Path) -> None:
    run(store, folder)
    with Writer(store) as writer:
        writer.describe(0, caption="a lighthouse", text="EXIT", tags=["sea", "Sea", "trip"])
    (picture,) = store.pictures([0])
    assert (picture.caption, picture.text, picture.tags) == (
        "a lighthouse",
        "EXIT",
        ("sea", "trip"),
    )
    for word in ("lighthouses", "exit", "trips"):
        found = store.db.execute("SELECT rowid FROM words WHERE words MATCH ?", (word,))
        assert found.fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("below", "words"),
    [
        ("Trips/IMG_2019summer.jpg", "Trips IMG 2019 summer"),
        ("myHolidayPhoto.JPG", "my Holiday Photo"),
        ("été à Paris.png", "été à Paris"),
        (".hidden", ".hidden".strip(".")),
    ],
)
def test_names_are_split_into_words(below: str, words: str) -> None:
    assert name_words([below]) == words


def test_a_folder_in_use_is_not_made_into_a_collection(tmp_path: Path) -> None:
    paint(tmp_path / "x.png", 1)
    with pytest.raises(CollectionError, match="is not empty; choose another name"):
        Store.create(tmp_path, encoder="e", dim=4)


def test_a_collection_of_a_newer_format_is_refused(store: Store) -> None:
    store.db.execute("PRAGMA user_version = 99")
    with pytest.raises(CollectionError, match="has format 99, this dialens reads 1; update"):
        Store.open(store.folder)


def test_colours_are_what_the_test_encoder_tells_apart() -> None:
    encoder = ColourEncoder()
    pictures = encoder.encode_images([Image.new("RGB", (9, 9), c) for c in COLOURS.values()])
    texts = encoder.encode_texts([f"a {colour} wall" for colour in COLOURS])
    assert (texts @ pictures.T).argmax(axis=1).tolist() == list(range(len(COLOURS)))
