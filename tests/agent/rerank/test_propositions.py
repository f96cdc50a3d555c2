from collections.abc import Sequence
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from agent.cache.verdicts import open_verdicts
from agent.mllm.mllm import Message, ReplyError
from agent.rerank.propositions import Propositions, Verified, read_statements
from tests.agent.rerank.test_mllm_choices import Brightest, hits, levels, pixels


class Checks(Brightest):
    """Splits as it is told; "bright" is true as far as a picture is, anything else is unsure."""

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> NDArray[np.float64]:
        self.asked.extend(messages)
        (image,) = (part for part in messages[-1].parts if isinstance(part, Image.Image))
        grey = float(np.asarray(image).mean()) / 255
        sure = any("Statement: it is bright" in str(part) for part in messages[-1].parts)
        p = min(max(grey, 0.001), 0.999) if sure else 0.5
        return np.array([log(p), log(1 - p)])


SPLIT = '{"statements": ["it is bright"]}'


def test_pictures_that_fail_surely_go_down_and_unsure_ones_stay() -> None:
    checks = Checks(SPLIT)
    *_, order = Propositions(checks, checks, pixels).orders("bright", hits(6, 0, 12, 7))
    assert levels(order) == [6, 12, 0, 7]  # 6 and 7 are near one half: gated


def test_a_verifier_that_is_never_sure_changes_no_place() -> None:
    checks = Checks('{"statements": ["it is odd"]}')
    for order in Propositions(checks, checks, pixels).orders("odd", hits(6, 0, 12)):
        assert levels(order) == [6, 0, 12]
        assert all(hit.why.held == hit.why.failed == () for hit in order)


def test_every_hit_says_which_statements_held_and_which_failed() -> None:
    checks = Checks(SPLIT)
    *_, order = Propositions(checks, checks, pixels).orders("bright", hits(0, 12))
    assert [(hit.why.held, hit.why.failed) for hit in order] == [
        (("it is bright",), ()),
        ((), ("it is bright",)),
    ]


def test_each_statement_is_asked_once_per_picture(tmp_path: Path) -> None:
    checks = Checks(SPLIT)
    for _ in range(2):
        verdicts = open_verdicts(tmp_path / "v.db")
        list(Propositions(checks, checks, pixels, verdicts=verdicts).orders("b", hits(0, 12)))
        verdicts.close()
    assert len(checks.asked) == 2


def test_what_held_and_what_failed_is_told_apart() -> None:
    verified = Verified((("a dog", 0.9), ("at night", 0.2), ("snow", 0.5)))
    assert verified.held == ("a dog",)
    assert verified.failed == ("at night",)  # snow is undecided
    assert verified.score == pytest.approx((0.64 - 0.36) / 3)


@pytest.mark.parametrize(
    ("reply", "statements"),
    [
        (SPLIT, ("it is bright",)),
        ('Sure: {"statements": ["a", " b ", "a", ""]} done', ("a", "b")),
        ('{"statements": ["1","2","3","4","5","6","7"]}', ("1", "2", "3", "4", "5", "6")),
    ],
)
def test_statements_are_read_from_good_and_sloppy_replies(
    reply: str, statements: tuple[str, ...]
) -> None:
    assert read_statements(reply) == statements


@pytest.mark.parametrize("reply", ["", "no", "{}", '{"statements": []}', '{"statements": [1]}'])
def test_hopeless_replies_are_errors(reply: str) -> None:
    with pytest.raises(ReplyError, match="propositions/split"):
        read_statements(reply)


@given(st.text())
def test_any_reply_is_read_or_refused(reply: str) -> None:
    try:
        assert read_statements(reply)
    except ReplyError:
        pass


@given(st.lists(st.tuples(st.text(), st.floats(0, 1)), min_size=1))
def test_a_score_lies_between_false_and_true(statements: list[tuple[str, float]]) -> None:
    assert -1 <= Verified(tuple(statements)).score <= 1
