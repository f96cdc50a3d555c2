"""Conditions in a row, ages, stars, missing facts and numbers of pictures, as people say them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.app.test_commands import paint, run

NAMES = {
    "cabin": "home/IMG_20180310_100000.jpg",
    "sofa": "home/IMG_20190115_100000.png",
    "lamp": "home/undated.jpg",
    "desk": "work/IMG_20190704_120000.jpg",
    "garden": "work/IMG_20200704_120000.jpg",
    "letter": "scans/IMG_20210210_100000.png",
    "fjord": "trips/oslo/IMG_20180701_100000.webp",
    "forum": "trips/rome/IMG_20220505_100000.jpg",
}
CAMERAS = {"cabin": ("NIKON", "NIKON D90"), "desk": ("Canon", "Canon EOS 5D")}
TAGS = {"cabin": "family", "garden": "family;plants", "fjord": "norway", "forum": "italy"}
STARS = {"cabin": 5, "desk": 3, "garden": 2, "fjord": 4}
PORTRAITS = {"cabin", "forum"}
ALL = set(NAMES)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "Days"
    for at, (name, place) in enumerate(NAMES.items()):
        size = (40, 60 + at) if name in PORTRAITS else (60 + at, 40)
        paint(folder / place, (200, 10 * at, 20), size)
        with Image.open(folder / place) as picture:
            exif = picture.getexif()
            exif[271], exif[272] = CAMERAS.get(name, ("", ""))
            exif[0x9C9E] = TAGS.get(name, "").encode("utf-16-le")  # XPKeywords
            exif[0x4746] = STARS.get(name, 0)
            picture.save(folder / place, exif=exif)
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
    return home


def said_to(home: Path, said: list[str]) -> tuple[str, list[list[str]]]:
    """Say all this in one chat; returns what it printed, and the pictures shown after each."""
    name = f"t{abs(hash(tuple(said)))}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        told, _ = run("chat", "--session", name, said="\n".join(said) + "\n")
        turns = json.loads(run("sessions", "show", name, "--json")[0])["turns"]
    files = {Path(place).name: one for one, place in NAMES.items()}
    shown = [
        [files[Path(hit["picture"]["paths"][0]).name] for hit in turn.get("hits", ())]
        for turn in turns
    ]
    return told, shown


SAID = {
    "except those from work": ALL - {"desk", "garden"},
    "without the ones from 2020": ALL - {"garden"},
    "tagged family but not those from 2020": {"cabin"},
    "not those with the tag italy": ALL - {"forum"},
    "from home but none from 2019": {"cabin", "lamp"},
    "from the home folder, no portraits": {"sofa", "lamp"},
    "no landscapes": PORTRAITS,
    "without any tags": ALL - set(TAGS),
    "no keywords": ALL - set(TAGS),
    "from 2018 or 2020": {"cabin", "fjord", "garden"},
    "in 2018 and in 2022": {"cabin", "fjord", "forum"},
    "2019, 2020 and 2021": {"sofa", "desk", "garden", "letter"},
    "from march 2018 and july 2019": {"cabin", "desk"},
    "red walls from 2021 or 2022": {"letter", "forum"},
    "in june or july 2019": {"desk"},
    "the 3rd or 4th of july 2020": {"garden"},
    "before 2019 or after 2021": {"cabin", "fjord", "forum"},
    "not from 2018 or 2019": ALL - {"cabin", "fjord", "sofa", "desk"},
    "except 2018, 2019 and 2020": {"lamp", "letter", "forum"},
    "after 2018, before 2020": {"sofa", "desk"},
    "not in work, scans or trips": {"cabin", "sofa", "lamp"},
    "outside of home and work": {"letter", "fjord", "forum"},
    "from home or scans": {"cabin", "sofa", "lamp", "letter"},
    "pictures from home except the pngs": {"cabin", "lamp"},
    "not tagged plants or norway": ALL - {"garden", "fjord"},
    "tagged norway or italy": {"fjord", "forum"},
    "tagged family and plants": {"garden"},
    "taken with a nikon or canon": {"cabin", "desk"},
    "only png or webp": {"sofa", "letter", "fjord"},
    "in trips/oslo": {"fjord"},
    "up to and including 2018": {"cabin", "fjord"},
    "between Christmas 2018 and New Year 2020": {"sofa", "desk"},
    "2018-07-01..2019-02-01": {"fjord", "sofa"},
    "from '18": {"cabin", "fjord"},
    "taken after 3 pm on 4 July 2019": set(),
    "five stars": {"cabin"},
    "more than 3 stars": {"cabin", "fjord"},
    "under 4 stars": {"desk", "garden"},
    "2 to 4 stars": {"desk", "garden", "fjord"},
    "not 5 stars": ALL - {"cabin"},
    "unrated": ALL - set(STARS),
    "undated": {"lamp"},
    "no date known": {"lamp"},
    "not later than 2018": {"cabin", "fjord"},
    "no later than 2018": {"cabin", "fjord"},
    "no older than 2021": {"letter", "forum"},
    "not before 2021": {"letter", "forum"},
    "on weekends": {"cabin", "garden", "fjord"},
    "on thursdays": {"desk", "forum"},
    "weekends only, from 2018": {"cabin", "fjord"},
    "not on weekends": ALL - {"cabin", "garden", "fjord"},
    "in the mornings": {"cabin", "sofa", "letter", "fjord", "forum"},
    "between 11 and 1 pm": {"desk", "garden"},
    "taken in summer": {"desk", "garden", "fjord"},
    "every july": {"desk", "garden", "fjord"},
    "every 4th of july": {"desk", "garden"},
    "only in winter": {"sofa", "letter"},
    "on weekends in summer": {"garden", "fjord"},
    "2020 or later": {"garden", "letter", "forum"},
    "before covid": {"cabin", "sofa", "desk", "fjord"},
    "during lockdown": {"garden", "letter"},
    "at night": ALL,
    "a flag with five stars": ALL,
    "a 5 year old boy": ALL,
    "like those": ALL,
}


def test_conditions_hold_as_they_were_said(home: Path) -> None:
    _, shown = said_to(home, ["red", *(line for one in SAID for line in (one, "undo"))])
    assert dict(zip(SAID, map(set, shown[1::2]), strict=True)) == SAID


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("show me 3 pictures", 3),
        ("top five", 5),
        ("just one picture", 1),
        ("limit it to 4", 4),
        ("the first 2 in home", 2),
        ("give me two photos from work or scans", 2),
    ],
)
def test_a_number_of_pictures_says_how_many_are_shown(home: Path, said: str, count: int) -> None:
    assert len(said_to(home, ["red", said])[1][-1]) == count


@pytest.mark.parametrize(
    ("said", "then", "left"),
    [
        ("from 2018 or 2019", "from 2020", {"garden"}),
        ("from 2020", "from 2021 or 2022", {"letter", "forum"}),
        ("from 2018 or 2019", "not from 2019", {"cabin", "fjord"}),
        ("from 2018 or 2019", "any date", ALL),
        ("undated", "from 2020", {"garden"}),
        ("from 2020", "undated", {"lamp"}),
        ("tagged norway or italy", "from 2022 or 2021", {"forum"}),
    ],
)
def test_a_later_condition_takes_the_place_of_a_row(
    home: Path, said: str, then: str, left: set[str]
) -> None:
    assert set(said_to(home, ["red", said, then])[1][-1]) == left


@pytest.mark.parametrize(
    "said", ["more than 30 years ago", "at least 30 years old", "older than 30 years"]
)
def test_an_age_bounds_the_day_and_is_no_year(home: Path, said: str) -> None:
    assert said_to(home, ["red", said])[1][-1] == []


def test_half_a_comparison_is_said_and_not_guessed(home: Path) -> None:
    told, _ = said_to(home, ["red", "between the war and 2019"])
    assert "is not understood as a time" in told


@pytest.mark.parametrize("said", ["any date", "no filters", "forget about the tags"])
def test_nothing_is_answered_with_an_empty_line(home: Path, said: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        told, _ = run("chat", said=f"{said}\n")
    assert "nothing is asked for" in told


@pytest.mark.parametrize(
    ("fact", "left"), [("date", {"lamp"}), ("tags", ALL - set(TAGS)), ("rating", ALL - set(STARS))]
)
def test_search_finds_pictures_that_lack_a_fact(home: Path, fact: str, left: set[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        told, _ = run("search", "--lacks", fact, "--json")
    files = {Path(place).name: one for one, place in NAMES.items()}
    assert {files[Path(hit["paths"][0]).name] for hit in json.loads(told)["hits"]} == left


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--on", "weekends"], {"cabin", "garden", "fjord"}),
        (["--on", "mon-wed"], {"sofa", "letter"}),
        (["--at", "11-13"], {"desk", "garden"}),
        (["--season", "winter"], {"sofa", "letter"}),
        (["--season", "07-01/07-03", "--on", "sunday"], {"fjord"}),
        (["--at", "afternoons", "--after", "2020"], {"garden"}),
    ],
)
def test_search_finds_pictures_of_times_that_come_again(
    home: Path, options: list[str], left: set[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        told, _ = run("search", *options, "--json")
    files = {Path(place).name: one for one, place in NAMES.items()}
    assert {files[Path(hit["paths"][0]).name] for hit in json.loads(told)["hits"]} == left


@pytest.mark.parametrize(
    ("option", "told"),
    [("--on", "days of the week look like"), ("--at", "a time of day looks like"),
     ("--season", "a season looks like")],
)  # fmt: skip
def test_search_refuses_times_that_are_none(home: Path, option: str, told: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        assert told in run("search", option, "soon", code=1)[1]


@pytest.mark.parametrize("words", [[], ["red"]])
def test_search_lists_what_it_finds_by_date(home: Path, words: list[str]) -> None:
    files = {Path(place).name: one for one, place in NAMES.items()}
    listed = []
    for order in ("oldest", "newest"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DIALENS_HOME", str(home))
            told, _ = run("search", *words, "--order", order, "--json")
        listed.append([files[Path(hit["paths"][0]).name] for hit in json.loads(told)["hits"]])
    by_date = ["cabin", "fjord", "sofa", "desk", "garden", "letter", "forum"]
    assert listed == [[*by_date, "lamp"], [*by_date[::-1], "lamp"]]
