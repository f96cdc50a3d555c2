"""Globs as people have them: absolute, from above the collection, and of names with brackets."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

from tests.app.mcp_server.test_mcp import called, over_stdio
from tests.app.test_commands import paint, run, run_json

NAMES = ("[2019] trip", "{a,b}", "!no", "c++", "a\\b", "[2019-07-04] x", "private", "open air")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("above") / "Shots"
    for at, name in enumerate(NAMES):
        paint(folder / name / "p.png", (20 * at, 200, 30), (60 + at, 40))
    return folder


@pytest.fixture(scope="module", autouse=True)
def _indexed(photos: Path, new_home: Callable[[], Path]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(new_home()))
        patch.setenv("HOME", str(photos.parent))
        run("index", str(photos))
        yield


def lying(*conditions: str) -> set[str]:
    found = run_json("search", "green", "-k", "20", *conditions)
    return {Path(hit["path"]).parent.name for hit in found["hits"]}


@pytest.mark.parametrize(
    ("glob", "name"),
    [
        ("[2019] trip/**", "[2019] trip"),
        ("Shots/[2019-07-04] x/**", "[2019-07-04] x"),
        ("~/Shots/private/**", "private"),
    ],
)
def test_a_search_takes_a_folder_as_it_is_called_from_wherever_it_is_seen(
    glob: str, name: str
) -> None:
    assert lying("--path", glob) == {name}
    assert lying("--not-path", glob) == {*NAMES} - {name}


def test_what_no_file_matches_is_said_in_one_line_and_the_search_goes_on() -> None:
    out, told = run("search", "green", "--not-path", "Privat/**", "--path", "*", "--paths-only")
    assert len(out.splitlines()) == len(NAMES)
    assert "no file of the collection matches 'Privat/**'" in told
    assert len(told.splitlines()) == 1
    assert run("search", "green", "--not-path", "private/**", "--paths-only")[1] == ""


def test_conditions_that_nothing_meets_are_said_by_the_command_line_and_in_json() -> None:
    for conditions, line in (
        (("--after", "2020", "--before", "2019"), "taken both on 2020-01-01 or later and before"),
        (("--tag", "nosuchtag"), "is tagged 'nosuchtag'"),
    ):
        assert line in run_json("search", "green", *conditions)["doubt"]
        assert line in run("search", "green", *conditions, "--paths-only")[1]


def test_index_leaves_out_what_absolute_and_bracketed_globs_name(
    photos: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    out, globs = [f"{photos}/private/**", "[2019] trip", "Shots/c++", "nowhere/*"], list[str]()
    for glob in out:
        globs += ["--exclude", glob]
    said, told = run("index", str(photos), *globs, "--json")
    assert json.loads(said)["found"] == len(NAMES) - 3
    assert told.count("'nowhere/*' matches no file") == 1
    assert "private" not in told
    only, _ = run("index", str(photos), "--include", f"{photos}/private/**", "--exclude", "no")
    assert "1 new" in only and f"{len(NAMES) - 3} gone" in only


def test_an_agent_has_the_same_globs(photos: Path) -> None:
    async def ask() -> None:
        async with over_stdio(Path(os.environ["DIALENS_HOME"])) as client:
            for glob in (f"{photos}/private/**", "nowhere/**"):
                known = await called(client, "search", text="green", not_paths=[glob], k=20)
                assert len(known["pictures"]) == len(NAMES) - (glob != "nowhere/**")
                assert ("no file of the coll" in known["doubt"]) == (glob == "nowhere/**")

    anyio.run(ask)
