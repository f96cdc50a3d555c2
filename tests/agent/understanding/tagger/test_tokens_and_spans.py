"""Words as the tagger counts them, and spans of them that can stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.understanding.tagger.labels import TAGS
from agent.understanding.tagger.spans import decoded
from agent.understanding.tagger.tokens import Token, tokens


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("the men's 2nd #5", ["the", "men's", "2", "nd", "#", "5"]),
        ("jan-mar 2020", ["jan", "-", "mar", "2020"]),
        ("海辺の犬", ["海", "辺", "の", "犬"]),
        ("समुद्र तट", ["समुद्र", "तट"]),
        ("", []),
    ],
)
def test_words_numbers_and_signs_come_apart(said: str, words: list[str]) -> None:
    assert [one.text for one in tokens(said)] == words


@given(st.text(max_size=60))
def test_tokens_are_all_letters_but_spaces(said: str) -> None:
    found = tokens(said)
    assert all(said[one.start : one.end] == one.text for one in found)
    assert "".join(one.text for one in found) == "".join(said.split())


@given(st.integers(0, 12), st.integers(0, 2**32 - 1))
def test_spans_never_meet_and_never_begin_inside(count: int, seed: int) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.ones(len(TAGS)), size=count)
    found = [Token("x", 2 * at, 2 * at + 1) for at in range(count)]
    spans = decoded(found, shares)
    ends = [0, *(span.end for span in spans)]
    assert all(end <= span.start < span.end for end, span in zip(ends, spans, strict=False))
    assert all(0 <= span.sure <= 1 for span in spans)


def test_an_inside_without_its_beginning_is_none() -> None:
    """B-want I-refuse is not possible, however likely each is alone."""
    shares = np.full((2, len(TAGS)), 0.001)
    shares[0, TAGS.index("B-want")] = 0.9
    shares[1, TAGS.index("I-refuse")] = 0.9
    shares[1, TAGS.index("I-want")] = 0.5
    (span,) = decoded(tokens("red car"), shares)
    assert (span.kind, span.start, span.end) == ("want", 0, 7)
