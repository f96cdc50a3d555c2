"""One file that is damaged, copied, renamed or left behind spoils nothing else."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient as Http

from agent.profile import Profile
from app.library import conversations
from app.library.indexing import open_or_make
from app.server.application import make_app
from app.server.contract.settings import Settings
from retrievers.collection.collection import Collection
from tests.app.test_commands import paint, run, run_json


@pytest.fixture
def home(tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with one collection, `Holiday`, and one session about it, `trip`."""
    home = new_home()
    monkeypatch.setenv("DIALENS_HOME", str(home))
    paint(tmp_path / "Holiday" / "red.png", (220, 20, 20), (60, 40))
    run("index", str(tmp_path / "Holiday"))
    run("chat", "--session", "trip", said="red\n")
    return home


def damage(home: Path, name: str, content: bytes) -> None:
    (home / "collections" / name).mkdir(parents=True, exist_ok=True)
    for path in (home / "collections" / name).glob("records.db*"):
        path.unlink()
    (home / "collections" / name / "records.db").write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 99, b"SQLite format 3\0"])
def test_a_damaged_collection_blocks_no_other(home: Path, tmp_path: Path, content: bytes) -> None:
    damage(home, "Ancient", content)
    paint(tmp_path / "New" / "blue.png", (20, 20, 220), (60, 40))
    assert "New: 1 new" in run("index", str(tmp_path / "New"))[0]
    assert "Holiday: 0 new" in run("index", str(tmp_path / "Holiday"))[0]
    out, err = run("doctor", code=1)
    assert "Holiday: nothing is wrong" in out
    assert "New: nothing is wrong" in out
    assert "Ancient" in err and err.count("\n") == 1


def spoil(home: Path, first: int, last: int) -> None:
    """Overwrite part of a collection's records, as a bad disk does; its head stays."""
    here = home / "collections" / "Holiday"
    with closing(sqlite3.connect(here / "records.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray((here / "records.db").read_bytes())
    last = min(last, len(data))
    data[first:last] = b"U" * (last - first)
    (here / "records.db").write_bytes(data)


@pytest.mark.parametrize(("first", "last"), [(100, 4096), (4096, 10**9), (8192, 40_000)])
def test_a_collection_damaged_inside_is_named_with_the_remedy_at_every_door(
    home: Path, tmp_path: Path, first: int, last: int
) -> None:
    spoil(home, first, last)
    for command in (
        ("search", "red"),
        ("chat",),
        ("export",),
        ("index", str(tmp_path / "Holiday")),
    ):
        _, err = run(*command, said="red\n/constraints\n/drop 1\n", code=1)
        assert "records.db cannot be read" in err and err.count("\n") == 1, err
        assert "dialens doctor Holiday" in err
    assert "dialens doctor Holiday" in "".join(run("status"))
    with closing(Http(make_app(Settings(names=("testserver",))))) as client:
        answer = client.post("/api/v1/collections/Holiday/search", json={"text": "red"})
        assert answer.status_code == 409 and "dialens doctor Holiday" in answer.json()["detail"]
        assert client.get("/").status_code == 200


def test_a_collection_that_is_damaged_while_one_chats_is_named_and_the_chat_goes_on(
    home: Path,
) -> None:
    command = [sys.executable, "-m", "app.cli", "chat", "-c", "Holiday"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    ) as chat:
        assert chat.stdin and chat.stdout
        chat.stdin.write("red\n")
        while "red.png" not in chat.stdout.readline():
            pass
        spoil(home, 4096, 10**9)
        out, _ = chat.communicate("blue\n/constraints\n/drop 1\nwhy is 1 there?\nundo\n", 60)
    assert "Traceback" not in out and "dialens doctor Holiday" in out
    after = out.split("dialens doctor Holiday", 1)[1]
    assert "\n  1 red\n" in after and "> undo" in after
    assert chat.returncode == 1


def test_a_damaged_collection_of_the_folder_itself_is_said(home: Path, tmp_path: Path) -> None:
    damage(home, "Holiday", b"no database at all" * 99)
    _, err = run("index", str(tmp_path / "Holiday"), code=1)
    assert "records.db" in err and err.count("\n") == 1


@pytest.mark.parametrize("copy", ["trip (copy)", "trip – Kopie (1)", ".trip~"])
def test_a_stray_copy_of_a_session_is_one_more_session(home: Path, copy: str) -> None:
    sessions = home / "sessions"
    shutil.copy(sessions / "trip.jsonl", sessions / f"{copy}.jsonl")
    run("feedback", "status", "-c", "Holiday")
    assert {one["name"] for one in run_json("sessions", "list")} == {"trip", copy}
    assert run_json("sessions", "show", copy)["name"] == copy
    run("sessions", "rm", copy)
    assert [path.name for path in sessions.glob("*.jsonl")] == ["trip.jsonl"]


def test_what_only_looks_like_a_session_spoils_no_other(home: Path) -> None:
    (home / "sessions" / "folder.jsonl").mkdir()
    (home / "sessions" / "empty.jsonl").touch()
    (home / "sessions" / "notes.jsonl").write_bytes(b"\xff\xfe nothing of ours")
    run("feedback", "status", "-c", "Holiday")
    told = {one["name"]: one["last"] for one in run_json("sessions", "list")}
    assert told["trip"] == "red"
    assert "can't be read" in told["folder"]


def test_a_renamed_session_has_its_new_name_everywhere(home: Path) -> None:
    conversations.rename("trip", "holiday in june")
    assert run_json("sessions", "show", "holiday in june")["name"] == "holiday in june"
    assert [one["name"] for one in run_json("sessions", "list")] == ["holiday in june"]
    by_hand = home / "sessions" / "by hand.jsonl"
    (home / "sessions" / "holiday in june.jsonl").rename(by_hand)
    assert run_json("sessions", "show", "by hand")["name"] == "by hand"


LEFT = (
    "index-0-hnsw.4711",
    ".partial-4711-1-index-0-hnsw.faiss",
    ".absence.npz.4711",
    ".partial-4711-1-absence.npz",
    "blip2/some-model/0123456789abcdef.4711-1.partial",
    ".partial-xyz/adapter/adapter.json",
)


@pytest.mark.parametrize("left", LEFT)
def test_what_a_kill_left_unfinished_is_found_and_removed(home: Path, left: str) -> None:
    path = home / "collections" / "Holiday" / left
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half of it")
    assert "is a leftover" in run("doctor", "--check", code=1)[0]
    assert path.exists()
    assert "is a leftover; mended" in run("doctor")[0]
    assert not path.exists()
    assert "nothing is wrong" in run("doctor", "--check")[0]
    assert run_json("search", "red")["hits"]


def test_a_later_turns_field_is_no_reason_to_delete_it(home: Path) -> None:
    path = home / "sessions" / "trip.jsonl"
    header, turn = path.read_text().splitlines()
    path.write_text(f"{header}\n{json.dumps({**json.loads(turn), 'mood': 'glad'})}\n")
    _, err = run("chat", "--session", "trip", code=1, said="blue\n")
    assert "no field 'mood'" in err and "a newer one wrote it" in err
    assert "delete" not in err
    assert "mood" in path.read_text()


def test_a_collection_knows_its_own_model_by_any_name(home: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    spec = f"hf:{tmp_path / 'model'}"
    Collection.create(home / "collections" / "Own", encoder="x", dim=2, spec=spec).close()
    for named in (spec, f"{spec}/", f"hf:{tmp_path}/Holiday/../model"):
        open_or_make("Own", Profile(name="own", encoder=named)).close()
