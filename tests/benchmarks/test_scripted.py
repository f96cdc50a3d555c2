"""Scripted conversations, read by the interpreter and perfectly, over a real collection."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scripted import outcome, rank_of, reciprocal
from retrievers.query import Query
from retrievers.search.searcher import Searcher
from tests.agent.conversation.test_places import TAKEN, painted
from tests.encoders import ColourEncoder
from tests.retrievers.folders import empty, run


@pytest.fixture
def searcher(tmp_path: Path) -> Iterator[Searcher]:
    painted(tmp_path / "album", TAKEN)
    collection = empty(tmp_path / "collection")
    run(collection, tmp_path / "album")
    yield Searcher(collection, ColourEncoder())
    collection.close()


def conversation(target: str, *turns: tuple[str, list[str]]) -> dict[str, Any]:
    told = [{"said": said, "reading": {"wanted": wanted, "unwanted": []}} for said, wanted in turns]
    return {"target": target, "turns": told}


def test_what_is_read_as_it_was_meant_loses_nothing(searcher: Searcher, tmp_path: Path) -> None:
    said = conversation("red.jpg", ("green", ["green"]), ("i meant red", ["red"]))
    found = outcome(searcher, said, tmp_path)
    assert (found.rank, found.perfect) == (1, 1)
    assert found.query.wanted == ("red",)


def test_another_state_than_the_perfect_one_shows_in_the_rank(
    searcher: Searcher, tmp_path: Path
) -> None:
    said = conversation("red.jpg", ("blue", ["red"]))
    found = outcome(searcher, said, tmp_path)
    assert found.perfect == 1
    assert found.rank == rank_of(searcher, Query(wanted=("blue",)), "red.jpg") > 1


def test_a_picture_that_is_not_there_is_the_last(searcher: Searcher) -> None:
    assert rank_of(searcher, Query(wanted=("red",)), "none.jpg") == len(TAKEN)


def test_the_mean_reciprocal_rank_by_hand() -> None:
    assert reciprocal([1, 2, 4]) == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)
