"""An index job that is stopped at any moment ends as stopped, and the server lives on."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from app.server.operation.worker_pool import WorkerPool
from retrievers.collection.collection import Collection
from tests.app.server.running import Server, draw, running

MANY = 60_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of so many names that looking into it takes a while."""
    folder = tmp_path_factory.mktemp("many") / "Many"
    draw(folder)
    (picture,) = (folder / "plain").glob("red*")
    for number in range(MANY):
        inner = folder / str(number % 60)
        inner.mkdir(exist_ok=True)
        os.link(picture, inner / f"{number}.jpg")
    return folder


@pytest.fixture
def server(server_home: Callable[[], Path], many: Path) -> Iterator[Server]:
    with running(server_home(), "--folder", str(many.parent)) as started:
        yield started


def begin(client: httpx.Client, name: str, folder: Path) -> int:
    asked = {"folder": str(folder), "profile": "offline"}
    begun = client.post(f"/api/collections/{name}/index", json=asked)
    assert begun.status_code == 202, begun.text
    return int(begun.json()["number"])


def job(client: httpx.Client, number: int) -> dict[str, Any]:
    return dict(client.get(f"/api/jobs/{number}").json())


def until(client: httpx.Client, number: int, reached: Callable[[dict[str, Any]], bool]) -> Any:
    end = monotonic() + 60
    while not reached(now := job(client, number)):
        assert monotonic() < end, now
        sleep(0.002)
    return now


def over(now: dict[str, Any]) -> bool:
    return now["state"] not in ("waiting", "running")


MOMENTS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "at once": lambda now: True,
    "while it looks for files": lambda now: now["phase"] == "find",
    "while it reads them": lambda now: now["phase"] == "read",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_job_that_is_stopped_ends_as_stopped_and_the_server_answers(
    server: Server, many: Path, moment: str
) -> None:
    with server.client() as client:
        number = begin(client, "Many", many)
        until(client, number, MOMENTS[moment])
        assert client.delete(f"/api/jobs/{number}").status_code == 202
        now = until(client, number, over)
        assert (now["state"], now["error"]) == ("stopped", "")
        assert client.delete(f"/api/jobs/{number}").status_code == 409
        assert client.get("/health").status_code == 200
        found = client.post("/api/collections/Shapes/search", json={"text": "circle"})
        assert found.json()["hits"]
        again = begin(client, "Many", many / "plain")
        assert until(client, again, over)["state"] == "done"


def test_jobs_that_wait_are_stopped_at_once_and_leave_nothing(server: Server, many: Path) -> None:
    with server.client() as client:
        first, second = begin(client, "Many", many), begin(client, "Other", many)
        assert client.delete(f"/api/jobs/{second}").json()["state"] == "stopped"
        assert not over(job(client, first))
        third = begin(client, "Other", many / "plain")  # the name is free again
        client.delete(f"/api/jobs/{first}")
        assert until(client, third, over)["state"] == "done"
        assert job(client, second)["state"] == "stopped"


def test_a_job_that_is_stopped_before_its_first_step_loses_no_folder(
    server: Server, many: Path
) -> None:
    with server.client() as client:
        first = begin(client, "Fresh", many / "circle")
        client.delete(f"/api/jobs/{first}")  # while it waits, loads a model, or makes the folder
        until(client, first, over)
        if client.get("/api/collections/Fresh").status_code == 200:
            again = client.post("/api/collections/Fresh/index", json={}).json()["number"]
            assert until(client, again, over)["encoded"] == 4
        running_now, waiting = begin(client, "Many", many), begin(client, "Shapes", many / "plain")
        client.delete(f"/api/jobs/{waiting}")
        client.delete(f"/api/jobs/{running_now}")
        assert "plain" in client.get("/api/collections/Shapes").json()["folders"]


def test_sigterm_before_a_new_collections_first_step_loses_no_folder(
    server: Server, many: Path
) -> None:
    with server.client() as client:
        begin(client, "Fresh", many / "circle")
        made = server.home / "collections" / "Fresh" / "records.db"
        end = monotonic() + 60
        while not made.exists():
            assert monotonic() < end
    server.stop()
    with closing(Collection.open(made.parent)) as collection:
        assert collection.roots() == [many / "circle"]


def test_a_collection_without_a_folder_asks_for_one(server: Server) -> None:
    Collection.create(server.home / "collections" / "Bare", encoder="x", dim=2).close()
    with server.client() as client:
        told = client.post("/api/collections/Bare/index", json={})
        assert told.status_code == 422
        assert told.json()["fields"][0]["field"] == "folder"
        assert client.post("/api/collections/Nowhere/index", json={}).status_code == 404


def test_sigterm_while_a_job_looks_for_files_ends_the_server_and_no_collection(
    server: Server, many: Path
) -> None:
    with server.client() as client:
        number = begin(client, "Many", many)
        until(client, number, MOMENTS["while it looks for files"])
        begin(client, "Waits", many)
    assert server.stop() in (0, -signal.SIGTERM)
    assert "Traceback" not in server.log.read_text()
    Collection.open(server.home / "collections" / "Many").close()
    assert not (server.home / "collections" / "Waits").exists()


@pytest.mark.parametrize("wanting", [SystemExit, KeyboardInterrupt])
def test_no_piece_of_work_can_end_the_loop_it_is_done_for(wanting: type[BaseException]) -> None:
    def work() -> None:
        raise wanting

    async def done() -> str:
        pool = WorkerPool("test", workers=1, waiting=1)
        with pytest.raises(RuntimeError, match="wanted to end the server"):
            await pool.run(work)
        return await pool.run(lambda: "and on")

    assert asyncio.run(done()) == "and on"


@pytest.mark.parametrize("profile", ["mine", "", "absolute"])
def test_a_collection_of_ones_own_model_goes_on_by_any_name_of_it(
    tmp_path: Path,
    server_home: Callable[[], Path],
    monkeypatch: pytest.MonkeyPatch,
    profile: str,
) -> None:
    """As the command line made it, with `~/model`; an empty folder needs no model to be loaded."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("model", "Own"):
        (tmp_path / name).mkdir()
    home, full = server_home(), f"hf:{tmp_path / 'model'}"
    Collection.create(home / "collections" / "Own", encoder="x", dim=2, spec=full).close()
    (home / "profiles.toml").write_text(
        f"[mine]\nencoder = 'hf:~/model'\n[absolute]\nencoder = '{full}/'\n", encoding="utf-8"
    )
    with running(home, "--folder", str(tmp_path)) as server, server.client() as client:
        asked = {"folder": str(tmp_path / "Own"), "profile": profile}
        begun = client.post("/api/collections/Own/index", json=asked)
        ended = until(client, int(begun.json()["number"]), over)
        assert (ended["state"], ended["error"]) == ("done", "")
