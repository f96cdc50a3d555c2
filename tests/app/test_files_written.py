"""Files that commands write: never over what they read, nor over another's work."""

import json
import os
from pathlib import Path

import pytest

from tests.app.test_commands import paint, run

PLAIN = "file,caption\na.png,a red wall\n"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    paint(tmp_path / "a.png", (200, 30, 30), (64, 64))
    (tmp_path / "captions.csv").write_text(PLAIN)
    return tmp_path


@pytest.mark.parametrize("more", [(), ("--force",)])
@pytest.mark.parametrize("link", ["", "symlink", "hardlink"])
def test_captions_are_never_written_over_by_the_dialogues_of_them(
    work: Path, link: str, more: tuple[str, ...]
) -> None:
    out = work / ("out.jsonl" if link else "captions.csv")
    if link == "symlink":
        out.symlink_to("captions.csv")
    elif link:
        os.link(work / "captions.csv", out)
    _, error = run("finetune", "make-dialogues", "captions.csv", out.name, *more, code=1)
    assert "is what is read; name another file to write" in error and error.count("\n") == 1
    assert (work / "captions.csv").read_text() == PLAIN


def test_a_file_that_is_there_is_replaced_by_force_only(work: Path) -> None:
    (work / "d.jsonl").write_text("my notes")
    where = ("finetune", "make-dialogues", "captions.csv", "d.jsonl")
    assert (
        "is there already and is not replaced; name another file, or --force"
        in run(*where, code=1)[1]
    )
    assert (work / "d.jsonl").read_text() == "my notes"
    run(*where, "--force")
    assert '"a red wall"' in (work / "d.jsonl").read_text()
    assert not list(work.glob(".*.partial"))


def test_a_folder_of_captions_loses_none_of_its_files(work: Path) -> None:
    _, error = run("finetune", "make-dialogues", ".", "captions.csv", "--force", code=1)
    assert "is what is read" in error
    assert (work / "captions.csv").read_text() == PLAIN


def test_a_grid_does_not_add_its_answers_to_what_it_reads(work: Path) -> None:
    (work / "g.toml").write_text('rewriter = ["", "plugir"]\n')
    (work / "q.jsonl").write_text('{"turns": ["red"], "target": "a"}\n')
    for out in ("q.jsonl", "g.toml", "captions.csv"):
        before = (work / out).read_bytes()
        _, error = run("grid", "g.toml", "q.jsonl", "--out", out, code=1)
        assert "name another file" in error
        assert (work / out).read_bytes() == before


def test_a_page_replaces_a_page_and_nothing_else(work: Path) -> None:
    run("index", ".", "-c", "walls")
    _, error = run("search", "red", "-c", "walls", "--html", "captions.csv", code=1)
    assert "is there already and is not replaced" in error
    assert (work / "captions.csv").read_text() == PLAIN
    for _ in range(2):
        run("search", "red", "-c", "walls", "--html", "page.html")
    _, error = run("export", "walls", "--to", "captions.csv", code=1)
    assert "is there already and is not replaced" in error
    for _ in range(2):
        run("export", "walls", "--to", "walls.parquet")


def test_a_grid_refuses_a_target_that_is_not_searched_and_takes_files_and_captions(
    work: Path,
) -> None:
    paint(work / "b.png", (30, 200, 30), (64, 64))
    run("index", ".", "-c", "pool")
    (work / "g.toml").write_text('fusion = ["rrf", "replace"]\nshortlist = [2, 3]\n')
    held = '{"turns": ["red"], "target": "a.png"}\n'
    for wrong in (
        '{"turns": ["x"], "target": "0123456789abcdef"}\n',
        '{"turns": ["x"], "target": "a.png", "picture": "none.png"}\n',
    ):
        (work / "q.jsonl").write_text(held + wrong)
        _, error = run("grid", "g.toml", "q.jsonl", "-c", "pool", code=1)
        assert "q.jsonl:2: no picture '" in error and error.count("\n") == 1
    (work / "q.jsonl").write_text(held)
    for questions in ("q.jsonl", "captions.csv"):
        rows = json.loads(run("grid", "g.toml", questions, "-c", "pool", "--json")[0])
        assert [row["questions"] for row in rows] == [1] * 4
        assert len({row["varied"] for row in rows}) == 4
        assert {"fusion rrf, shortlist 2", "fusion replace, shortlist 3"} <= {
            row["varied"] for row in rows
        }
