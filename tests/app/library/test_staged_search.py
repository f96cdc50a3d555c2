"""`dialens search` with stages behind the first one, on the offline model and dead servers."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.test_commands import COLOURS, paint, run, run_json

ROOT = Path(__file__).parents[3]
DEAD = "openai:m@http://127.0.0.1:9/v1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "Walls"
    for name, colour in COLOURS.items():
        paint(folder / f"{name}.png", colour, (120, 90))
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
    return home


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(home))


def test_a_search_tells_seconds_by_stage_and_each_stages_scores() -> None:
    found = run_json("search", "red", "--reranker", "yesno", "-k", "2")
    assert {"search", "rerank"} <= set(found["stages"])
    assert found["seconds"] == pytest.approx(sum(found["stages"].values()), abs=1e-3)
    assert (found["rewritten"], found["lost"]) == ("", [])
    assert any(name.startswith("yesno@") for name in found["hits"][0]["why"]["scores"])
    table, _ = run("search", "red", "--reranker", "yesno", "-k", "2", "--why")
    assert "yesno@offline" in "".join(table.split())


def test_a_file_names_the_stages_and_an_option_goes_before_it(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(f'reranker = "pick"\nmllm = "{DEAD}"\n[mllm_options]\nretries = 0\n')
    lost = run_json("search", "red", "--stages", str(path))
    assert lost["lost"][0].startswith("rerank: openai:m@127.0.0.1:9: the server cannot be reached")
    assert len(lost["hits"]) == 3
    assert (
        "rerank" not in run_json("search", "red", "--stages", str(path), "--reranker", "")["stages"]
    )
    _, said = run("search", "red", "--stages", str(path))
    assert said.startswith("lost: rerank: ")


def test_no_budget_is_the_first_stage_only() -> None:
    found = run_json("search", "red", "--reranker", "yesno", "--budget", "0")
    assert "rerank" not in found["stages"]


def test_a_stage_that_does_not_exist_is_refused_in_one_line() -> None:
    _, said = run("search", "red", "--reranker", "best", code=1)
    assert said.startswith("dialens: reranker: there is no 'best'; there are blip2, ")


def test_a_terminal_shows_the_first_order_before_the_last(home: Path) -> None:
    """An order on the way is wiped out again: the table's head is written more than once."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "app.start", "search", "red", "--reranker", "yesno"]
    done = subprocess.Popen(
        [*command, "--thumbnails", "none"],
        cwd=ROOT,
        env={**os.environ, "DIALENS_HOME": str(home), "TERM": "xterm", "COLUMNS": "100"},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # Linux: the other end is closed
        pass
    os.close(ours)
    assert done.wait(60) == 0
    assert shown.count(b"score") >= 3
    assert b"\x1b[2K" in shown


def test_scripts_see_one_document_and_no_preview() -> None:
    out, _ = run("search", "red", "--reranker", "yesno", "--json")
    assert json.loads(out)["hits"] and "\x1b" not in out
