"""The demo on the photographs that `make demo` unpacks, with the offline encoder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.demo.demonstration import ABOUT_OURS, named
from app.library.query_options import opened_collection
from retrievers.search.searcher import Searcher

RIGHT = {
    "an astronaut": "astronaut.png",
    "a cup of coffee": "coffee.png",
    "a cat": "chelsea.png",
    "a rocket": "rocket.jpg",
    "a lion": "lion.jpg",
    "a temple in China": "china.jpg",
}


@pytest.mark.slow
def test_the_demo_finds_what_it_names_and_leaves_a_page_of_its_conversation(
    new_home: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    page = tmp_path / "demo.html"
    done = CliRunner().invoke(app, ["demo", "--html", str(page)])
    assert done.exit_code == 0, done.output
    with opened_collection("demo") as open_collection:
        first = dict(named(Searcher(open_collection.collection, open_collection.encoder)))
    assert {asked: hit.picture.path.name for asked, hit in first.items()} == RIGHT
    written = page.read_text("utf-8")
    assert all(said in written for said in ABOUT_OURS)
    assert written.count("data:image/") >= 15


def test_the_demo_talks_about_your_own_pictures(
    new_home: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    done = CliRunner().invoke(app, ["demo", "--photos", "mine"])
    assert done.exit_code == 1
    assert "no pictures in" in done.stderr
