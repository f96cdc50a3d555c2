"""GRACE inference: beam search held to a trie, the likeliest identifiers, each once.

transformers' `generate` knows no tokens whose rows lie beside the model, as new identifiers' do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from retrievers.grace.network import IdentifierWriter, Prompts, Table
from retrievers.grace.trie import Node, Trie
from retrievers.loading.network_lock import turn_of

BEAMS = 10


@dataclass(frozen=True, slots=True)
class Beam:
    """A prefix on the way.

    Attributes:
        score: its log probability.
        place: its last symbol's.
        row: of the cache, that of its parent; below 0: it is a whole identifier.
    """

    score: float
    node: Node
    place: int
    row: int


class Written(NamedTuple):
    """An identifier that was found: whose it is, and its log probability."""

    owner: int
    score: float


def search(
    writer: IdentifierWriter,
    table: Table,
    trie: Trie,
    prompts: Prompts,
    *,
    k: int,
    beams: int = BEAMS,
) -> list[list[Written]]:
    """Return the k likeliest identifiers for each prompt, best first; fewer if there are fewer.

    Equal scores stand in the order of the alphabet. A score is the identifier's own probability
    over the whole alphabet: it does not depend on what else the trie holds.
    """
    if not len(trie):
        return [[] for _ in prompts.ids]
    here = Prompts(*(one.to(writer.device) for one in prompts))
    with turn_of(writer.plain), torch.inference_mode():
        return _Search(writer, table, trie, max(k, beams)).run(here, k)


class _Search:
    def __init__(self, writer: IdentifierWriter, table: Table, trie: Trie, width: int) -> None:
        self.writer, self.table, self.trie, self.width = writer, table, trie, width
        self.cache: Any = DynamicCache(config=writer.plain.get_decoder().config)
        self.meant: Any = None

    def run(self, prompts: Prompts, k: int) -> list[list[Written]]:
        mask, self.pictured = prompts.mask, prompts.soft.any(dim=1)
        embedded = self.writer.prompts(prompts.ids, prompts.vectors, prompts.soft)
        held = [[Beam(0.0, self.trie.root, -1, row)] for row in range(len(mask))]
        while True:
            chances = self._chances(embedded, mask)
            held = [self._longer(some, chances) for some in held]
            live = [one for some in held for one in some if one.row >= 0]
            if not live:
                return [[self._written(one) for one in some[:k]] for some in held]
            rows = torch.tensor([one.row for one in live], device=mask.device)
            self.cache.reorder_cache(rows)
            self.meant = self.meant[rows]
            mask = torch.cat([mask[rows], mask.new_ones(len(live), 1)], dim=1)
            places = torch.tensor([one.place for one in live], device=mask.device)
            embedded = self.table.read[places][:, None].to(embedded.dtype)
            numbers = iter(range(len(live)))
            held = [[_moved(one, numbers) for one in some] for some in held]

    def _chances(self, embedded: Tensor, mask: Tensor) -> Any:
        """Return the log probabilities of the next symbol [rows, symbols]."""
        hidden = self.writer.hidden(embedded, mask, self.cache)[:, -1:]
        if self.meant is None:
            self.meant = self.writer.rows.meant(hidden, self.pictured)
        logits = self.writer.logits(self.table, hidden, self.meant)[:, 0]
        return logits.float().log_softmax(dim=-1).double().cpu().numpy()

    def _longer(self, beams: Sequence[Beam], chances: Any) -> list[Beam]:
        """Return the best of what each beam can become; whole identifiers stay as they are."""
        every = [one for beam in beams for one in self._grown(beam, chances)]
        return sorted(every, key=lambda one: (-one.score, one.node.start))[: self.width]

    def _grown(self, beam: Beam, chances: Any) -> Iterator[Beam]:
        if beam.row < 0:
            yield beam
            return
        places, bounds = self.trie.children(beam.node)
        scores = beam.score + chances[beam.row, places]
        for at in np.argsort(-scores, kind="stable")[: self.width].tolist():
            node = Node(int(bounds[at]), int(bounds[at + 1]), beam.node.depth + 1)
            row = -1 if self.trie.ends(node) else beam.row
            yield Beam(float(scores[at]), node, int(places[at]), row)

    def _written(self, beam: Beam) -> Written:
        return Written(int(self.trie.owners[beam.node.start]), beam.score)


def _moved(beam: Beam, numbers: Iterator[int]) -> Beam:
    """Give a beam that goes on the next row of the cache."""
    if beam.row < 0:
        return beam
    return Beam(beam.score, beam.node, beam.place, next(numbers))
