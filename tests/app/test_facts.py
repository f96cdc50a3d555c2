"""Tags, stars and dates of files, from the command line to the answer."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.test_commands import paint, run, run_json
from tests.retrievers.pictures.test_metadata import TAKEOUT, bag, xmp


@pytest.fixture
def album(tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    folder = tmp_path / "album"
    for at, name in enumerate(("a.png", "b.png", "IMG-20180101-WA0007.png"), start=1):
        paint(folder / name, (60 * at, 20, 20), (60 + at, 40))
    (folder / "a.xmp").write_bytes(
        xmp(bag("dc:subject", "Zugspitze"), 'xmp:Rating="4" exif:DateTimeOriginal="2017-02-03"')
    )
    (folder / "b.png.json").write_text(json.dumps(TAKEOUT | {"description": "Omas Torte"}))
    run("index", str(folder))
    return folder


def names(*options: str) -> list[str]:
    return sorted(Path(hit["path"]).name for hit in run_json("search", *options)["hits"])


def test_search_has_conditions_on_tags_stars_and_dates_of_all_sources(album: Path) -> None:
    assert names("--tag", "zugspitze") == ["a.png"]
    assert names("--rating", "4+") == names("--rating", "3-5") == ["a.png"]
    assert names("--rating", "<=3") == names("--rating", "5") == []
    assert names("--after", "2019-07-04", "--before", "2019-07-05") == ["b.png"]
    assert names("--before", "2018-01-02", "--after", "2018-01-01") == ["IMG-20180101-WA0007.png"]
    assert "must be stars from 1 to 5" in run("search", "--rating", "many", code=1)[1]


def test_answers_say_who_dated_them(album: Path) -> None:
    (hit,) = run_json("search", "--tag", "ann")["hits"]
    assert (hit["taken"], hit["taken_from"]) == ("2019-07-04T18:30:05", "takeout")
    assert hit["description"] == "Omas Torte"
    assert "dated by Google Takeout" in " ".join(run("search", "--tag", "ann", "--why")[0].split())
    (found, *_) = run_json("search", "omas torte")["hits"]
    assert "torte" in found["why"]["words"]


def test_a_changed_sidecar_is_found_after_the_next_index(album: Path) -> None:
    (album / "a.xmp").write_bytes(xmp(bag("dc:subject", "Wetterstein"), 'xmp:Rating="5"'))
    assert "1 read anew for what they say" in run("index", str(album))[0]
    assert names("--tag", "wetterstein") == names("--rating", "5") == ["a.png"]
    assert names("--tag", "zugspitze") == []


@pytest.mark.parametrize(
    "day", ["2019/07/04", "2019:07:04", "4.7.19", "July 4th, 2019", "2019-07-04T18:30:05+02:00"]
)
def test_a_day_on_the_command_line_is_the_same_in_every_spelling(album: Path, day: str) -> None:
    assert names("--after", day, "--before", "5 July 2019") == ["b.png"]


def test_a_day_that_can_be_two_is_said_and_the_other_offered(album: Path) -> None:
    _, told = run("search", "--after", "07/04/2019", "--paths-only")
    assert "7 April 2019; for 4 July 2019 say 2019-07-04" in told
    assert run("search", "--after", "13/04/2019", "--paths-only")[1] == ""
    assert "there is no day '31.2.2019'" in run("search", "--after", "31.2.2019", code=1)[1]
