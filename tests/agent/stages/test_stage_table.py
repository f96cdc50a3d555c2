"""The table of stages: rows that open, names that people are told, and how a reranker is added."""

import re
import sys
from collections.abc import Iterator
from inspect import Parameter, signature
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from typer.main import get_command

from agent.options import found
from agent.stages import stage_table
from agent.stages.config import StageError, read_stages
from agent.stages.pipeline_builder import open_pipeline
from agent.stages.stage_table import STAGES, Stage, StageKind, stages_of
from app.cli import app
from prompts.load import load
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.agent.stages.test_stages import searcher

__all__ = ["searcher"]
HOUSE = Path(__file__).parent.parent.parent.parent


@pytest.mark.parametrize("row", STAGES, ids=lambda row: f"{row.kind}-{row.name}")
def test_every_row_opens_with_what_it_is_given_and_its_prompts_are_there(row: Stage) -> None:
    taken = signature(found(row.opener)).parameters.values()
    given = [one.name for one in taken if one.kind is not Parameter.KEYWORD_ONLY]
    assert given == (["resources", "searcher"] if row.kind == "ask" else ["resources"])
    assert all(load(name).name == name for name in row.prompts)


@pytest.mark.parametrize("kind", get_args(StageKind))
def test_no_name_stands_twice_and_each_is_told_in_the_document(kind: StageKind) -> None:
    assert len(stages_of(kind)) == len([row for row in STAGES if row.kind == kind])
    text = (HOUSE / "docs" / "stages.md").read_text("utf-8")
    assert not [name for name in stages_of(kind) if not re.search(rf"[`\"]{name}[`\"]", text)]


@pytest.mark.parametrize("kind", get_args(StageKind))
def test_the_help_names_every_stage(kind: StageKind) -> None:
    chat: Any = get_command(app).commands["chat"]  # type: ignore[attr-defined]
    (option,) = [one for one in chat.params if one.name == kind]
    assert not [name for name in stages_of(kind) if name not in option.help]


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Add the reranker of CONTRIBUTING.md: its file, its row."""
    text = (HOUSE / "CONTRIBUTING.md").read_text("utf-8")
    file, row = (
        re.search(rf"<!-- {mark} -->\n```python\n(.*?)```", text, re.DOTALL)[1]  # type: ignore[index]
        for mark in ("a reranker", "its row")
    )
    module = ModuleType("agent.rerank.brief")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(file, "agent/rerank/brief.py", "exec"), vars(module))  # as an import would
    added = eval(row, {"Stage": Stage})
    monkeypatch.setattr(stage_table, "STAGES", (*STAGES, added))
    yield file.splitlines()


def test_a_reranker_is_added_in_twenty_lines_and_searches(
    searcher: Searcher, brief: list[str], tmp_path: Path
) -> None:
    assert len(brief) <= 20
    path = tmp_path / "s.toml"
    path.write_text("reranker = 'brief'\n[reranker_options]\ndepth = 3\n", encoding="utf-8")
    pipeline = open_pipeline(read_stages(path), searcher.collection, searcher)
    assert pipeline.shortlist == 20
    found = pipeline.find(Query(wanted=("a red wall",)), 4)
    assert not found.lost and "rerank" in found.seconds
    assert sum("brief" in hit.why.scores for hit in found.hits) == 3


def test_what_is_wrong_with_the_options_of_a_new_reranker_is_told(
    brief: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "s.toml"
    path.write_text("reranker = 'brief'\n[reranker_options]\ndepth = '9'\nwide = 1\n", "utf-8")
    with pytest.raises(StageError) as raised:
        read_stages(path)
    assert str(raised.value).splitlines() == [
        f"{path}: reranker_options.depth: must be a whole number, without quotes; got '9'",
        f"{path}: reranker_options.wide: there is no such key; there are depth",
    ]
