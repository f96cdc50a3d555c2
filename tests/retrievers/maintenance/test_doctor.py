import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.vectors_file import vectors_path
from retrievers.collection.sync.sync import sync
from retrievers.collection.writer import CollectionWriter
from retrievers.maintenance.doctor import examine
from retrievers.maintenance.export import export
from retrievers.maintenance.finding import Finding
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.encoders import ColourEncoder
from tests.retrievers.folders import contents, paint


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    for seed in range(6):
        paint(tmp_path / "pictures" / f"{seed}.png", seed)
    encoder = ColourEncoder()
    opened = Collection.create(tmp_path / "c", encoder=encoder.name, dim=encoder.dim)
    sync(opened, encoder, tmp_path / "pictures", batch=2)
    opened.close()
    return tmp_path / "c"


def mended(collection: Path, *parts: str) -> None:
    """What is damaged is named; it is left alone, then mended, then fine after a sync."""
    before = [found.what for found in examine(collection, repair=False)]
    for part in parts:
        assert any(part in what for what in before), before
    assert [found.what for found in examine(collection, repair=False)] == before
    assert all(found.mended for found in examine(collection))
    opened = Collection.open(collection)
    sync(opened, ColourEncoder(), collection.parent / "pictures")
    assert len(contents(opened)) == 6
    opened.close()
    assert examine(collection) == []


def test_a_sound_collection_has_no_findings(collection: Path) -> None:
    assert examine(collection) == []


def test_a_vector_file_cut_short_is_read_anew(collection: Path) -> None:
    path = vectors_path(collection, 0)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 + 5)
    with pytest.raises(CollectionError, match="holds 3 of 6 vectors; run `dialens doctor c`"):
        Collection.open(collection).vectors()
    mended(collection, "3 pictures without a vector")


def test_pictures_behind_the_last_row_that_counts_are_found_again(collection: Path) -> None:
    with closing(sqlite3.connect(collection / "records.db")) as db, db:
        db.execute("UPDATE facts SET value = '4' WHERE key = 'rows'")
    opened, pictures = Collection.open(collection), collection.parent / "pictures"
    paint(pictures / "new.png", 9)
    before = vectors_path(collection, 0).read_bytes()
    with pytest.raises(CollectionError, match=r"a picture in row 5, of 4.*run `dialens doctor c`"):
        sync(opened, ColourEncoder(), pictures)
    opened.close()
    (pictures / "new.png").unlink()
    assert vectors_path(collection, 0).read_bytes() == before  # nothing was written over
    mended(collection, "2 pictures that no search finds")
    with closing(Collection.open(collection)) as whole:
        found = Searcher(whole, ColourEncoder()).search(Query(wanted=("red",)), 10)
        assert (len(found), vectors_path(collection, 0).read_bytes()) == (6, before)


def test_a_vector_file_that_is_gone_is_read_anew(collection: Path) -> None:
    vectors_path(collection, 0).unlink()
    mended(collection, "6 pictures without a vector")


def test_garbage_among_the_vectors_is_read_anew(collection: Path) -> None:
    with vectors_path(collection, 0).open("r+b") as file:
        file.seek(32 * 4 * 2)
        file.write(b"\xff" * 32 * 4)
    mended(collection, "1 picture with a vector that is not of length 1")


def test_full_text_that_lost_rows_is_rebuilt(collection: Path) -> None:
    opened = Collection.open(collection)
    opened.db.execute("DELETE FROM words WHERE rowid = 2")
    opened.close()
    mended(collection, "the full text does not fit")


@pytest.mark.parametrize("which", ["id = 1", "id = 10", "id > 10", "1"])
def test_full_text_that_is_damaged_inside_is_rebuilt(collection: Path, which: str) -> None:
    opened = Collection.open(collection)
    opened.db.execute(f"DELETE FROM words_data WHERE {which}")
    opened.close()
    mended(collection, "the full text does not fit")


@pytest.mark.parametrize("table", ["words", "words_data", "words_config", "words_content"])
def test_full_text_that_is_not_there_is_rebuilt(collection: Path, table: str) -> None:
    opened = Collection.open(collection)
    opened.db.execute(f"DROP TABLE {table}")
    opened.close()
    mended(collection, "the full text does not fit")


def test_damaged_words_do_not_keep_lost_vectors_from_being_read_anew(collection: Path) -> None:
    opened = Collection.open(collection)
    opened.db.execute("DELETE FROM words_data")
    opened.close()
    vectors_path(collection, 0).unlink()
    mended(collection, "the full text does not fit", "6 pictures without a vector")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM facts WHERE key = 'generation'", "'generation' is None, not a number"),
        ("UPDATE facts SET value = 'x' WHERE key = 'dim'", "'dim' is 'x', not a number"),
        ("DROP TABLE failures", "no table 'failures'"),
    ],
)
def test_records_without_their_facts_or_tables_are_beyond_repair(
    collection: Path, damage: str, said: str
) -> None:
    opened = Collection.open(collection)
    opened.db.execute(damage)
    opened.close()
    with pytest.raises(CollectionError, match=rf"is damaged \({said}\) .* and index again"):
        examine(collection)


def test_a_leftover_that_a_search_still_needs_is_kept(collection: Path) -> None:
    reader, opened = Collection.open(collection), Collection.open(collection)
    opened.db.execute("PRAGMA busy_timeout = 50")
    with reader.one_state():
        reader.extent()
        with CollectionWriter(opened) as writer:
            writer.remove([0])
            writer.compact()
            assert not writer.drop_leftovers()
            assert len(reader.vectors()) == 6
    assert examine(collection) == [Finding("vectors-0.f32 is a leftover", mended=True)]


def test_records_that_point_at_nothing_are_dropped(collection: Path) -> None:
    opened = Collection.open(collection)
    opened.db.execute("PRAGMA foreign_keys = OFF")
    opened.db.execute("DELETE FROM pictures WHERE row = 3")
    opened.db.execute("DELETE FROM files WHERE row = 4")
    opened.close()
    mended(collection, "records point at nothing")


def test_leftover_vector_files_are_removed(collection: Path) -> None:
    (collection / "vectors-9.f32").write_bytes(b"x")
    (collection / "index-9-hnsw.faiss").write_bytes(b"x")
    mended(collection, "vectors-9.f32 is a leftover", "index-9-hnsw.faiss is a leftover")


def test_files_that_are_gone_are_named_with_the_remedy(collection: Path) -> None:
    (collection.parent / "pictures" / "0.png").unlink()
    (found,) = examine(collection)
    assert (found.what, found.mended) == ("1 file no longer in place", False)
    assert found.remedy == "index the folder again"


def test_a_database_beyond_repair_says_so(collection: Path) -> None:
    path = collection / "records.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\0" * 8192)
    with pytest.raises(CollectionError, match=r"is damaged .* remove .* and index again"):
        examine(collection)


def test_an_export_holds_every_record_and_vector(collection: Path, tmp_path: Path) -> None:
    opened = Collection.open(collection)
    assert export(opened, tmp_path / "out.parquet") == 6
    table = pq.read_table(tmp_path / "out.parquet")
    held = contents(opened)
    assert set(table.column("id").to_pylist()) == set(held)
    for row in table.to_pylist():
        picture, _, vector = held[row["id"]]
        assert row["paths"] == [str(path) for path in picture.paths]
        assert [round(value, 6) for value in row["vector"]] == pytest.approx(vector, abs=1e-5)
    about = json.loads(table.schema.metadata[b"dialens"])
    assert (about["encoder"], about["dim"]) == ("test:colours-2x2", 32)
    assert about["version"]


def test_an_export_holds_one_state_and_leaves_nothing_half_done(
    collection: Path, tmp_path: Path
) -> None:
    opened, other = Collection.open(collection), Collection.open(collection)
    with opened.one_state(), CollectionWriter(other) as writer:
        assert len(opened) == 6
        writer.remove([0, 1])
        assert export(opened, tmp_path / "out.parquet") == 6
    assert export(opened, tmp_path / "out.parquet") == 4
    vectors_path(collection, 0).unlink()
    with pytest.raises(CollectionError, match="holds 0 of 6 vectors"):
        export(Collection.open(collection), tmp_path / "other.parquet")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "out.parquet", "pictures"]


def test_an_export_to_nowhere_says_so(collection: Path, tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match=r"cannot write .*out\.parquet: "):
        export(Collection.open(collection), tmp_path / "no" / "out.parquet")
