"""A condition on a file is answered with a file that meets it, at every door."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

from tests.app.mcp_server.test_mcp import called, over_stdio, text_of
from tests.app.server.running import Server, running
from tests.app.test_commands import paint, run, run_json

PLACES = ("a_private/IMG_1.png", "b_trip/walk.png", "c_album/best.png")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One red picture in three places, and one that is only in private."""
    folder = tmp_path_factory.mktemp("pictures") / "Copies"
    paint(folder / PLACES[0], (220, 20, 20), (120, 90))
    for place in PLACES[1:]:
        (folder / place).parent.mkdir()
        shutil.copy(folder / PLACES[0], folder / place)
    paint(folder / "a_private" / "only.png", (200, 30, 30), (120, 91))
    return folder


@pytest.fixture(scope="module")
def indexed(photos: Path, new_home: Callable[[], Path]) -> Path:
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(photos))
    return home


@pytest.fixture
def home(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALENS_HOME", str(indexed))
    return indexed


@pytest.fixture(scope="module")
def served(indexed: Path) -> Iterator[Server]:
    with running(indexed) as server:
        yield server


@pytest.mark.parametrize(
    ("asked", "conditions", "places"),
    [
        ("red", ["--not-path", "a_private"], PLACES[1:]),
        ("--like", ["--not-path", "a_private"], PLACES[1:]),  # by a file that does not meet it
        ("", ["--not-path", "a_private"], PLACES[1:]),
        ("", ["--not-path", "a_private", "--not-path", "**/walk.*"], PLACES[2:]),
        ("", ["--path", "c_album/**"], PLACES[2:]),
        ("", ["--path", "*.png", "--path", "B_TRIP"], PLACES[1:2]),
        ("", ["--path", "best.png", "--not-path", "a_*"], PLACES[2:]),
        ("", ["--path", "a_private/IMG*"], PLACES[:1]),
    ],
)
def test_a_search_names_only_files_that_meet_its_conditions(
    home: Path, photos: Path, asked: str, conditions: list[str], places: list[str]
) -> None:
    query = ["--like", str(photos / PLACES[0])] if asked == "--like" else asked.split()
    wanted = [str(photos / place) for place in places]
    (hit,) = run_json("search", *query, *conditions)["hits"]
    assert (hit["path"], hit["paths"]) == (wanted[0], wanted)
    assert run("search", *query, *conditions, "-0")[0] == f"{wanted[0]}\0"
    assert run("search", *query, *conditions, "--paths-only")[0] == f"{wanted[0]}\n"


def test_conditions_that_no_single_file_meets_find_nothing(home: Path) -> None:
    apart = ("--path", "c_album", "--path", "walk.png")  # each is met, by another file
    assert run_json("search", "red", *apart)["hits"] == []
    assert run_json("search", "red", "--path", "b_trip", "--not-path", "walk*")["hits"] == []


def test_without_a_condition_every_file_is_named(home: Path, photos: Path) -> None:
    hits = run_json("search", "red")["hits"]
    assert [str(photos / place) for place in PLACES] in [hit["paths"] for hit in hits]


def test_the_page_of_a_search_links_the_file_that_meets_it(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "found.html"
    run("search", "red", "--not-path", "a_private", "--html", str(page))
    assert "a_private" not in page.read_text() and "walk.png" in page.read_text()


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("not in the a_private folder", PLACES[1]),
        ("in the folder c_album", PLACES[2]),
        ("not in the a_private folder, not in the b_trip folder", PLACES[2]),
    ],
)
def test_a_chat_lists_saves_and_exports_the_file_that_meets_what_was_said(
    home: Path, photos: Path, said: str, place: str
) -> None:
    name = re.sub(r"\W", "-", said)
    run("chat", "--session", name, said=f"red\n{said}\nsave 1 as chosen\nexport as markdown\n")
    saved = (home / "sessions" / name / "chosen.txt").read_text()
    assert saved.splitlines() == [str(photos / place)]
    last = json.loads((home / "sessions" / f"{name}.jsonl").read_text().splitlines()[2])
    told = {path for hit in last["hits"] for path in hit["picture"]["paths"]}
    assert told and str(photos / PLACES[0]) not in told


@pytest.mark.parametrize(
    ("conditions", "folder"),
    [
        ({"not_paths": ["a_private"]}, "b_trip"),
        ({"paths": ["c_album"]}, "c_album"),
        ({"not_paths": ["a_private", "walk.png"]}, "c_album"),
    ],
)
def test_the_server_tells_and_gives_the_file_that_meets_the_conditions(
    served: Server, photos: Path, conditions: dict[str, list[str]], folder: str
) -> None:
    with served.client() as client:
        asked = {"text": "red", "filters": conditions}
        (hit,) = client.post("/api/collections/Copies/search", json=asked).json()["hits"]
        assert hit["picture"]["folder"] == folder
        address = hit["picture"]["image"].removesuffix("/image")
        assert client.get(address).json()["folder"] == folder
        (kept,) = (photos / folder).iterdir()
        away = kept.rename(photos / "away.bin")  # the others are no answer, and are not read
        assert client.get(f"{address}/file").status_code == 404
        away.rename(kept)
        assert client.get(f"{address}/file").content == kept.read_bytes()
        assert client.get(f"{address}/image?side=80").status_code == 200
        wrong = f"{hit['picture']['id']}-{'0' * 16}"
        assert client.get(f"/api/collections/Copies/pictures/{wrong}/file").status_code == 404


def test_a_conversation_on_the_server_tells_and_gives_it_too(served: Server) -> None:
    with served.client() as client:
        begun = client.post("/api/sessions", json={"collection": "Copies"}).json()["name"]
        asked = {"said": "red, not in the folder a_private"}
        turn = client.post(f"/api/sessions/{begun}/turns", json=asked).json()
        (hit,) = turn["hits"]
        assert hit["picture"]["folder"] == "b_trip"
        page = client.get(f"/s/{begun}").text
        assert hit["picture"]["image"] in page and "IMG_1" not in page
        large = client.get(f"/page/{begun}/pictures/{hit['picture']['id']}").text
        assert hit["picture"]["image"].removesuffix("image") + "file" in large
        assert "IMG_1" not in large


def test_an_mcp_client_is_told_and_shown_it_too(indexed: Path) -> None:
    async def talk() -> None:
        async with over_stdio(indexed) as client:
            found = await called(client, "search", text="red, not in the folder a_private")
            assert [one["folder"] for one in found["pictures"]] == ["b_trip"]
            shown = await client.call_tool("show", {"session": found["session"], "number": 1})
            assert '"name":"walk.png"' in text_of(shown, 1)

    anyio.run(talk)


def _said(**properties: str) -> str:
    """An XMP file with these properties of xmp: and dc:."""
    tags = "".join(f"<rdf:li>{tag}</rdf:li>" for tag in properties.pop("tags", "").split())
    stars = "".join(f' xmp:{name}="{value}"' for name, value in properties.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f"{stars}><dc:subject><rdf:Bag>{tags}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF>"
        "</x:xmpmeta>"
    )


@pytest.fixture(scope="module")
def told_apart(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Path:
    """One picture in three places, whose sidecars say different things."""
    folder = tmp_path_factory.mktemp("pictures") / "Told"
    paint(original := folder.parent / "original.png", (20, 20, 220), (120, 90))
    for place, said in {
        "alpha_secret/a.png": _said(Rating="2", tags="hush"),
        "beta/2019-07-04.png": _said(Rating="4", tags="hush alphatag"),
        "zeta/z.png": _said(Rating="5", tags="zetatag", CreateDate="2001-02-03T10:00:00"),
    }.items():
        (folder / place).parent.mkdir(parents=True)
        shutil.copy(original, folder / place)
        (folder / place).with_suffix(".xmp").write_text(said)
    paint(folder / "zeta" / "plain.png", (10, 90, 20), (120, 90))
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
    return home


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        (["--rating", "5"], ["z.png"]),
        (["--rating", "2"], ["a.png"]),
        (["--rating", "4+"], ["2019-07-04.png"]),
        (["--tag", "zetatag"], ["z.png"]),
        (["--tag", "hush", "--not-path", "alpha_secret"], ["2019-07-04.png"]),
        (["--tag", "hush", "--rating", "5"], []),
        (["--after", "2019"], ["2019-07-04.png"]),
        (["--before", "2002", "--tag", "zetatag"], ["z.png"]),
        (["--before", "2002", "--path", "beta"], []),
        (["--path", "zeta", "--rating", "5"], ["z.png"]),
    ],
)
def test_a_fact_of_a_file_is_met_by_that_very_file(
    told_apart: Path, monkeypatch: pytest.MonkeyPatch, conditions: list[str], names: list[str]
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(told_apart))
    hits = run_json("search", *conditions)["hits"]
    assert [Path(hit["path"]).name for hit in hits] == names


def test_what_is_shown_is_what_that_file_says(
    told_apart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALENS_HOME", str(told_apart))
    (hit,) = run_json("search", "--rating", "5")["hits"]
    assert (hit["rating"], hit["tags"], hit["taken"][:4]) == (5, ["zetatag"], "2001")
    chatted, _ = run("chat", said="tagged hush, not in the alpha_secret folder\n")
    assert "2019-07-04" in chatted
    assert "alpha_secret/a.png" not in chatted
