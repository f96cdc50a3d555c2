"""A time of day in a condition counts by the clock of the picture, at every door."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.app.server.running import running
from tests.app.test_commands import run, run_json

TAKEN = {
    "early": "2019:07-04",
    "noon": "2019:07:04 12:00:00",
    "late": "2019:07:04 18:30:00",
    "tokyo": "2019:07:04 18:45:00",
    "next": "2019:07:05 00:10:00",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[], Path]) -> Iterator[Path]:
    folder, home = tmp_path_factory.mktemp("taken") / "Days", new_home()
    folder.mkdir()
    for at, (name, taken) in enumerate(TAKEN.items()):
        exif = Image.Exif()
        inner = exif.get_ifd(0x8769)
        inner[0x9003] = taken
        if name == "tokyo":
            inner[0x9011] = "+09:00"
        called = "2019-07-04 early" if name == "early" else name
        Image.new("RGB", (40 + at, 30), (40 * at, 90, 90)).save(folder / f"{called}.jpg", exif=exif)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALENS_HOME", str(home))
        run("index", str(folder))
        yield home


def names(hits: list[dict[str, str]]) -> set[str]:
    return {Path(hit["path"]).stem.split()[-1] for hit in hits}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("conditions", "met"),
    [
        (["--after", "2019-07-04 16:00"], {"late", "tokyo", "next"}),
        (["--after", "4 July 2019 6:30 pm", "--before", "2019-07-04T18:40"], {"late"}),
        (["--before", "2019-07-04 12:00"], {"early"}),  # a day alone is its midnight
        (["--after", "2019-07-04T16:00Z"], {"late", "next"}),  # it was 9:45 in Greenwich
    ],
)
def test_a_search_keeps_to_the_time(conditions: list[str], met: set[str]) -> None:
    assert names(run_json("search", "x", *conditions)["hits"]) == met


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("option", "word", "code"),
    [
        (["--camera", ""], "--camera must name something", 1),
        (["--tag", " "], "--tag must name something", 1),
        (["--min-mp", "-3"], "min-mp", 2),
    ],
)
def test_a_condition_of_nothing_is_refused(option: list[str], word: str, code: int) -> None:
    assert word in run("search", "x", *option, code=code)[1]


@pytest.mark.usefixtures("home")
def test_a_way_may_be_written_with_a_capital_and_a_day_said_from_today() -> None:
    assert names(run_json("search", "x", "--orientation", "Landscape")["hits"]) == {*TAKEN}
    assert not run_json("search", "x", "--after", "yesterday")["hits"]


def test_a_chat_and_the_server_keep_to_it_too(home: Path) -> None:
    told = run("chat", "--session", "a", said="x\ntaken after 2019-07-04 16:00\nundo\n")[0]
    assert "taken 2019-07-04 16:00:00 or later" in told
    again = run("chat", "--session", "a", said="before 2019-07-04 18:40\n")[0]
    assert "taken before 2019-07-04 18:40:00" in again
    on = "after 4 pm on 4 July 2019", "between 18:30 and 6:40 pm on 2019-07-04"
    told = run("chat", "--session", "b", said=f"x\n{on[0]}\nundo\n{on[1]}\n")[0]
    assert "taken 2019-07-04 16:00:00 to before 2019-07-05 00:00:00" in told
    assert "taken 2019-07-04 18:30:00 to before 2019-07-04 18:40:00" in told
    with running(home) as server, server.client() as client:
        for filters, met in (
            ({"after": "2019-07-04T16:00"}, 3),
            ({"before": "2019-07-04 12:00", "orientation": "LANDSCAPE"}, 1),
            ({"after": "2019-07-04T16:00:00+00:00"}, 2),
        ):
            asked = {"text": "x", "filters": filters}
            found = client.post("/api/collections/Days/search", json=asked).json()
            assert len(found["hits"]) == met
