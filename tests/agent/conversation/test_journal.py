"""When a session comes to the disk, and what a full disk or another program does to it."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.conversation.journal import SessionError
from agent.conversation.session import Session
from tests.agent.fakes import Gallery


def start(folder: Path, kept_from: int) -> Session:
    return Session.start("trip", Gallery("a", "b"), folder=folder, kept_from=kept_from)


@pytest.mark.parametrize("kept_from", [0, 1, 2, 3])
def test_a_session_is_kept_from_the_turn_that_was_named(tmp_path: Path, kept_from: int) -> None:
    conversation = start(tmp_path, kept_from)
    for said in range(4):
        assert (tmp_path / "trip.jsonl").exists() == (said >= kept_from)
        conversation.ask(f"a {said}")
    assert (
        Session.resume("trip", conversation.retriever, folder=tmp_path).turns == conversation.turns
    )


def test_a_session_that_another_program_began_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    ours, theirs = start(tmp_path, 1), start(tmp_path, 1)
    theirs.ask("their dog")
    with pytest.raises(SessionError, match="another program began it; resume it"):
        ours.ask("our dog")
    assert ours.turns == ()
    assert Session.resume("trip", ours.retriever, folder=tmp_path).turns == theirs.turns


@contextmanager
def full_disk(at: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, which fails as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("more", [0, 1, 100])
@pytest.mark.parametrize("kept_from", [0, 1, 2])
def test_what_a_full_disk_tore_is_written_over_when_there_is_room(
    tmp_path: Path, kept_from: int, more: int
) -> None:
    conversation = start(tmp_path, kept_from)
    path = tmp_path / "trip.jsonl"
    for said in ("a cat", "a dog", "a bird"):
        size = path.stat().st_size if path.exists() else 0
        for _ in range(2):
            with full_disk(size + more), pytest.raises(SessionError, match="can't be written"):
                if not conversation.journal.is_kept and len(conversation.turns) + 1 < kept_from:
                    raise SessionError("nothing is written yet: can't be written")
                conversation.ask(said)
        conversation.ask(said)
    assert [turn.said for turn in conversation.turns] == ["a cat", "a dog", "a bird"]
    assert (
        Session.resume("trip", conversation.retriever, folder=tmp_path).turns == conversation.turns
    )
