"""Where pictures were taken is a condition, and is told, at every door."""

from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import httpx
import pytest

from retrievers import Collection, Query, Searcher, load_encoder
from retrievers.query import Filters
from tests.agent.conversation.test_places import TAKEN, painted
from tests.app.mcp_server.test_mcp import called, over_stdio
from tests.app.server.running import running
from tests.app.test_commands import run, run_json

Names = set[str]
ASKED: list[tuple[dict[str, list[str]], Names]] = [
    ({"places": ["Portugal"]}, {"red", "green"}),
    ({"places": ["Springfield, Missouri"]}, {"purple"}),
    ({"places": ["Europe"], "not_places": ["lissabon"]}, {"green", "blue"}),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Iterator[Path]:
    folder, home = tmp_path_factory.mktemp("taken") / "Trips", new_home()
    painted(folder, TAKEN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
        yield home


@pytest.fixture(scope="module")
def api(home: Path) -> Iterator[httpx.Client]:
    with running(home) as server, server.client() as client:
        yield client


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("asked", "names"), ASKED)
def test_the_command_line_finds_pictures_by_place(
    asked: dict[str, list[str]], names: Names
) -> None:
    options = {"places": "--place", "not_places": "--not-place"}
    named = [(options[name], place) for name, held in asked.items() for place in held]
    given = [one for pair in named for one in pair]
    hits = run_json("search", "x", *given)["hits"]
    assert {Path(hit["path"]).stem for hit in hits} == names
    assert all(hit["place"] for hit in hits)


@pytest.mark.usefixtures("home")
def test_the_command_line_tells_places_and_what_they_leave_open() -> None:
    hits = run_json("search", "x")["hits"]
    places = {Path(hit["path"]).stem: hit["place"] for hit in hits}
    assert places["red"] == "Lisbon, Portugal"
    assert places["grey"] is None
    found = run_json("search", "x", "--place", "Springfield")
    assert found["doubt"].startswith("'Springfield' is 2 places with pictures, say which one:")
    assert "no town, region or country is known as 'Xyzzy'" in str(
        run_json("search", "x", "--place", "Xyzzy")["doubt"]
    )
    assert "--place must name something" in run("search", "x", "--place", " ", code=1)[1]


@pytest.mark.parametrize(("asked", "names"), ASKED)
def test_the_api_searches_and_lists_by_place(
    api: httpx.Client, asked: dict[str, list[str]], names: Names
) -> None:
    found = api.post("/api/v1/collections/Trips/search", json={"filters": asked}).json()["hits"]
    assert {Path(hit["picture"]["name"]).stem for hit in found} == names
    assert all(hit["picture"]["place"] for hit in found)
    listed = api.get("/api/v1/collections/Trips/pictures", params=asked).json()
    assert {Path(one["name"]).stem for one in listed["pictures"]} == names


def test_places_are_counted_shown_as_chips_and_told_of_a_picture(api: httpx.Client) -> None:
    counted = api.get("/api/v1/collections/Trips/facets").json()["places"]
    assert {"value": "Lisbon, Portugal", "pictures": 1} in counted
    session = api.post("/api/v1/sessions", json={"collection": "Trips"}).json()["name"]
    turns = f"/api/v1/sessions/{session}/turns"
    turn = api.post(turns, json={"said": "in Portugal"}).json()
    assert [chip["words"] for chip in turn["chips"]] == ["taken in Portugal"]
    asked = api.post(turns, json={"said": "where was the first one taken?"}).json()
    assert "Portugal" in asked["reply"]
    shown = turn["hits"][0]["picture"]
    assert f"· {shown['place']}" in api.get(f"/page/{session}/pictures/{shown['id']}").text


def test_a_chat_client_finds_pictures_by_place(api: httpx.Client) -> None:
    said = {"role": "user", "content": "the ones from Lisbon"}
    answer = api.post("/v1/chat/completions", json={"model": "Trips", "messages": [said]}).json()
    text = answer["choices"][0]["message"]["content"]
    assert "red.jpg" in text and "green.jpg" not in text


def test_an_agent_finds_pictures_by_place(home: Path) -> None:
    async def talk() -> None:
        async with over_stdio(home) as client:
            found = await called(client, "search", places=["Portugal"], not_places=["Porto"])
            assert found["asked"] == ["taken in Portugal", "not taken in Porto"]
            assert [one["place"] for one in found["pictures"]] == ["Lisbon, Portugal"]

    anyio.run(talk)


def test_a_script_finds_pictures_by_place(home: Path) -> None:
    collection = Collection.open(home / "collections" / "Trips")
    searcher = Searcher(collection, load_encoder(collection.fact("spec")))
    (hit,) = searcher.search(Query(filters=Filters(places=("Germany",))), k=9)
    assert hit.picture.path.stem == "blue"
    collection.close()
