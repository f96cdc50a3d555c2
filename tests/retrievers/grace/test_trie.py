from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from retrievers.grace.trie import Node, Trie

endless = some.lists(some.lists(some.integers(0, 3), max_size=4), min_size=1, max_size=30)


def walked(trie: Trie, node: Node, prefix: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    if trie.ends(node):
        yield prefix
        return
    places, bounds = trie.children(node)
    for at, place in enumerate(places.tolist()):
        child = Node(int(bounds[at]), int(bounds[at + 1]), node.depth + 1)
        yield from walked(trie, child, (*prefix, place))


@given(endless, some.randoms(use_true_random=False))
def test_a_walk_finds_every_allowed_sequence_once_and_nothing_else(lists, chance) -> None:  # type: ignore[no-untyped-def]
    sequences = sorted({(*one, 9) for one in lists})
    chance.shuffle(sequences)
    trie = Trie.of(sequences)
    assert list(walked(trie, trie.root)) == sorted(sequences)
    assert [sequences[at] for at in trie.owners] == sorted(sequences)
    allowed = np.array([chance.random() < 0.5 for _ in sequences])
    fewer = trie.among(allowed)
    left = sorted(one for one, kept in zip(sequences, allowed, strict=True) if kept)
    assert (list(walked(fewer, fewer.root)) if left else []) == left


@pytest.mark.parametrize("sequences", [[(1, 2), (1, 2)], [(1, 2, 3), (1, 2)]])
def test_equal_sequences_and_beginnings_of_others_are_refused(
    sequences: list[tuple[int, ...]],
) -> None:
    with pytest.raises(ValueError, match="no identifier may begin another one or be equal to it"):
        Trie.of(sequences)
