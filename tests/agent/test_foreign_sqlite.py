"""SQLite files that were copied into the home from elsewhere compute nothing and hang nothing."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from agent.cache.verdicts import open_verdicts
from agent.captioning.sentences import open_sentences
from agent.toolbox.agent import checkpoints
from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.files.sqlite_file import OneLineConnection, open_sqlite
from tests.agent.conversation.test_odd_files import dialens

ENDLESS = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"


def as_view(path: Path, table: str) -> None:
    """Put a view that never ends in a table's place."""
    with closing(sqlite3.connect(path)) as db, db:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute(f"ALTER TABLE {table} RENAME TO was_{table}")
        db.execute(
            f"CREATE VIEW {table} AS " + ENDLESS.format(", ".join(f"i AS {c}" for c in columns))
        )


def as_trigger(path: Path, table: str) -> None:
    """Let what is written into a table begin what never ends."""
    with closing(sqlite3.connect(path)) as db, db:
        never = ENDLESS.format("i")
        db.execute(
            f"CREATE TRIGGER t AFTER INSERT ON {table} BEGIN DELETE FROM {table} "
            f"WHERE 1 IN (SELECT count(*) FROM ({never})); END"
        )


def as_module(path: Path, table: str) -> None:
    """Put a table that another module of SQLite answers for in its place."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"ALTER TABLE {table} RENAME TO was_{table}")
        db.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(key, value)")


def as_pipe(path: Path, table: str) -> None:
    """Put a pipe in the file's place."""
    path.unlink()
    os.mkfifo(path)


@pytest.fixture
def home(new_home: Callable[[], Path]) -> Path:
    home = new_home()
    for name in ("odd", "good"):
        Collection.create(home / "collections" / name, encoder="offline", dim=4).close()
    return home


@pytest.mark.parametrize(
    ("alter", "table"),
    [
        (as_view, "facts"),
        (as_view, "files"),
        (as_trigger, "files"),
        (as_module, "facts"),
        (as_pipe, "facts"),
    ],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
def test_a_foreign_collection_is_named_in_a_line_and_the_others_are_listed(
    alter: Callable[[Path, str], None], table: str, home: Path, tmp_path: Path
) -> None:
    path = home / "collections" / "odd" / "records.db"
    alter(path, table)
    Image.new("RGB", (20, 20)).save(tmp_path / "a.png")
    listed = dialens(home, "status")
    assert "good" in listed.stdout
    for command in (["status", "odd"], ["search", "-c", "odd", "a dog"], ["index", str(tmp_path)]):
        if command[0] == "index":
            command += ["--name", "odd"]
        done = dialens(home, *command)
        told = done.stdout if command[0] == "status" else done.stderr
        assert len(told.strip().splitlines()) == 1, done
        assert str(path) in told and "move it away" in told
    assert dialens(home, "doctor", "odd").returncode != 0


COMPUTING = {
    "a generated column": "ALTER TABLE files ADD g TEXT AS (hex(zeroblob(400000000))) VIRTUAL",
    "an index on an expression": "CREATE INDEX i ON files(length(hex(zeroblob(row))))",
    "a partial index of a known name": (
        "DROP INDEX files_by_row;"
        "CREATE INDEX files_by_row ON files(row) WHERE length(hex(zeroblob(100000))) > 1"
    ),
    "a check": "CREATE TABLE more (a CHECK (length(hex(zeroblob(400000000))) > 1))",
    "a check in a known table": (
        "DROP TABLE failures; CREATE TABLE failures (path BLOB PRIMARY KEY, root BLOB NOT NULL,"
        " reason TEXT NOT NULL CHECK (length(hex(zeroblob(400000000))) > 1), size INTEGER,"
        " mtime_ns INTEGER) WITHOUT ROWID"
    ),
    "a check behind a comment": (
        "DROP TABLE roots; CREATE TABLE roots (path BLOB PRIMARY KEY, include TEXT NOT NULL DEFAULT"
        " '[]', exclude TEXT NOT NULL DEFAULT '[]' /* -- */ CHECK (1)) WITHOUT ROWID"
    ),
    "an unknown default": "ALTER TABLE files ADD COLUMN more TEXT DEFAULT 'x'",
}


def opened(home: Path) -> str:
    with pytest.raises(CollectionError) as caught:
        Collection.open(home / "collections" / "odd")
    return str(caught.value)


@pytest.mark.parametrize("what", COMPUTING)
def test_a_collection_that_could_compute_is_refused(what: str, home: Path) -> None:
    path = home / "collections" / "odd" / "records.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"PRAGMA foreign_keys = OFF; {COMPUTING[what]}")
    line = opened(home)
    assert str(path) in line and "which no file of dialens does; move it away" in line
    if what == "a check":
        for command in (["search", "-c", "odd", "a dog"], ["doctor", "odd"]):
            done = dialens(home, *command)
            assert done.returncode == 1 and "which no file of dialens does" in done.stderr
            assert len(done.stderr.splitlines()) == 1


def test_a_collection_that_somebody_analysed_is_none_of_these(home: Path) -> None:
    with closing(sqlite3.connect(home / "collections" / "odd" / "records.db")) as db, db:
        db.execute("ANALYZE")
    Collection.open(home / "collections" / "odd").close()


def test_a_link_in_place_of_the_records_leads_to_no_other_collection(home: Path) -> None:
    path = home / "collections" / "odd" / "records.db"
    path.unlink()
    path.symlink_to(home / "collections" / "good" / "records.db")
    assert "a link to another file; move it away" in opened(home)


NEW = (
    "INSERT INTO roots (path) VALUES (x'2f70');"
    "INSERT INTO pictures (row, id, sha256, width, height, bytes)"
    " VALUES (0, '00', '00', 9, 9, 9);"
    "INSERT INTO files (path, root, below, row, size, mtime_ns)"
    " VALUES (x'2f702f61', x'2f70', 'a', 0, 9, 9);"
    "INSERT INTO words (rowid, names) VALUES (0, 'dog');"
    "UPDATE facts SET value = '1' WHERE key = 'rows';"
)
"""One picture; SQL beside which its vector is written."""

LATE = {
    "a value of gigabytes": "UPDATE pictures SET caption = hex(zeroblob(70000000))",
    "another format of full text": "UPDATE words_config SET v = 999999",
    "text that is none": "UPDATE pictures SET caption = CAST(x'ff41' AS TEXT)",
    "a date that is none": "UPDATE pictures SET taken = '\x1b[2J'",
    "a number that is none": "UPDATE facts SET value = '../../..' WHERE key = 'generation'",
    "a value of another type": "UPDATE pictures SET camera = x'00'",
    "a path of another type": "UPDATE files SET path = 5",
    "a spec of megabytes": (
        "UPDATE facts SET value = 'offline:' || hex(zeroblob(10000000)) WHERE key = 'spec'"
    ),
    "deep JSON": (f"INSERT INTO facts VALUES ('followed', '{'[' * 100_000}')"),
}


@pytest.mark.parametrize("what", LATE)
def test_damage_that_is_found_when_reading_is_one_line_with_a_remedy(what: str, home: Path) -> None:
    folder = home / "collections" / "odd"
    with closing(sqlite3.connect(folder / "records.db")) as db:
        db.executescript(NEW + LATE[what])
    (folder / "vectors-0.f32").write_bytes(bytes(4 * 3) + b"\0\0\x80\x3f")
    collection = Collection.open(folder)
    with pytest.raises(CollectionError) as caught:
        collection.fact("spec")
        collection.pictures([0])
        collection.db.execute("SELECT rowid FROM words WHERE words MATCH 'dog'").fetchall()
        collection.vectors()
    collection.close()
    line = str(caught.value)
    assert line.startswith(f"{folder / 'records.db'} cannot be read ("), line
    assert line.endswith("); run `dialens doctor odd`") and len(line) < 600
    done = dialens(home, "doctor", "odd")  # which mends it, or says what to do
    told = done.stderr or done.stdout
    assert "Traceback" not in told
    assert "mended" in told or "remove" in told, told


def test_damage_of_answers_and_memory_is_one_line_too(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    wrong = "CAST(x'ff41' AS TEXT)"

    def altered(sql: str) -> None:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(sql)

    verdicts = open_verdicts(path)
    verdicts.remember("judge", "said", answers={"a": 1.0})
    altered("UPDATE verdicts SET score = x'ff41'")
    with pytest.raises(OSError, match=r"cannot be read .*; move it away"):
        verdicts.known("judge", "said", pictures=["a"])
    verdicts.close()
    path.unlink()
    sentences = open_sentences(path)
    sentences.of("by", shown={"a": "a"}, ask=lambda shown: ["a dog"])
    altered(f"UPDATE captions SET caption = {wrong}")
    with pytest.raises(OSError, match=r"cannot be read .*; move it away"):
        sentences.known("by", pictures=["a"])
    sentences.close()
    path.unlink()
    with checkpoints(path) as saver:
        saver.setup()
        altered(
            "INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, type)"
            f" VALUES ('a', '', 'b', {wrong})"
        )
        with pytest.raises(OSError, match=r"cannot be read .*; move it away"):
            list(saver.list(None))


def test_what_sqlite_says_at_a_commit_is_one_line_too(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    table = "CREATE TABLE IF NOT EXISTS t (a)"
    with (
        closing(open_sqlite(path, OneLineConnection, table, timeout=0)) as file,
        closing(sqlite3.connect(path)) as reader,
    ):
        file.execute(table)
        file.executemany("INSERT INTO t VALUES (?)", [(1,), (2,)])
        file.commit()
        reading = reader.execute("SELECT a FROM t")
        reading.fetchone()  # and holds the file until it comes to the end
        said = r"cannot be used now \(database is locked\); try again"
        with pytest.raises(OSError, match=said), file:
            file.execute("INSERT INTO t VALUES (3)")
        file.execute("INSERT INTO t VALUES (4)")
        with pytest.raises(OSError, match=said):
            file.commit()
        reading.close()
        file.commit()
        assert [row for (row,) in reader.execute("SELECT a FROM t")] == [1, 2, 4]


@pytest.mark.parametrize("table", ["verdicts", "captions", "checkpoints"])
def test_foreign_files_of_answers_and_memory_are_refused(table: str, tmp_path: Path) -> None:
    path = tmp_path / "file.db"

    def opened() -> None:
        match table:
            case "verdicts":
                open_verdicts(path).known("judge", "said", pictures=["a"])
            case "captions":
                open_sentences(path).known("by", pictures=["a"])
            case _:
                with checkpoints(path) as saver:
                    saver.setup()
                    list(saver.list(None))

    opened()
    as_view(path, table)
    with pytest.raises(OSError, match=r"holds the view .*move it away"):
        opened()


def test_the_memory_of_an_agent_makes_no_objects_of_other_classes(tmp_path: Path) -> None:
    import ormsgpack

    made = tmp_path / "made"
    call = ormsgpack.packb(("subprocess", "Popen", (["touch", str(made)],)))  # made by langgraph
    hostile = ormsgpack.packb(ormsgpack.Ext(1, call))
    with checkpoints(tmp_path / "agent.db") as saver:
        read = saver.serde.loads_typed(("msgpack", hostile))
    assert not isinstance(read, subprocess.Popen)
    assert not made.exists()


def test_what_only_a_collection_names_is_not_downloaded(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own branch is nobody's word; the same name on the command line is."""
    spec = "transformers:somebody/something@main"
    with closing(sqlite3.connect(home / "collections" / "odd" / "records.db")) as db, db:
        db.execute("UPDATE facts SET value = ? WHERE key = 'spec'", (spec,))
    with socket.create_server(("127.0.0.1", 0)) as hub:
        hub.setblocking(False)
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.getsockname()[1]}")
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
        monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "1")
        monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "1")
        done = dialens(home, "search", "-c", "odd", "a dog")
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done
        assert f"{spec}: " in done.stderr and "not on this disk" in done.stderr
        assert "what only a collection names is not fetched" in done.stderr
        with pytest.raises(BlockingIOError):
            hub.accept()
        hub.settimeout(60)
        fetching = [sys.executable, "-m", "app.cli", "models", "fetch", spec]
        with subprocess.Popen(fetching, stderr=subprocess.DEVNULL) as process:
            hub.accept()[0].close()
            process.kill()
