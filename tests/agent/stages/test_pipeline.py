from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import sleep

import pytest

from agent.conversation.session import Session
from agent.mllm.mllm import MllmError, ReplyError
from agent.rerank.reranker import reordered
from agent.stages.pipeline import Pipeline, worded
from retrievers.hit import Hit, Picture
from retrievers.query import Query

TAKEN = {"cat": datetime(2019, 1, 1), "red cat": datetime(2021, 1, 1)}
WORDS = ["boat", "cat", "dog", "red boat", "red cat", "sea"]


class ByWords:
    """Ranks six pictures, each named by its words, by how many words of the query they hold."""

    def search(self, query: Query, k: int) -> list[Hit]:
        if k < 1:
            raise ValueError(f"k must be at least 1; got {k}")
        asked = set(" ".join(query.wanted).split())
        allowed = [name for name in WORDS if name not in query.excluded]
        best = sorted(allowed, key=lambda name: (-len(asked & set(name.split())), name))
        return [
            Hit(
                Picture(name, "", (Path(f"/{name}"),), 1, 1, 1, taken=TAKEN.get(name)),
                1 / rank,
                rank,
            )
            for rank, name in enumerate(best[:k], start=1)
        ]


class Add:
    """Adds one word per turn, or fails at a turn."""

    name, reads_hits = "add", True

    def __init__(self, *words: str, fails: Exception | None = None) -> None:
        self.words, self.turns, self.fails = list(words), len(words), fails

    def rewrite(self, asked: Query, last: Query, hits: Sequence[Hit]) -> Query:
        assert hits, "nothing was searched before the rewrite"
        if self.fails and len(self.words) == 1:
            raise self.fails
        return replace(last, wanted=(*last.wanted, self.words.pop(0)))


class Longest:
    """Prefers long names; judges one a time, and may fail after some."""

    name = "longest"

    def __init__(self, *, fails_after: int = 99, seconds: float = 0) -> None:
        self.fails_after, self.seconds = fails_after, seconds

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        scores: dict[str, float] = {}
        for number, hit in enumerate(hits):
            if number == self.fails_after:
                raise MllmError("the endpoint is gone; start it again")
            sleep(self.seconds)
            scores[hit.picture.id] = len(hit.picture.id)
            yield reordered(hits, scores, self.name)


def names(hits: Sequence[Hit]) -> list[str]:
    return [hit.picture.id for hit in hits]


BOAT = Query(wanted=("boat",))


def test_without_stages_it_is_the_retriever() -> None:
    assert Pipeline(ByWords()).search(BOAT, 2) == ByWords().search(BOAT, 2)


def test_every_rewrite_is_followed_by_a_search() -> None:
    found = Pipeline(ByWords(), rewriter=Add("red", "cat")).find(BOAT, 2)
    assert found.query.wanted == ("boat", "red", "cat")
    assert found.original == BOAT
    assert names(found.hits) == ["red boat", "red cat"]
    assert set(found.seconds) == {"search", "rewrite"}


def test_the_reranker_sees_the_shortlist_and_no_more() -> None:
    pipeline = Pipeline(ByWords(), reranker=Longest(), shortlist=3)
    assert names(pipeline.search(BOAT, 2)) == ["red boat", "boat"]
    assert "red cat" not in names(pipeline.search(Query(wanted=("sea",)), 3))
    deep = Pipeline(ByWords(), reranker=Longest(), shortlist=2).search(BOAT, 6)
    assert names(deep) == ["red boat", "boat", *names(ByWords().search(BOAT, 6))[2:]]
    assert [hit.rank for hit in deep] == [1, 2, 3, 4, 5, 6]


def test_what_all_stages_came_to_is_listed_by_date() -> None:
    pipeline = Pipeline(ByWords(), rewriter=Add("red"), reranker=Longest(), shortlist=2)
    newest = Query(wanted=("cat",), order="newest")
    found = [[hit.picture.id for hit in one.hits] for one in pipeline.improving(newest, 2)]
    assert found[0] == found[-1] == ["red cat", "cat"]
    oldest = pipeline.find(replace(newest, order="oldest"), 3)
    assert [hit.picture.id for hit in oldest.hits] == ["cat", "red cat", "boat"]
    assert [hit.rank for hit in oldest.hits] == [1, 2, 3]


def test_the_first_stage_answers_before_the_second_begins() -> None:
    first, *rest = Pipeline(ByWords(), reranker=Longest()).improving(BOAT, 6)
    assert names(first.hits) == names(ByWords().search(BOAT, 6))
    assert [sorted(names(found.hits)) for found in rest] == [sorted(WORDS)] * 6


def test_a_budget_ends_the_second_stage_between_two_verdicts() -> None:
    slow = Pipeline(ByWords(), reranker=Longest(seconds=0.1), budget=0.25)
    assert 2 <= len(list(slow.improving(BOAT, 6))) < 6
    assert names(Pipeline(ByWords(), reranker=Longest(), budget=0).search(BOAT, 6)) == names(
        ByWords().search(BOAT, 6)
    )


UNFORESEEN = (
    RuntimeError("CUDA out of\nmemory"),
    KeyError("image"),
    AssertionError(),
    OSError(28, "No space left on device"),
)
TOLD = (
    "CUDA out of memory",
    "KeyError 'image'",
    "AssertionError",
    "[Errno 28] No space left on device",
)


@pytest.mark.parametrize(
    "failure", [ReplyError("add", "a word", "?!"), MllmError("the endpoint is gone; start it")]
)
def test_a_rewrite_that_fails_leaves_the_last_search_and_is_named(failure: Exception) -> None:
    found = Pipeline(ByWords(), rewriter=Add("red", "cat", fails=failure)).find(BOAT, 1)
    assert names(found.hits) == ["red boat"]
    assert found.lost == (f"rewrite: {failure}",)


class Broken:
    """Fails with anything, wherever it stands: at once, or when it has given one answer."""

    name, reads_hits, turns = "broken", False, 2

    def __init__(self, failure: Exception, *, at: int = 0) -> None:
        self.failure, self.at = failure, at

    def _fail(self) -> None:
        if not self.at:
            raise self.failure
        self.at -= 1

    def search(self, query: Query, k: int) -> list[Hit]:
        self._fail()
        return ByWords().search(query, k)

    def rewrite(self, asked: Query, last: Query, hits: Sequence[Hit]) -> Query:
        self._fail()
        return replace(last, wanted=(*last.wanted, "red"))

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        self._fail()
        yield list(hits)
        self._fail()


@pytest.mark.parametrize(("failure", "told"), list(zip(UNFORESEEN, TOLD, strict=True)))
def test_what_no_stage_should_fail_with_is_passed_over_and_named_too(
    failure: Exception, told: str
) -> None:
    plain = ByWords().search(BOAT, 6)
    reranked = Pipeline(ByWords(), reranker=Broken(failure)).find(BOAT, 6)
    assert (names(reranked.hits), reranked.lost) == (names(plain), (f"rerank: {told}",))
    rewritten = Pipeline(ByWords(), rewriter=Broken(failure)).find(BOAT, 6)
    assert (names(rewritten.hits), rewritten.lost) == (names(plain), (f"rewrite: {told}",))
    again = Pipeline(Broken(failure, at=1), rewriter=Add("red")).find(BOAT, 6)
    assert (names(again.hits), again.lost) == (names(plain), (f"search: {told}",))
    assert again.query == BOAT


@pytest.mark.parametrize("failure", UNFORESEEN)
def test_a_pipeline_and_a_session_lose_the_same(failure: Exception, tmp_path: Path) -> None:
    for number, broken in enumerate(  # a first stage that fails is an error, see test_session
        (
            Pipeline(ByWords(), reranker=Broken(failure)),
            Pipeline(ByWords(), rewriter=Broken(failure), reranker=Broken(failure)),
        )
    ):
        found = broken.find(Query(wanted=("dog",)), 9)
        turn = Session.start(f"talk {number}", broken, folder=tmp_path).ask("dog")
        assert turn.lost == found.lost != ()
        assert names(turn.hits) == names(found.hits)


def test_nothing_stands_in_for_a_first_stage_that_fails() -> None:
    failure = RuntimeError("the disk is gone")
    found = Pipeline(Broken(failure), rewriter=Add("red"), reranker=Longest()).find(BOAT, 6)
    assert (found.hits, found.lost) == ([], ("search: the disk is gone",))
    with pytest.raises(RuntimeError, match="the disk is gone"):
        Pipeline(Broken(failure)).search(BOAT, 6)


def test_a_reranker_that_fails_keeps_the_order_it_had_come_to() -> None:
    found = Pipeline(ByWords(), reranker=Longest(fails_after=2)).find(BOAT, 6)
    assert names(found.hits)[:2] == ["red boat", "boat"]
    assert found.lost == ("rerank: the endpoint is gone; start it again",)


def test_k_below_one_is_refused_whatever_the_stages() -> None:
    with pytest.raises(ValueError, match="k must be at least 1; got 0"):
        Pipeline(ByWords(), reranker=Longest()).search(BOAT, 0)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (Query(wanted=("a dog", "at night")), "a dog, at night"),
        (Query(wanted=("a dog",), unwanted=("people", "cars")), "a dog, without people or cars"),
        (Query(like=("x",)), "a picture like the examples"),
    ],
)
def test_a_query_is_worded_as_one_request(query: Query, sentence: str) -> None:
    assert worded(query) == sentence
