"""The scripted model answers like an oracle of the picture's grey level; it is not under test."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from agent.cache.verdicts import open_verdicts
from agent.mllm.mllm import Message, ReplyError, Schema, Usage
from agent.rerank.mllm_choices import Listwise, Pairwise, Pick, YesNo, read_order, shuffled
from agent.rerank.pointwise import PointwiseReranker
from agent.rerank.reranker import reordered
from prompts.load import Prompt
from retrievers.hit import Hit, Picture


class Brightest:
    """Prefers the brighter picture; says yes in proportion to brightness; writes `reply`."""

    name, sees = "brightest", True

    def __init__(self, reply: str = "") -> None:
        self.usage = Usage()
        self.reply = reply
        self.asked: list[Message] = []

    def generate(
        self, messages: Sequence[Message], *, max_tokens: int = 128, schema: Schema | None = None
    ) -> str:
        return self.reply

    def caption(self, images: Sequence[Image.Image], *, prompt: Prompt | None = None) -> list[str]:
        return ["grey" for _ in images]

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> NDArray[np.float64]:
        self.asked.extend(messages)
        grey = [
            float(np.asarray(part).mean()) / 64
            for part in messages[-1].parts
            if isinstance(part, Image.Image)
        ]
        odds = np.array([grey[0], 2.0] if options == ["yes", "no"] else grey)
        scores: NDArray[np.float64] = odds - np.log(np.exp(odds).sum())
        return scores


def pixels(picture: Picture) -> Image.Image:
    return Image.new("RGB", (8, 8), (int(picture.id, 16) * 20,) * 3)


def hits(*levels: int) -> list[Hit]:
    """One grey picture per level, 0 to 12, in that order."""
    return [
        Hit(Picture(f"{level:016x}", "", (Path(f"/{level}"),), 8, 8, 1), 1.0 / rank, rank)
        for rank, level in enumerate(levels, start=1)
    ]


def levels(order: Sequence[Hit]) -> list[int]:
    return [int(hit.picture.id, 16) for hit in order]


def test_yes_or_no_sorts_what_it_judged_and_leaves_the_rest_in_place() -> None:
    reranker = PointwiseReranker(YesNo(Brightest(), pixels), depth=3)
    *_, order = reranker.orders("bright", hits(2, 9, 5, 12, 1))
    assert levels(order) == [9, 5, 2, 12, 1]
    assert [hit.rank for hit in order] == [1, 2, 3, 4, 5]
    assert order[0].why.ranks[reranker.name] == 1


def test_every_verdict_gives_an_order_so_that_a_budget_can_stop_between_them() -> None:
    orders = list(PointwiseReranker(YesNo(Brightest(), pixels)).orders("bright", hits(1, 2, 3)))
    assert [levels(order) for order in orders] == [[1, 2, 3], [2, 1, 3], [3, 2, 1]]


def test_a_verdict_is_asked_for_once(tmp_path: Path) -> None:
    mllm = Brightest()
    for _ in range(2):
        verdicts = open_verdicts(tmp_path / "verdicts.db")
        reranker = PointwiseReranker(YesNo(mllm, pixels), verdicts=verdicts)
        *_, order = reranker.orders("bright", hits(1, 2, 3))
        verdicts.close()
        assert levels(order) == [3, 2, 1]
    assert len(mllm.asked) == 3


def test_pick_moves_one_picture_to_the_front_and_counts_its_place() -> None:
    reranker = Pick(Brightest(), pixels, k=4)
    (order,) = reranker.orders("bright", hits(4, 3, 8, 1, 12))
    assert levels(order) == [8, 4, 3, 1, 12]
    assert sum(reranker.picked.values()) == 1


def test_pick_of_a_single_picture_asks_nothing() -> None:
    mllm = Brightest()
    assert list(Pick(mllm, pixels).orders("bright", hits(3))) == []
    assert mllm.asked == []


def test_pairwise_puts_the_winner_of_the_first_few_in_front() -> None:
    mllm = Brightest()
    (order,) = Pairwise(mllm, pixels, few=3).orders("bright", hits(2, 7, 11, 12))
    assert levels(order) == [11, 7, 2, 12]
    assert len(mllm.asked) == 6  # three pairs, both ways round


def test_listwise_reads_the_order_of_the_letters_shown() -> None:
    gallery = hits(1, 2, 3)
    shown = shuffled(gallery, "bright", seed=0)
    (order,) = Listwise(Brightest("C > A > B"), pixels).orders("bright", gallery)
    assert levels(order) == levels([shown[2], shown[0], shown[1]])


@pytest.mark.parametrize(
    ("reply", "order"),
    [("C > A > B", [2, 0, 1]), ("The best is B.", [1, 0, 2]), ("B B Z", [1, 0, 2])],
)
def test_orders_are_read_from_good_and_sloppy_replies(reply: str, order: list[int]) -> None:
    assert read_order(reply, 3) == order


def test_a_hopeless_reply_is_an_error_that_quotes_it() -> None:
    with pytest.raises(ReplyError, match=r"asked for an order of A to C; the model said 'none'"):
        read_order("none", 3)


@given(st.text(), st.integers(2, 26))
def test_an_order_that_is_read_is_a_permutation(reply: str, n: int) -> None:
    try:
        order = read_order(reply, n)
    except ReplyError:
        return
    assert sorted(order) == list(range(n))


@given(st.lists(st.integers(0, 12), unique=True, min_size=1), st.data())
def test_reordering_permutes_and_keeps_the_unjudged_in_place(
    places: list[int], data: st.DataObject
) -> None:
    gallery = hits(*places)
    scores = data.draw(
        st.dictionaries(
            st.sampled_from([hit.picture.id for hit in gallery]), st.floats(-9, 9), min_size=0
        )
    )
    order = reordered(gallery, scores, "stage")
    assert sorted(levels(order)) == sorted(places)
    judged = [scores[hit.picture.id] for hit in order if hit.picture.id in scores]
    assert judged == sorted(judged, reverse=True)
    for old, new in zip(gallery, order, strict=True):
        assert (old.picture.id in scores) or old.picture == new.picture


def test_the_shuffle_depends_on_the_request_and_the_seed_but_not_on_the_first_stage() -> None:
    gallery = hits(*range(13))
    assert shuffled(gallery, "a", 0) == shuffled(gallery[::-1], "a", 0)
    assert shuffled(gallery, "a", 0) != shuffled(gallery, "b", 0)
    assert shuffled(gallery, "a", 0) != shuffled(gallery, "a", 1)
