"""A picture is named as it was printed: by id, by any of its paths, by its name."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.test_commands import run, run_json
from tests.retrievers.folders import paint


@pytest.fixture
def photos(tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    folder = tmp_path / "Photos"
    for seed, name in enumerate(("a.png", "trips/a.png", "trips/rome/é_1.png", "trips/b.png")):
        paint(folder / name, seed)
    run("index", str(folder))
    return folder


def refused(*command: str) -> str:
    return run(*command, code=1)[1]


def first(*options: str) -> str:
    return str(run_json("search", *options, "-k", "1")["hits"][0]["path"])


@pytest.mark.parametrize("option", ["--like", "--image"])
def test_every_path_that_a_search_prints_is_taken_back(
    photos: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    for hit in run_json("search", "anything", "-k", "9")["hits"]:
        below = os.path.relpath(hit["path"], photos)
        for name in (hit["path"], below):
            assert first(option, name) == hit["path"]
    assert first("--like", "Photos/trips/b.png") == str(photos / "trips/b.png")


def test_what_lies_here_goes_before_what_lies_in_the_collection(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos / "trips")
    assert first("--like", "a.png") == str(photos / "trips/a.png")
    monkeypatch.chdir("/")
    assert first("--like", "a.png") == str(photos / "a.png")


def test_a_name_alone_is_enough_where_there_is_one(photos: Path) -> None:
    assert first("--like", "b.png") == str(photos / "trips/b.png")
    assert first("--like", "e\u0301_1.png".replace("e\u0301", "\u00e9")).endswith("_1.png")


def test_a_name_of_several_is_refused_with_their_paths(photos: Path, tmp_path: Path) -> None:
    paint(photos / "more" / "b.png", 77)
    run("index", str(photos))
    said = refused("search", "--like", "b.png")
    assert "'b.png' is 2 pictures of 'Photos': " in said and "give the whole path" in said
    assert str(photos / "more/b.png") in said and str(photos / "trips/b.png") in said
    shutil.copy(photos / "trips/b.png", photos / "more/c.png")  # of one content: one picture
    run("index", str(photos))
    assert first("--like", "c.png")


def test_what_is_no_picture_is_named(photos: Path) -> None:
    assert "'x.png' is no picture of 'Photos'" in refused("search", "--like", "x.png")
    assert "--exclude-id: 'x.png' is no" in refused("search", "a", "--exclude-id", "x.png")
    left = run_json("search", "a", "--exclude-id", "trips/b.png", "-k", "9")["hits"]
    assert len(left) == 3
