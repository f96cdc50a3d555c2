"""The rankings by vectors and by words of one search, joined, and what is said of each hit."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrievers.encoder import Vectors
from retrievers.hit import Hit, Why
from retrievers.query import Filters
from retrievers.search.exact import Rows, Scores, products
from retrievers.search.full_text_search import WordMatches
from retrievers.search.fusion import K, places, reciprocal_rank_fusion
from retrievers.search.snapshot import Snapshot

DEPTH = 100  # how far down each ranking the fusion looks, at least
PARTIAL = 3.0  # a match that covers half of the telling words weighs 1/8 of a full one
FULL = 0.99  # weight of a full match: a tie goes to the picture
GUESSED = 1e-4  # weight of the vectors' places if the encoder cannot read the words
LIKELY = 2 / 3  # share of the best cosine below which a picture speaks against its words


class Ranked:
    """Fuse two rankings by reciprocal rank; a match counts as its words tell.

    Pictures with equal words are ranked by their vectors. A picture that looks nothing like the
    query has the better of its two places instead of their sum, so that the file name
    "red herring.jpg" of a blue picture comes after the best red picture.

    Args:
        vector: [1, d], the query's.
        rows: the nearest, best first, at least `DEPTH` if there are so many and any word matches.
        cosines: theirs.
        matches: by words, of rows that may be found.
        blind: the vector tells nothing, as its encoder cannot read the words; it breaks ties.
    """

    def __init__(
        self,
        now: Snapshot,
        vector: Vectors,
        rows: Rows,
        cosines: Scores,
        matches: WordMatches,
        *,
        blind: bool = False,
    ) -> None:
        self.now, self.vector, self.matches, self.blind = now, vector, matches, blind
        self.rows: list[int] = rows.tolist()
        self._cosines: dict[int, float] = dict(zip(self.rows, cosines.tolist(), strict=True))
        self._place = places(self._cosines)
        self._word_place: dict[int, int] = {}
        self._coverage: dict[int, float] = {}
        if len(matches.rows):
            self._rank_words(matches.rows, matches.coverage)

    def hits(self, k: int, filters: Filters) -> list[Hit]:
        """Return the k best, each with its files that meet the filters."""
        rows = self._order[:k]
        held = self.now.words.bm25(self.matches, [row for row in rows if row in self._coverage])
        pictures = self.now.pictures(rows, filters)
        return [
            Hit(picture, self._scores[row], rank, self._why(row, held))
            for rank, (row, picture) in enumerate(zip(rows, pictures, strict=True), start=1)
        ]

    def _rank_words(self, rows: Rows, coverage: NDArray[np.float64]) -> None:
        kept = np.isin(rows, self.rows) | (self._alone(coverage) > 1 / (K + len(self.rows)))
        rows, coverage = rows[kept], coverage[kept]
        cosines = products(self.now.vectors, self.vector, rows).round(5)
        told = coverage.round(9)
        order = np.lexsort((self.now.ids[rows], -cosines, -told))[: max(DEPTH, len(self.rows))]
        apart = np.diff(told[order]).astype(bool) | np.diff(cosines[order]).astype(bool)
        place = np.concatenate([[1], 1 + np.cumsum(apart)]).tolist()  # equal ones share one
        self._word_place = dict(zip(rows[order].tolist(), place, strict=False))
        for at in order.tolist():
            self._coverage[int(rows[at])] = float(coverage[at])
            self._cosines.setdefault(int(rows[at]), float(cosines[at]))

    @staticmethod
    def _alone(coverage: NDArray[np.float64]) -> NDArray[np.float64]:
        """The most that words add to a score."""
        return FULL * coverage**PARTIAL / (K + 1)

    @cached_property
    def _scores(self) -> dict[int, float]:
        if not self._coverage:
            return self._cosines
        seen = dict.fromkeys(self.rows, GUESSED if self.blind else 1.0)
        read = {row: FULL * coverage**PARTIAL for row, coverage in self._coverage.items()}
        likely = -1.0 if self.blind else LIKELY * max(0.0, self._cosines[self.rows[0]])
        for row in seen.keys() & read.keys():
            if self._cosines[row] < likely:
                by_words = read[row] / (K + self._word_place[row])
                weaker = seen if by_words > 1 / (K + self._place[row]) else read
                weaker[row] = 0.0
        return reciprocal_rank_fusion([self._place, self._word_place], [seen, read])

    @cached_property
    def _order(self) -> list[int]:
        if not self._coverage:
            return self.rows
        return sorted(self._scores, key=lambda row: (-self._scores[row], self.now.ids[row]))

    def _why(self, row: int, held: dict[int, float]) -> Why:
        scores, ranks = {"vector": self._cosines[row]}, {}
        if row in self._place:
            ranks["vector"] = self._place[row]
        if row not in self._coverage:
            return Why(scores, ranks)
        scores["words"], ranks["words"] = held[row], self._word_place[row]
        return Why(scores, ranks, self.matches.words(row))
