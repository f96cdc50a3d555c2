"""Conditions as people say them in a chat: folders by their names, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.app.server.running import running
from tests.app.test_commands import paint, run

NAMES = {
    "urlaub": "2019 Urlaub/IMG_20190704_120000.jpg",
    "trip": "my trip/IMG_20200301_100000.png",
    "grandma": "Grandma's house/IMG_20191224_180000.jpg",
    "berlin": "work/2021 Berlin/IMG_20210805_090000.jpg",
    "best": "Best_of 2020 [new]/IMG_20200715_120000.jpg",
    "export": "export/IMG_20210101_000000.jpg",
    "trash": "trash/IMG_20220101_000000.jpg",
    "été": "Été à Nice/undated.jpg",
}
CAMERAS = {"trip": ("Apple", "iPhone 11"), "export": ("Canon", "Canon EOS 5D")}
TAGS = {"grandma": "Aunt May;family", "berlin": "sea"}
ALL = set(NAMES)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "Places"
    for at, (name, place) in enumerate(NAMES.items()):
        paint(folder / place, (200, 10 * at, 20), (60 + at, 40))
        if name in CAMERAS or name in TAGS:
            with Image.open(folder / place) as picture:
                exif = picture.getexif()
                exif[271], exif[272] = CAMERAS.get(name, ("", ""))
                exif[0x9C9E] = TAGS.get(name, "").encode("utf-16-le")  # XPKeywords
                picture.save(folder / place, exif=exif)
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
    return home


def shown(home: Path, said: list[str]) -> list[set[str]]:
    """Say all this in one chat; returns the names of the pictures shown after each."""
    name = f"t{abs(hash(tuple(said)))}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("chat", "--session", name, said="\n".join(said) + "\n")
        turns = json.loads(run("sessions", "show", name, "--json")[0])["turns"]
    files = {Path(place).name: one for one, place in NAMES.items()}
    return [
        {files[Path(hit["picture"]["paths"][0]).name] for hit in turn.get("hits", ())}
        for turn in turns
    ]


SAID = {
    "not in the folder 2019 Urlaub": ALL - {"urlaub"},
    "not in the folder 'my trip'": ALL - {"trip"},
    "only in export": {"export"},
    "leave out the folder “été à nice”": ALL - {"été"},
    "except the folder Grandma's house": ALL - {"grandma"},
    "nothing from the folder work/2021 Berlin": ALL - {"berlin"},
    "in the 2021 berlin folder": {"berlin"},
    "everything but the export folder": ALL - {"export"},
    "only the ones in best of 2020 [new]": {"best"},
    "outside of the trash folder": ALL - {"trash"},
    "just those from 2019 Urlaub, please": {"urlaub"},
    "the folder Grandma's house before 2020": {"grandma"},
    "in the directory called «my trip»": {"trip"},
    "in the folder my trip and not in export": {"trip"},
    "hide the trash folder": ALL - {"trash"},
    "not from 2019": ALL - {"urlaub", "grandma"},
    "except 2020": ALL - {"trip", "best"},
    "from 2019 but not from july": {"grandma"},
    "nothing after 2020": ALL - {"berlin", "export", "trash", "été"},
    "not taken with an iphone": ALL - {"trip"},
    "without the canon": ALL - {"export"},
    "anything but pngs": ALL - {"trip"},
    "not tagged 'aunt may'": ALL - {"grandma"},
    "without the tag sea": ALL - {"berlin"},
    "tagged “aunt may” and family": {"grandma"},
    "no pngs": ALL - {"trip"},
    "I only want the ones in my trip": {"trip"},
    "don't search in the trash folder": ALL - {"trash"},
    "skip everything from 2019": ALL - {"urlaub", "grandma"},
    "walls not taken in summer 2020": ALL - {"best"},
    "the album cover of abbey road": ALL,
    "in the first half of 2020": {"trip"},
    "not in Q3 2020": ALL - {"best"},
    "red, from 2019": {"urlaub", "grandma"},
    "a photo of 2001 a space odyssey": ALL,
    "a poster of 2012 the film": ALL,
}


def test_a_condition_holds_or_is_refused_as_it_was_said(home: Path) -> None:
    said = [line for one in SAID for line in ("start over", "red", one)]
    assert dict(zip(SAID, shown(home, said)[2::3], strict=True)) == SAID


@pytest.mark.parametrize(
    ("said", "then", "left"),
    [
        ("in the trash folder", "more like the first, not in the folder trash", ALL - {"trash"}),
        ("not in the folder my trip", "only in my trip", {"trip"}),
        ("taken with an iphone", "not taken with an iphone", ALL - {"trip"}),
        ("not from 2019", "from 2019", {"urlaub", "grandma"}),
        ("not from 2019", "any date", ALL),
    ],
)
def test_a_later_condition_takes_the_place_of_its_contrary(
    home: Path, said: str, then: str, left: set[str]
) -> None:
    assert shown(home, ["red", said, then])[-1] == left


def test_the_server_knows_the_folders_by_their_names_too(home: Path) -> None:
    with running(home) as server, server.client() as client:
        name = client.post("/api/sessions", json={"collection": "Places"}).json()["name"]
        said = {"said": "red, not in the folder my trip, nor in Été à Nice"}
        turn = client.post(f"/api/sessions/{name}/turns", json=said).json()
    folders = {hit["picture"]["folder"] for hit in turn["hits"]}
    assert folders == {str(Path(NAMES[one]).parent) for one in ALL - {"trip", "été"}}


@pytest.mark.parametrize(
    "said", ["from 2021 to 2019", "31 february 2020", "not from 31 april", "red on 30.2.2019"]
)
def test_days_that_cannot_be_are_said_in_one_line(home: Path, said: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        told, _ = run("chat", said=f"red\n{said}\n")
    assert [line for line in told.splitlines() if "is no day, and no days in order" in line]
