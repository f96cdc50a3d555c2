"""What was paid for once is asked for once, also from files that an older dialens wrote."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from agent.cache.verdicts import open_verdicts
from agent.captioning.sentences import open_sentences

VERDICTS_OF_0_1 = """
CREATE TABLE IF NOT EXISTS verdicts (
    judge   TEXT NOT NULL,
    said    TEXT NOT NULL,
    picture TEXT NOT NULL,
    score   REAL NOT NULL,
    PRIMARY KEY (judge, said, picture)
) WITHOUT ROWID
"""
CAPTIONS_OF_0_1 = """
CREATE TABLE IF NOT EXISTS captions (
    captioner TEXT NOT NULL,
    picture   TEXT NOT NULL,
    caption   TEXT NOT NULL,
    PRIMARY KEY (captioner, picture)
) WITHOUT ROWID
"""


def columns(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(f"PRAGMA table_info({table})").fetchall()


@pytest.mark.parametrize(
    ("open_cache", "table", "schema"),
    [(open_verdicts, "verdicts", VERDICTS_OF_0_1), (open_sentences, "captions", CAPTIONS_OF_0_1)],
    ids=["verdicts", "captions"],
)
def test_the_files_are_those_of_0_1(
    open_cache: type, table: str, schema: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as db:
        db.execute(schema)
    open_cache(tmp_path / "new.db").close()
    assert columns(tmp_path / "new.db", table) == columns(tmp_path / "old.db", table)


def test_what_an_older_file_holds_is_known(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "v.db")) as db, db:
        db.execute(VERDICTS_OF_0_1)
        db.execute("INSERT INTO verdicts VALUES ('judge', 'a dog', 'a', 0.5)")
    with closing(sqlite3.connect(tmp_path / "c.db")) as db, db:
        db.execute(CAPTIONS_OF_0_1)
        db.execute("INSERT INTO captions VALUES ('captioner', 'a', 'A dog.')")
    with closing(open_verdicts(tmp_path / "v.db")) as verdicts:
        assert verdicts.known("judge", "a dog", pictures=["b", "a"]) == {"a": 0.5}
        assert verdicts.known("judge", "a cat", pictures=["a"]) == {}
        assert verdicts.usage.remembered == 1
    with closing(open_sentences(tmp_path / "c.db")) as sentences:
        assert sentences.known("captioner", pictures=["a"]) == {"a": "A dog."}
        assert sentences.known("another", pictures=["a"]) == {}


def test_only_what_is_new_is_asked_for_and_the_order_is_that_of_the_pictures() -> None:
    asked: list[str] = []

    def ask(shown: Sequence[str]) -> list[str]:
        asked.extend(shown)
        return [f"seen {one}" for one in shown]

    sentences = open_sentences()
    sentences.remember("me", answers={"b": "older"})
    shown = {"c": "C", "b": "B", "a": "A"}
    said = ["seen C", "older", "seen A"]
    assert sentences.of("me", shown=shown, ask=ask) == said
    assert sentences.of("me", shown=shown, ask=ask) == said
    assert asked == ["C", "A"]
    sentences.remember("me", answers={"b": "newer"})
    assert sentences.of("me", shown={"b": "B"}, ask=ask) == ["newer"]
