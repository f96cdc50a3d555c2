"""What stands in the home folder and should not, and what the command says of itself."""

from importlib.metadata import version
from pathlib import Path

import pytest

from tests.app.test_commands import paint, run


@pytest.mark.parametrize(
    ("command", "place"),
    [
        *[("index", ""), ("index", "collections"), ("status", ""), ("status", "collections")],
        *[("search", ""), ("search", "collections"), ("sessions", ""), ("sessions", "sessions")],
    ],
)
def test_a_file_where_a_folder_must_be_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, place: str
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(home := tmp_path / "home"))
    (home / place).parent.mkdir(exist_ok=True)
    (home / place).write_text("in the way")
    paint(tmp_path / "pictures" / "a.png", (9, 9, 9), (40, 40))
    rest = {"index": [str(tmp_path / "pictures")], "search": ["red"], "sessions": ["list"]}
    _, said = run(command, *rest.get(command, []), code=1)
    assert said.endswith(f"{home / place} is a file, and a folder must be there; move it away\n")


def test_what_macos_writes_beside_a_conversation_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(tmp_path))
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "._trip.jsonl").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X")
    assert "no conversation yet" in "".join(run("sessions", "list"))


def test_the_command_says_its_version() -> None:
    assert run("--version")[0].split() == ["dialens", version("dialens")]
