"""What is wrong inside the server's own files is found when it is read, and costs one line."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.app.server.running import running

ANNE = "anne-" + "x" * 20
SIGN_INS = (
    "UPDATE sign_ins SET since = 'x'",
    "UPDATE sign_ins SET since = 1e300",
    "UPDATE sign_ins SET since = x'ff'",
    "UPDATE sign_ins SET id = CAST(x'ff41' AS TEXT)",
    "UPDATE sign_ins SET token = CAST(x'ff41' AS TEXT)",
)
STATES = (
    "UPDATE states SET turn = 'x'",
    "UPDATE states SET turn = -5",
    "UPDATE states SET turn = 9000000000000000000",
    "UPDATE states SET session = x'ff'",
    "UPDATE states SET session = '../../elsewhere'",
    "UPDATE states SET session = CAST(x'ff41' AS TEXT)",
    "UPDATE states SET mark = NULL",
)


def altered(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path, timeout=10)) as db, db:
        assert db.execute(sql).rowcount > 0


def test_a_sign_in_that_nobody_wrote_is_named_with_the_remedy(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    file = home / "signed-in.db"
    with running(home, token=ANNE) as server, server.client() as client:
        for sql in SIGN_INS:
            file.unlink(missing_ok=True)
            client.post("/login", data={"token": ANNE})
            cookie = {"cookie": f"dialens_session={client.cookies['dialens_session']}"}
            assert client.get("/", headers=cookie).status_code == 200, sql
            altered(file, sql)
            bearer = {"authorization": f"Bearer {ANNE}"}
            told = client.get("/api/v1/sign-ins", headers=bearer)
            assert told.status_code == 409 and "delete it" in told.json()["detail"], (sql, told)
            client.cookies.clear()
            assert client.get("/", headers=cookie).status_code in (200, 401), sql


def test_a_conversation_whose_place_nobody_wrote_is_answered_as_before(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    with running(home) as server, server.client() as client:

        def says(*said: str) -> str:
            messages = [{"role": "user", "content": one} for one in said]
            asked = {"model": "Shapes", "messages": messages}
            answer = client.post("/v1/chat/completions", json=asked)
            assert answer.status_code == 200, answer.text
            return str(answer.json()["dialens"]["understood"])

        for sql in STATES:
            (home / "conversations.db").unlink(missing_ok=True)
            says("circle")
            altered(home / "conversations.db", sql)
            assert says("circle", "no red") == "circle; not red", sql
