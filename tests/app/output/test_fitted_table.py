"""Tables at every width: nothing is cut, and no column goes missing."""

import io
import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from app.evaluation.compare_runs import in_columns
from app.evaluation.run_grid import table
from app.output.fitted_table import Column, Fitted
from app.output.hit_table import hit_table
from eval.grid.grid import GridRow as GridRow
from eval.reports.table import sheet
from retrievers.hit import Hit, Picture
from tests.eval.reports.test_table import OURS

FIGURES = st.floats(0, 99_999).map(lambda one: f"{one:.3f}")
NAMES = st.text(st.sampled_from("abc de-[/]x_東京"), max_size=40)
CUT = "\N{HORIZONTAL ELLIPSIS}"


def printed(shown: RenderableType, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False)
    console.print(shown)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@settings(max_examples=60)
@given(
    width=st.integers(20, 200),
    rows=st.lists(st.tuples(NAMES, FIGURES, FIGURES, NAMES, FIGURES), min_size=1, max_size=4),
    heads=st.permutations(["system", "R@1", "tokens/query", "why it came", "p"]),
)
def test_no_width_cuts_a_cell_or_hides_a_column(
    width: int, rows: list[tuple[str, str, str, str, str]], heads: list[str]
) -> None:
    folds = (True, False, False, True, False)
    columns = [Column(head=head, folds=one) for head, one in zip(heads, folds, strict=True)]
    text = printed(Fitted(columns=columns, rows=rows), width)
    assert CUT not in text
    assert max(map(len, text.splitlines())) <= width
    bare = re.sub(r"\s", "", text)
    for head, fold, cells in zip(heads, folds, zip(*rows, strict=True), strict=True):
        assert head.replace(" ", "") in bare or not any(cells)
        assert fold or all(cell in text for cell in cells)
    told = sum(len(re.sub(r"\s", "", cell)) for row in rows for cell in row)
    assert len(bare) >= told  # names are whole, too


GRID = GridRow(
    system="s",
    rewriter="rewrite-query",
    reranker="listwise",
    llm="qwen3",
    mllm="smolvlm",
    questions=5,
    first_r1=0.825,
    ceiling=0.875,
    r1=0.725,
    r10=0.925,
    seconds=0.82,
    tokens=1234.0,
    lost=0.25,
    prompts="",
    places=(),
)
TAKEN = datetime(2019, 7, 4)
HITS = [Hit(Picture("1", "1", (Path("/p/a long name of a file.jpg"),), 640, 480, 9, TAKEN), 0.5, 1)]


@pytest.mark.parametrize("width", [20, 30, 40, 80, 120])
@pytest.mark.parametrize(
    ("shown", "figures"),
    [
        (table([GRID]), ["0.825", "0.875", "0.725", "0.925", "1234", "0.25", "0.82"]),
        (in_columns(sheet(OURS, note="a protocol")), ["0.250", "8.000", "0.500", "9.000"]),
        (hit_table(HITS, roots=[Path("/p")], why=True), ["0.500", "2019-07-04", "640x480"]),
    ],
    ids=["grid", "eval table", "search"],
)
def test_the_tables_of_the_house_keep_their_figures(
    shown: Fitted, figures: list[str], width: int
) -> None:
    text = printed(shown, width)
    assert CUT not in text
    assert all(one in text for one in figures), text
