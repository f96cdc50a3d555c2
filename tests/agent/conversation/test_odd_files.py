"""What may stand in the home under a session's name, or for the profiles, and is none."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def dialens(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        env={**os.environ, "DIALENS_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def put_odd_files(folder: Path) -> list[str]:
    """Make a session of every odd kind; returns their names."""
    folder.mkdir(parents=True)
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "folder.jsonl").mkdir()
    (folder / "dead.jsonl").symlink_to("nowhere.jsonl")
    (folder / "loop.jsonl").symlink_to("loop.jsonl")
    (folder / "endless.jsonl").symlink_to("/dev/zero")
    (folder / "deep.jsonl").write_text("[" * 200_000 + "\n")
    (folder / "deep-turn.jsonl").write_text('{"version": 1}\n' + '{"a":' * 200_000 + "\n")
    with (folder / "huge.jsonl").open("wb") as file:
        file.truncate(3 << 30)
    return ["pipe", "folder", "dead", "loop", "endless", "deep", "deep-turn", "huge"]


def test_odd_files_among_sessions_are_listed_with_what_is_wrong(tmp_path: Path) -> None:
    odd = put_odd_files(tmp_path / "sessions")
    good = '{"version": 1, "collection": "photos"}\n'
    (tmp_path / "sessions" / "good.jsonl").write_text(good)
    done = dialens(tmp_path, "sessions", "list", "--json")
    assert done.returncode == 0, done.stderr
    known = {one["name"]: one for one in json.loads(done.stdout)}
    assert set(known) == {*odd, "good"}
    assert known["good"]["collection"] == "photos"
    assert all(str(tmp_path) in str(known[name]) for name in odd), known


@pytest.mark.parametrize("name", ["pipe", "endless", "deep", "huge", "loop"])
def test_an_odd_file_is_shown_as_no_session_in_a_line(name: str, tmp_path: Path) -> None:
    put_odd_files(tmp_path / "sessions")
    done = dialens(tmp_path, "sessions", "show", name)
    assert done.returncode != 0 and len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.parametrize("kind", ["pipe", "folder", "quarter", "deep"])
def test_odd_profiles_are_named_in_a_line(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "profiles.toml"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "quarter":
            path.write_text('[holiday]\nencoder = "off')
        case "deep":
            path.write_text("a = " + "[" * 100_000)
    done = dialens(tmp_path, "profiles")
    assert done.returncode != 0 and "profiles.toml" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.parametrize("name", ["indexed-folders.jsonl", "links.key", "signed-in.db"])
@pytest.mark.parametrize("kind", ["pipe", "endless", "deep", "huge"])
def test_odd_files_of_the_program_itself_hang_no_command(
    name: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "home" / name
    path.parent.mkdir()
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "endless":
            path.symlink_to("/dev/zero")
        case "deep":
            path.write_text("[" * 200_000)
        case _:
            with path.open("wb") as file:
                file.truncate(3 << 30)
    for command in (["status"], ["sessions", "list"], ["index", str(tmp_path / "none")]):
        assert "Traceback" not in dialens(path.parent, *command).stderr
