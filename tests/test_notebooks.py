"""Every notebook runs from top to bottom in a kernel of its own; the tree holds no output."""

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from eval.benchmarks.published.tux_paint_stamps import STAMPS

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
DOCS = {"02": "experiments.md", "03": "languages.md"}
QUESTIONS = re.compile(r"^QUESTIONS = \w+", re.MULTILINE)
LINE = re.compile(r"^(\| [\w-]+ \| [^|]+ \|) ", re.MULTILINE)  # task and system


def test_there_are_notebooks() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04"]


@pytest.fixture(scope="module")
def home(new_home: Callable[[], Path]) -> Path:
    """One for all, as a reader has: the pictures of a benchmark are encoded once."""
    return new_home()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Proactor event loop", "ignore:datetime.datetime.utc")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DIALENS_QUICK", "1")  # trains little
    book = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in book.cells)
    for cell in book.cells:
        cell.source = QUESTIONS.sub("QUESTIONS = 2", cell.source)
    NotebookClient(book, timeout=600, kernel_name="python3").execute()
    shown = "\n".join(
        str(out["data"]["text/markdown"])
        for cell in book.cells
        for out in cell.get("outputs", ())
        if "text/markdown" in out.get("data", {})
    )
    if page := DOCS.get(path.name[:2]):
        told = (ROOT / "docs" / page).read_text(encoding="utf-8")
        lines = set(LINE.findall(told))
        assert lines, page
        if STAMPS.is_dir():
            assert lines <= set(LINE.findall(shown)), "the page holds a table of something else"
