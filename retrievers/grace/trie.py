"""The trie of identifiers that may be written: a sorted matrix, a prefix is a range of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
END = -1


@dataclass(frozen=True, slots=True)
class Node:
    """A prefix: the rows that begin with it.

    Attributes:
        depth: its length.
    """

    start: int
    stop: int
    depth: int


@dataclass(frozen=True, slots=True)
class Trie:
    """Sequences of places in an alphabet; none begins another.

    Attributes:
        rows: [n, longest], sorted; END behind a sequence's end.
        owners: [n], whose sequence each row is.
    """

    rows: Places
    owners: Places

    @classmethod
    def of(cls, sequences: Sequence[Sequence[int]]) -> Self:
        """Make the trie; owners are places in this list.

        Raises:
            ValueError: two are equal, or one begins another.
        """
        longest = max(map(len, sequences), default=1)
        rows = np.full((len(sequences), longest), END, dtype=np.int64)
        for at, one in enumerate(sequences):
            rows[at, : len(one)] = one
        order = np.lexsort(rows.T[::-1])
        trie = cls(rows[order], order)
        trie._refuse_prefixes()
        return trie

    def among(self, allowed: NDArray[np.bool_]) -> "Trie":
        """Return the trie without the sequences of owners that are not allowed."""
        kept = allowed[self.owners]
        return self if kept.all() else Trie(self.rows[kept], self.owners[kept])

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def root(self) -> Node:
        return Node(0, len(self.rows), 0)

    def ends(self, node: Node) -> bool:
        """Whether the prefix is a whole sequence, of the owner of its first row."""
        return node.depth == self.rows.shape[1] or bool(self.rows[node.start, node.depth] == END)

    def children(self, node: Node) -> tuple[Places, Places]:
        """Return the places that may follow, ascending, and the bounds of their rows [m + 1]."""
        column = self.rows[node.start : node.stop, node.depth]
        starts = np.flatnonzero(np.diff(column, prepend=END))
        return column[starts], np.append(starts, len(column)) + node.start

    def _refuse_prefixes(self) -> None:
        before, after = self.rows[:-1], self.rows[1:]
        if ((before == END) | (before == after)).all(axis=1).any():
            raise ValueError("no identifier may begin another one or be equal to it")
