"""A query that the offline encoder cannot read is said once a session, through every door."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from agent.stages.unknown_language import REMEDY
from app.chat.open_chat import begin
from app.cli import app
from app.library.indexing import index
from app.library.query_options import opened_collection

GERMAN, JAPANESE = "ein roter Ball mit einem Hund", "赤いボール"


@pytest.fixture
def collection(
    tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    folder = tmp_path / "Shapes"
    folder.mkdir()
    for colour in ("red", "green", "blue"):
        Image.new("RGB", (64, 64), colour).save(folder / f"{colour}.png")
    name, _ = index(folder, name=None, include=None, exclude=None, models=None, retry_failed=False)
    return name


@pytest.mark.parametrize(
    ("said", "what"),
    [(GERMAN, "German, which this seems to be"), (JAPANESE, "the script of this")],
)
def test_a_search_says_it_with_the_remedy(collection: str, said: str, what: str) -> None:
    ran = CliRunner().invoke(app, ["search", said, "--json"])
    told = json.loads(ran.stdout)["doubt"]
    line = f"The encoder of 'Shapes' does not know {what}. {REMEDY}Shapes --profile auto"
    assert told.startswith(line)
    assert line in CliRunner().invoke(app, ["search", said]).stderr


def test_english_is_not_remarked_on(collection: str) -> None:
    for said in ("a red ball", "ball", "Las Vegas"):
        ran = CliRunner().invoke(app, ["search", said, "--json"])
        assert REMEDY not in json.loads(ran.stdout)["doubt"]


def test_a_conversation_says_it_once(collection: str) -> None:
    with opened_collection(collection) as opened:
        session = begin(opened, "once", page=3)
        first = session.ask(JAPANESE)
        assert REMEDY in first.doubt
        session.ask("start over")
        again = session.ask("青い家")
        assert again.hits
        assert REMEDY not in again.doubt
        resumed = begin(opened, "once", page=3)
        resumed.ask("start over")
        assert REMEDY not in resumed.ask("緑の山").doubt
