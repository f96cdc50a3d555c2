"""What one user keeps and has done is bounded by what lies on the disk, and can be deleted."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.server.contract.errors import FullError, ServerError, TooLargeError
from app.server.contract.settings import Settings
from app.server.state.server_state import ServerState
from tests.app.server.running import running

ANNE, BERT = "token-of-anne-000001", "token-of-bert-000002"


def picture(shade: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def home(server_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    made = server_home()
    monkeypatch.setenv("DIALENS_HOME", str(made))
    return made


def test_uploads_are_listed_and_deleted_by_their_user_alone(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    tokens = home / "tokens"
    tokens.write_text(f"anne {ANNE}\nbert {BERT}\n")
    tokens.chmod(0o600)
    with running(home, "--token-file", str(tokens)) as server:
        anne = server.client(headers={"authorization": f"Bearer {ANNE}"})
        bert = server.client(headers={"authorization": f"Bearer {BERT}"})
        with anne, bert:
            ids = [
                anne.post("/api/v1/uploads", content=picture(n)).json()["id"] for n in (0, 90, 255)
            ]
            listed = anne.get("/api/v1/uploads").json()
            assert {one["id"] for one in listed["uploads"]} == set(ids)
            assert bert.get("/api/v1/uploads").json()["total"] == 0
            assert bert.delete(f"/api/v1/uploads/{ids[0]}").status_code == 404
            assert anne.delete(f"/api/v1/uploads/{ids[0]}").status_code == 204
            assert anne.delete(f"/api/v1/uploads/{ids[0]}").status_code == 404
            assert anne.get(f"/api/v1/uploads/{ids[0]}/image").status_code == 404
            assert anne.get("/api/v1/uploads").json()["total"] == 2


def test_uploads_count_with_what_was_left_over_until_some_are_deleted(home: Path) -> None:
    state = ServerState(Settings(kept_bytes=5 * 4096))
    folder = state.uploads.folder("anne")
    folder.mkdir(parents=True)
    for n in range(3):
        (folder / f"0123.{n}").write_bytes(b"of a server that was killed")
    ids = [state.uploads.take("anne", picture(n)) for n in (0, 90)]
    with pytest.raises(TooLargeError, match="5 files of 0 MB; delete some: DELETE"):
        state.uploads.take("anne", picture(255))
    assert state.uploads.take("anne", picture(90)) == ids[1]  # it is there already
    assert state.uploads.take("bert", picture(255))
    state.uploads.remove("anne", ids[0])
    assert state.uploads.take("anne", picture(255))


def test_conversations_count_in_number_and_size(home: Path) -> None:
    state = ServerState(Settings(kept_sessions=3, session_bytes=50_000))
    folder = home / "users" / "anne" / "sessions"
    folder.mkdir(parents=True)
    for n in range(4):
        (folder / f"{n}.jsonl").write_text("{}\n")
    with pytest.raises(ServerError, match="no more is kept for you than 4 files"):
        state.sessions.begin("anne", "Shapes")
    assert state.sessions.begin("bert", "Shapes")
    for n in range(2):
        (folder / f"{n}.jsonl").unlink()
    assert state.sessions.begin("anne", "Shapes")
    (folder / "2.jsonl").write_bytes(b"\n" * 60_000)
    state.sessions.quota._known.clear()
    with pytest.raises(ServerError, match="delete some: DELETE /api/v1/sessions/NAME"):
        state.sessions.begin("anne", "Shapes")


def test_one_of_several_users_takes_half_of_the_places_and_makes_so_many_collections(
    home: Path, shapes: Path, tmp_path: Path
) -> None:
    settings = Settings(
        tokens={ANNE: "anne", BERT: "bert"}, folders=(shapes.parent,), kept_collections=5
    )

    async def crowd() -> None:
        jobs = ServerState(settings).jobs
        begun = [jobs.begin(f"a{n}", str(shapes), user="anne") for n in range(4)]
        with pytest.raises(FullError):
            jobs.begin("a4", str(shapes), user="anne")
        jobs.begin("b", str(shapes), user="bert")
        begun[3].stop()
        begun.append(jobs.begin("a5", str(shapes), user="anne"))
        while not all(one.over for one in begun):
            await asyncio.sleep(0.05)
        jobs.begin("a6", str(shapes), user="anne")
        with pytest.raises(ServerError, match="you made 5 collections"):
            jobs.begin("a7", str(shapes), user="anne")
        await jobs.close(within=30)

    asyncio.run(crowd())


def test_the_one_user_of_a_server_has_all_places(home: Path, shapes: Path) -> None:
    async def crowd() -> None:
        jobs = ServerState(Settings(folders=(shapes.parent,))).jobs
        for n in range(9):
            jobs.begin(f"a{n}", str(shapes))
        with pytest.raises(FullError):
            jobs.begin("a9", str(shapes))
        await jobs.close(within=30)

    asyncio.run(crowd())
