import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionBusy, CollectionDamaged, CollectionError
from retrievers.collection.storage.path_words import name_words
from retrievers.collection.writer import CollectionWriter
from tests.retrievers.folders import contents, empty, paint, painted, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return painted(tmp_path / "pictures")


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return empty(tmp_path / "collection")


def test_a_folder_in_use_is_not_made_into_a_collection(tmp_path: Path) -> None:
    paint(tmp_path / "x.png", 1)
    with pytest.raises(CollectionError, match="is not empty; choose another name"):
        Collection.create(tmp_path, encoder="e", dim=4)


def test_a_collection_of_a_newer_format_is_refused(collection: Collection) -> None:
    collection.db.execute("PRAGMA user_version = 99")
    with pytest.raises(CollectionError, match=r"has format 99, this dialens reads \d+; update"):
        Collection.open(collection.folder)


def test_a_collection_whose_making_was_killed_is_made_anew(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path;"
        "from retrievers.collection.collection import Collection;"
        "Path.rename = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        "Collection.create(Path(sys.argv[1]), encoder='e', dim=4)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path / "c")])
    assert killed.returncode == -9
    assert (tmp_path / "c" / "records.db.new").exists()
    with pytest.raises(CollectionError, match="no collection at"):
        Collection.open(tmp_path / "c")
    assert empty(tmp_path / "c").fact("dim") == "32"
    assert sorted(path.suffix for path in (tmp_path / "c").glob("records.db.new*")) == []


def test_one_of_many_that_make_a_collection_at_once_makes_it(tmp_path: Path) -> None:
    def make(number: int) -> str:
        try:
            return Collection.create(tmp_path / "c", encoder=f"e{number}", dim=4).encoder
        except CollectionError as error:
            assert isinstance(error, CollectionBusy) or "is not empty" in str(error)
            return ""

    with ThreadPoolExecutor(8) as pool:
        made = [name for name in pool.map(make, range(8)) if name]
    assert made == [Collection.open(tmp_path / "c").encoder]


def test_a_file_that_is_no_database_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "records.db").write_bytes(b"not a database" * 500)
    with pytest.raises(CollectionError, match=r"cannot be read .* run `dialens doctor c`"):
        Collection.open(tmp_path / "c")


def test_what_is_said_of_a_picture_is_found_as_words(collection: Collection, folder: Path) -> None:
    run(collection, folder)
    with CollectionWriter(collection) as writer:
        writer.describe(0, caption="a lighthouse", text="EXIT", tags=["sea", "Sea", "trip"])
    (picture,) = collection.pictures([0])
    assert (picture.caption, picture.text, picture.tags) == (
        "a lighthouse",
        "EXIT",
        ("sea", "trip"),
    )
    for word in ("lighthouses", "exit", "trips"):
        found = collection.db.execute("SELECT rowid FROM words WHERE words MATCH ?", (word,))
        assert found.fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("below", "words"),
    [
        ("Trips/IMG_2019summer.jpg", "trips img 2019 summer 2019summer"),
        ("myHolidayPhoto.JPG", "my holiday photo myholidayphoto"),
        ("été à Paris.png", "ete a paris"),
        (".hidden", "hidden"),
        ("étéÀParis/straßeÜber.webp", "ete aparis strasse uber eteaparis strasseuber"),
        ("2019年夏休み.jpg", "2019 年夏休 み"),
        ("हिन्दी/தமிழ்-2.jpg", "हिन्दी தமிழ் 2"),
    ],
)
def test_names_are_split_into_words(below: str, words: str) -> None:
    assert name_words([below]) == words.split()


def test_a_reader_sees_what_another_connection_commits(
    collection: Collection, folder: Path
) -> None:
    reader = Collection.open(collection.folder)
    stamp = reader.stamp()
    assert len(reader) == 0
    run(collection, folder)
    assert reader.stamp() != stamp
    assert (len(reader), len(reader.vectors())) == (5, 5)


def test_compaction_keeps_every_picture_with_its_vector(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    (folder / "0.png").unlink()
    (folder / "2.png").unlink()
    run(collection, folder)
    before = contents(collection)
    with CollectionWriter(collection) as writer:
        assert writer.compact() == 2
        assert writer.compact() == 0
    assert len(collection.vectors()) == 3
    assert contents(collection) == before
    assert contents(Collection.open(collection.folder)) == before
    assert [path.name for path in collection.folder.glob("vectors-*")] == ["vectors-1.f32"]
    paint(folder / "new.png", 99)
    assert run(collection, folder).encoded == 1


def test_vectors_stay_while_a_reader_may_still_map_them(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    (folder / "0.png").unlink()
    run(collection, folder)
    collection.db.execute("PRAGMA busy_timeout = 50")
    reader = Collection.open(collection.folder)
    with reader.one_state():
        before = contents(reader)  # the state is chosen by the first look
        fresh = Collection.open(collection.folder)
        with fresh.one_state(), CollectionWriter(collection) as writer:
            fresh.extent()
            assert writer.compact() == 1
            assert contents(fresh) == before
        assert contents(reader) == before
    with CollectionWriter(collection) as writer:
        assert writer.drop_leftovers()
    assert [path.name for path in collection.folder.glob("vectors-*")] == ["vectors-1.f32"]
    assert contents(reader) == before


def test_what_was_written_of_a_batch_is_undone_when_it_fails(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder)
    before = contents(collection)
    collection.db.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON tags BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with CollectionWriter(collection) as writer, pytest.raises(CollectionDamaged, match="no"):
        writer.describe(0, caption="a lighthouse", tags=["sea"])
    assert not collection.db.in_transaction
    assert contents(collection) == before
