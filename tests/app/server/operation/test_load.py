"""Four times as many people as the server can take, and then its sudden death: nothing is lost."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import httpx
import pytest

from tests.app.server.running import Server, running

SECONDS = float(os.environ.get("DIALENS_LOAD_SECONDS", "5"))
LONGEST = SECONDS + 60
WORKERS, WAITING = 1, 4
CLIENTS = 4 * (WORKERS + WAITING)
WORDS = ("circle", "no red", "square", "blue", "undo", "show more", "before 2020", "start over")


@dataclass
class Person:
    """One who talks without a pause, in a session of their own.

    Attributes:
        taken: turns that were acknowledged.
        statuses: of all answers.
        odd: answers that are neither a result nor a 503 that says when to come again.
    """

    name: str
    taken: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)

    async def talk(self, client: httpx.AsyncClient, until: float) -> None:
        while monotonic() < until:
            said = WORDS[self.taken % len(WORDS)]
            try:
                answer = await client.post(f"/api/sessions/{self.name}/turns", json={"said": said})
            except httpx.TransportError:
                return  # the server was killed
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.taken += 1
            elif answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1:
                await asyncio.sleep(0.02)  # sooner than it was told
            else:
                self.odd.append(f"{answer.status_code} {answer.text[:200]}")


async def crowd(server: Server, people: list[Person]) -> None:
    """Let all talk for so many seconds, and until each was answered; then kill the server."""
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=server.url, timeout=60, limits=limits) as client:
        begin = monotonic()
        talking = [asyncio.create_task(one.talk(client, begin + LONGEST)) for one in people]
        while (spent := monotonic() - begin) < SECONDS or not all(one.taken for one in people):
            assert spent < LONGEST, "somebody was never answered"
            await asyncio.sleep(0.1)
        server.process.kill()
        await asyncio.gather(*talking)


def begun(server: Server, count: int) -> list[Person]:
    with server.client() as client:
        for number in range(count):
            asked = {"collection": "Shapes", "name": f"person {number}"}
            assert client.post("/api/sessions", json=asked).status_code == 201
    return [Person(f"person {number}") for number in range(count)]


def memory(server: Server) -> int:
    """Return the resident bytes of the process."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
def test_four_times_the_capacity_and_a_kill_lose_no_session(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()
    options = ("--workers", str(WORKERS), "--waiting", str(WAITING))
    with running(home, *options) as server:
        people = begun(server, CLIENTS)
        with server.client() as client:
            client.post("/api/sessions/person 0/turns", json={"said": "circle"})
        people[0].taken += 1
        before = memory(server)
        asyncio.run(crowd(server, people))
    statuses = sum((one.statuses for one in people), Counter[int]())
    assert [odd for one in people for odd in one.odd] == []
    assert statuses[200] > 10 * CLIENTS * SECONDS / 60
    assert statuses[503] > 0
    with running(home, *options) as again, again.client() as client:
        kept = client.get("/api/sessions").json()["sessions"]
        listed = {one["name"]: one["turns"] for one in kept}
        assert set(listed) == {one.name for one in people}
        for one in people:  # one turn may be on disk whose answer never left
            assert one.taken <= listed[one.name] <= one.taken + 1
            answer = client.post(f"/api/sessions/{one.name}/turns", json={"said": "green"})
            assert answer.status_code == 200
        assert memory(again) < 2 * before + 200_000_000


def test_a_server_that_is_told_to_stop_finishes_what_it_accepted(
    server_home: Callable[[], Path],
) -> None:
    home = server_home()

    async def talk(server: Server, people: list[Person]) -> None:
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
            turns = [
                asyncio.create_task(
                    client.post(f"/api/sessions/{one.name}/turns", json={"said": "circle"})
                )
                for one in people
            ]
            await asyncio.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            for one, answer in zip(people, await asyncio.gather(*turns), strict=True):
                assert answer.status_code == 200
                one.taken += 1

    with running(home, "--workers", "1", "--waiting", "16") as server:
        people = begun(server, 8)
        asyncio.run(talk(server, people))
        assert server.process.wait(30) in (0, -signal.SIGTERM)
    with running(home) as again, again.client() as client:
        kept = client.get("/api/sessions").json()["sessions"]
        listed = {one["name"]: one["turns"] for one in kept}
        assert listed == {one.name: one.taken for one in people}


def test_a_full_queue_says_when_to_come_again(server_home: Callable[[], Path]) -> None:
    async def rush(server: Server, people: list[Person]) -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
            turns = (
                client.post(f"/api/sessions/{one.name}/turns", json={"said": "circle"})
                for one in people
            )
            return list(await asyncio.gather(*turns))

    with running(server_home(), "--workers", "1", "--waiting", "1") as server:
        answers = asyncio.run(rush(server, begun(server, 12)))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 503}
    full = next(answer for answer in answers if answer.status_code == 503)
    assert int(full.headers["retry-after"]) >= 1
    assert full.json()["detail"].startswith("too much is going on; try again in ")
