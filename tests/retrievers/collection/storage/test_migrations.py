"""Collections that earlier versions made open, whole, in the format of today."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.migrations import FORMAT
from retrievers.collection.writer import CollectionWriter
from retrievers.maintenance.doctor import examine
from tests.retrievers.folders import contents, empty, painted, run

FIRST = (Path(__file__).parent / "schema_1.sql").read_text()  # as it was when format 1 was the only


def aged(collection: Collection) -> Path:
    """Turn a collection into what the first format would hold."""
    new, old = collection.folder / "records.db", collection.folder / "old.db"
    collection.close()
    with closing(sqlite3.connect(old)) as db:
        db.executescript(f"{FIRST}; PRAGMA user_version = 1; ATTACH '{new}' AS new;")
        for table in ("facts", "roots", "pictures", "files", "tags", "failures"):
            columns = ",".join(c for _, c, *_ in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} SELECT {columns} FROM new.{table}")
        db.execute(
            "INSERT INTO main.words (rowid, names, caption, tags, text)"
            " SELECT rowid, names, caption, tags, text FROM new.words"
        )
        db.commit()
    for left in collection.folder.glob("records.db*"):
        left.unlink()
    old.rename(new)
    return collection.folder


def described(tmp_path: Path) -> Collection:
    collection = empty(tmp_path / "collection")
    run(collection, painted(tmp_path / "pictures"))
    with CollectionWriter(collection) as writer:
        writer.describe(0, caption="a lighthouse", tags=["sea"])
    return collection


def columns(db: sqlite3.Connection) -> dict[str, object]:
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: {row[1:] for row in db.execute(f"PRAGMA table_info({name})")}
        for name in tables
        if not name.startswith(("words_", "sqlite_"))
    }


def test_an_older_collection_opens_with_all_that_it_held(tmp_path: Path) -> None:
    collection = described(tmp_path)
    before = contents(collection)
    opened = Collection.open(aged(collection))
    assert contents(opened) == before
    assert opened.db.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    assert run(opened, tmp_path / "pictures").encoded == 0
    opened.close()
    assert examine(opened.folder) == []


def test_a_migrated_collection_has_the_tables_of_a_new_one(tmp_path: Path) -> None:
    opened, new = Collection.open(aged(described(tmp_path))), empty(tmp_path / "new")
    assert columns(opened.db) == columns(new.db)


def test_many_may_open_an_older_collection_at_once(tmp_path: Path) -> None:
    folder = aged(described(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        assert len({len(collection) for collection in pool.map(Collection.open, [folder] * 8)}) == 1


def test_an_older_collection_that_cannot_be_brought_here_stays_as_it_was(tmp_path: Path) -> None:
    folder = aged(described(tmp_path))
    with closing(sqlite3.connect(folder / "records.db")) as db:
        db.execute("CREATE TABLE dropped (sha256 TEXT PRIMARY KEY) WITHOUT ROWID")
        before = columns(db)
        with pytest.raises(CollectionError, match="cannot be brought to format"):
            Collection.open(folder)
        assert columns(db) == before
