"""Tags, stars and dates of files, from the command line to the answer."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from tests.app.test_commands import paint, run, run_json
from tests.retrievers.pictures.metadata.test_metadata import TAKEOUT, bag, xmp


@pytest.fixture
def attic(tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures of which no day is known, and one of which it is."""
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    folder = tmp_path / "attic"
    for at, name in enumerate(PARTLY, start=1):
        paint(folder / name, (20 * at, 20, 90), (60 + at, 40))
    Image.open(folder / "year.jpg").save(folder / "year.jpg", exif=EXIF_YEAR)
    (folder / "month.xmp").write_bytes(xmp(attributes='photoshop:DateCreated="1984-08"'))
    (folder / "both 1984-05.xmp").write_bytes(xmp(attributes='photoshop:DateCreated="1984"'))
    run("index", str(folder))
    return folder


PARTLY = {
    "year.jpg": "1984",
    "month.jpg": "1984-08",
    "both 1984-05.jpg": "1984-05",
    "Grandma 1956-08.jpg": "1956-08",
    "Photo on 11-02-2014 at 18.22.jpg": "2014",
    "Sommer, Juli 2013.jpg": "2013-07",
    "1er avril 1984.jpg": "1984-04-01T00:00:00",
    "IMG_1984.jpg": None,
    "IMG_1984-08.jpg": None,
    "Summer 2018 (1984 remaster).jpg": None,
}
EXIF_YEAR = Image.Exif()
EXIF_YEAR.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "1984:00:00 00:00:00"


def test_a_date_is_kept_to_where_it_is_known(attic: Path) -> None:
    hits = run_json("search", "--path", "*", "-k", "50")["hits"]
    assert {Path(hit["path"]).name: hit["taken"] for hit in hits} == PARTLY
    shown, _ = run("search", "--before", "1957")
    assert " 1956-08 " in shown and "1956-08-01" not in shown
    run("search", "--before", "1985", "--html", str(page := attic.parent / "page.html"))
    assert "August 1956" in page.read_text() and ">1984 by EXIF" in page.read_text()


@pytest.mark.parametrize(
    ("asked", "conditions", "found"),
    [
        ("photos of 1984", ["--after", "1984", "--before", "1985"], "year month both 1er"),
        ("in August 1984", ["--after", "1984-08", "--before", "1984-09"], "month"),
        ("on 1 April 1984", ["--after", "1984-04-01", "--before", "1984-04-02"], "1er"),
        ("from May to August 1984", ["--after", "1984-05", "--before", "1984-09"], "month both"),
        ("in the fifties", ["--after", "1950", "--before", "1960"], "Grandma"),
        ("after 2013", ["--after", "2014"], "Photo"),
    ],
)
def test_a_year_or_a_month_is_found_where_all_of_it_was_asked_for(
    attic: Path, asked: str, conditions: list[str], found: str
) -> None:
    known = [name for name in PARTLY if name.startswith(tuple(found.split()))]
    assert names(*conditions) == sorted(known)
    run("chat", "--session", "s", said=f"{asked}\nsave all as kept\n")
    saved = Path(os.environ["DIALENS_HOME"]) / "sessions" / "s" / "kept.txt"
    assert sorted(Path(row).name for row in saved.read_text().splitlines()) == sorted(known)


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
    "day",
    [
        *("2019/07/04", "2019:07:04", "4.7.19", "July 4th, 2019", "2019-07-04T18:30:05+02:00"),
        *("2019年7月4日", "4. Juli 2019", "4 juillet 2019", "4 de julio de 2019", "2019–07–04"),
    ],
)
def test_a_day_on_the_command_line_is_the_same_in_every_spelling(album: Path, day: str) -> None:
    assert names("--after", day, "--before", "5 July 2019") == ["b.png"]


def test_a_day_that_can_be_two_is_said_and_the_other_offered(album: Path) -> None:
    _, told = run("search", "--after", "07/04/2019", "--paths-only")
    assert "7 April 2019; for 4 July 2019 say 2019-07-04" in told
    assert run("search", "--after", "13/04/2019", "--paths-only")[1] == ""
    assert "there is no day '31.2.2019'" in run("search", "--after", "31.2.2019", code=1)[1]


@pytest.mark.parametrize("written", ["#beach", "beach", "# Beach", "＃beach"])
def test_a_tag_is_found_with_its_hash_and_without(
    tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    paint(tmp_path / "p" / "a.jpg", (20, 20, 90), (60, 40))
    paint(tmp_path / "p" / "b.jpg", (90, 20, 90), (60, 40))
    (tmp_path / "p" / "a.xmp").write_bytes(xmp(bag("dc:subject", written)))
    (tmp_path / "p" / "b.xmp").write_bytes(xmp(bag("dc:subject", "C#")))
    run("index", str(tmp_path / "p"))
    for asked in ("beach", "#beach", "#BEACH"):
        (hit,) = run_json("search", "--tag", asked)["hits"]
        assert hit["path"].endswith("a.jpg")
    assert run_json("search", "--tag", "C")["hits"] == []


def test_what_takeout_says_of_the_heic_dates_the_jpeg_of_it_if_nothing_else_does(
    tmp_path: Path, new_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(new_home()))
    said = json.dumps(TAKEOUT)
    for at, name in enumerate(("IMG_7", "2001-02-03", "IMG_8", "IMG_9")):
        paint(tmp_path / "p" / f"{name}.jpg", (20 * at, 20, 90), (60, 40))
        (tmp_path / "p" / f"{name}.HEIC.json").write_text(said)
    Image.open(tmp_path / "p" / "IMG_8.jpg").save(tmp_path / "p" / "IMG_8.jpg", exif=EXIF_YEAR)
    (tmp_path / "p" / "IMG_9.HEIC.json").rename(tmp_path / "p" / "IMG_9.PNG.json")
    run("index", str(tmp_path / "p"))
    hits = run_json("search", "--path", "*")["hits"]
    assert {Path(hit["path"]).stem: hit["taken_from"] for hit in hits} == {
        "IMG_7": "takeout",
        "2001-02-03": "name",
        "IMG_8": "exif",
        "IMG_9": None,
    }
