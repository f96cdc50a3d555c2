"""No two pictures share an identifier, and none begins another one, whatever the pictures."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from retrievers.grace.identifier_schemes import fit_scheme, read_scheme
from retrievers.grace.identifiers import (
    KINDS,
    IdentifierError,
    Identifiers,
    IdentifierSource,
    Scheme,
)

DIM, END = 4, 0
CAPTIONS = ("", "a cat", "a  cat", "a cat 2", "a cat 2 2", "ein Bär", " ")
VECTORS = [(0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0), (0.6, 0.8, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)]
seen = some.builds(
    IdentifierSource,
    some.sampled_from(VECTORS).map(lambda v: np.array(v, np.float32)),
    some.sampled_from(CAPTIONS),
)


def letters(text: str) -> list[int]:
    return [ord(letter) for letter in text]


def fitted(kind: str, pictures: Sequence[IdentifierSource]) -> tuple[Scheme, Identifiers]:
    return fit_scheme(
        kind, pictures, tokenise=letters, end=END, clusters=3, leaf=4, codes=6, seed=1
    )


def apart(named: Sequence[tuple[int | str, ...]]) -> bool:
    """Whether none begins another one or is equal to it."""
    held = set(named)
    inner = {one[:length] for one in held for length in range(len(one))}
    return len(held) == len(named) and not held & inner


@pytest.mark.parametrize("kind", KINDS)
@given(pictures=some.lists(seen, min_size=1, max_size=40), more=some.lists(seen, max_size=5))
@settings(max_examples=25)
def test_identifiers_are_apart_however_alike_the_pictures(
    kind: str, pictures: list[IdentifierSource], more: list[IdentifierSource]
) -> None:
    scheme, first = fitted(kind, pictures)
    assert len(first.identifiers) == len(pictures)
    assert apart(first.identifiers)
    try:
        second = scheme.name(more, first.identifiers)
    except IdentifierError:  # a tree may be full, a code used up
        assert kind in ("structured", "vokens")
    else:
        assert apart((*first.identifiers, *second.identifiers))
        new = {symbol for one in second.identifiers for symbol in one if isinstance(symbol, str)}
        assert new <= first.anchors.keys() | second.anchors.keys()


def pictures(n: int, seed: int = 0) -> list[IdentifierSource]:
    rows = np.random.default_rng(seed).normal(size=(n, DIM)).astype(np.float32)
    return [
        IdentifierSource(row / np.linalg.norm(row), f"picture {at}") for at, row in enumerate(rows)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_pictures_are_named_the_same(kind: str) -> None:
    assert fitted(kind, pictures(50))[1].identifiers == fitted(kind, pictures(50))[1].identifiers


@pytest.mark.parametrize("kind", KINDS)
def test_a_scheme_that_was_written_and_read_names_new_pictures_as_before(kind: str) -> None:
    scheme, first = fitted(kind, pictures(50))
    again = read_scheme(kind, *scheme.state(), letters, END)
    new = pictures(8, seed=3)
    assert again.name(new, first.identifiers).identifiers == (
        scheme.name(new, first.identifiers).identifiers
    )


def test_numbers_go_on_where_they_ended() -> None:
    scheme, first = fitted("string", pictures(12))
    (more,) = scheme.name(pictures(1), first.identifiers).identifiers
    assert "".join(map(chr, more[:-1])) == " id 12"  # type: ignore[arg-type]
    scheme, first = fitted("numeric", pictures(12))
    (more,) = scheme.name(pictures(1), first.identifiers).identifiers
    assert "".join(map(chr, more[:-1])) == " 1 2"  # type: ignore[arg-type]


def test_pictures_of_one_cluster_share_the_beginning_of_their_structured_identifiers() -> None:
    ends = np.eye(DIM, dtype=np.float32)[:2]
    noise = np.random.default_rng(0).normal(scale=0.01, size=(8, DIM)).astype(np.float32)
    scheme, named = fit_scheme(
        "structured",
        [IdentifierSource(ends[at % 2] + noise[at], "") for at in range(8)],
        tokenise=letters,
        end=END,
        clusters=2,
        leaf=6,
    )
    assert named.identifiers[0][0] == named.identifiers[2][0] != named.identifiers[1][0]
    (new,) = scheme.name([IdentifierSource(ends[0], "")], named.identifiers).identifiers
    assert new == (named.identifiers[0][0], "at_4")


def test_a_full_tree_is_said_to_be_full() -> None:
    scheme, named = fitted("structured", pictures(4))
    with pytest.raises(IdentifierError, match="all 1 leaves of 4 pictures are full"):
        scheme.name(pictures(1), named.identifiers)


def test_two_pictures_with_one_caption_are_told_apart_by_a_number() -> None:
    alike = [IdentifierSource(np.zeros(DIM, np.float32), "a cat") for _ in range(3)]
    texts = ["".join(map(chr, one[:-1])) for one in fitted("semantic", alike)[1].identifiers]  # type: ignore[arg-type]
    assert texts == [" a cat", " a cat 2", " a cat 3"]


def test_a_quantised_picture_is_near_what_its_codes_add_up_to() -> None:
    many = pictures(60)
    _, named = fit_scheme("vokens", many, tokenise=letters, end=END, codes=16)
    centre = np.mean([one.vector for one in many], axis=0)
    errors = []
    for one, identifier in zip(many, named.identifiers, strict=True):
        codes = [named.anchors[str(symbol)] for symbol in identifier[:4]]
        assert all(code is not None for code in codes)
        whole = centre + sum(code - centre for code in codes if code is not None)
        errors.append(np.square(whole - one.vector).sum())
    spread = np.mean([np.square(one.vector - centre).sum() for one in many])
    assert np.mean(errors) < spread / 20
