"""SQLite files that were copied into the home from elsewhere compute nothing and hang nothing."""

import os
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from agent.chain.agent import checkpoints
from agent.rerank.verdicts import open_verdicts
from agent.sentences import open_sentences
from retrievers.collection.store import Store
from tests.agent.test_odd_files import dialens

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
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "collections"
    for name in ("odd", "good"):
        Store.create(folder / name, encoder="offline", dim=4).close()
    return tmp_path / "home"


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
