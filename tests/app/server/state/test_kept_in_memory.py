"""What a server keeps in memory has a bound, and what is not kept is made again."""

from pathlib import Path

import pytest

from app.server.jobs import idempotency
from app.server.jobs.idempotency import Repeats
from app.server.jobs.index_job_state import IndexJob
from app.server.pictures.served_images import Images
from app.server.security import token_guesses
from app.server.security.token_guesses import FREE, Guesses
from retrievers.recorded_files import record_of
from tests.app.server.running import draw


def test_the_addresses_that_guessed_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_guesses, "KNOWN", 2)
    known = Guesses()
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.3"):
        for _ in range(FREE):
            known.wrong(address)
    waits = [known.wait(address) > 0 for address in ("10.0.0.1", "10.0.0.2", "10.0.0.3")]
    assert waits == [True, False, True]


def test_the_keys_that_came_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "REMEMBERED", 2)
    known, begun = Repeats(), list[IndexJob]()

    def begin() -> IndexJob:
        begun.append(IndexJob(len(begun), "Shapes", ()))
        return begun[-1]

    for key in ("a", "b", "a", "c", "b"):
        known.job("ann", key, "index", begin)
    assert len(begun) == 4  # b was forgotten when c came


@pytest.mark.parametrize("most", [0, 3_000, 1_000_000])
def test_pictures_are_sent_however_few_may_be_kept(most: int, tmp_path: Path) -> None:
    draw(tmp_path)
    few = [record_of(path) for path in sorted(tmp_path.rglob("*.jpg"))[:4]]
    images = Images(most=most)
    made = [images.webp(one, 320) for one in few]
    assert len(made) == 4
    assert [images.webp(one, 320) for one in few] == made
    assert images._kept.currsize <= most
    assert (len(images._kept) == len(few)) == (most == 1_000_000)
