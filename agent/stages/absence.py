"""Whether anything in a collection fits what was asked: "perhaps you have no such picture".

Thresholds are not absolute cosines. What a query's best picture must rise above is how high
reference words rise in the same collection, most of which show nothing that is there
(docs/absence.md has the figures). Where an MLLM has looked at the pictures, its verdicts decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.stages.absence_reference import Reference
from retrievers.collection.storage.vector_forms import StoredVectors
from retrievers.hit import Hit
from retrievers.query import Filters, Query
from retrievers.search.exact import Mask
from retrievers.search.searcher import Searcher

DOUBTED = 0.1
"""Share of the reference words that is doubted. On the training half of the stamps this also doubts
0.10 of what is there; on photographs 0.01."""

FEWEST = 30  # pictures; in a smaller collection z-scores say nothing
LOOKED_AT = 5  # pictures that an MLLM must refuse, the nearest ones


@dataclass(frozen=True, slots=True)
class VerdictReading:
    """How a reranker's scores are read as verdicts.

    Attributes:
        stage: its name, under which `Why.scores` holds them.
        sure: a score of at least this is a yes, of at most minus this a no.
    """

    stage: str
    sure: float

    def verdict(self, hit: Hit) -> bool | None:
        """Return what the model said of a picture; None if it was not asked, or is unsure."""
        score = hit.why.scores.get(self.stage, 0.0)
        return None if abs(score) < self.sure else score > 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against there being such a picture.

    Attributes:
        standing: share of the reference words whose best picture stands out less; None: can't be
            told.
        named: whether a picture's name, caption, tags or text hold telling words of the query.
        seen: whether a model surely recognised it in a picture.
        refused: whether a model surely refused all of the nearest pictures.
    """

    standing: float | None = None
    named: bool = False
    seen: bool = False
    refused: bool = False

    def doubt(self, said: str, *, doubted: float = DOUBTED) -> str:
        """Say in one line that nothing fits; empty: something does, or it can't be told."""
        if self.refused and not self.seen:
            return f'Nothing here looks like "{said}"; these are the nearest.'
        if self.seen or self.named or self.standing is None or self.standing >= doubted:
            return ""
        return f'Perhaps nothing here looks like "{said}"; these are the nearest.'


class Absence:
    """Weigh the evidence on one collection; what it measures is kept beside the vectors.

    Args:
        searcher: found the pictures.
        reading: how to read the verdicts of an MLLM that looked at them; none: none looked.
        doubted: share of the reference words that is doubted, 0 to 1.
    """

    def __init__(
        self, searcher: Searcher, *, reading: VerdictReading | None = None, doubted: float = DOUBTED
    ) -> None:
        if not 0 <= doubted <= 1:
            raise ValueError(f"doubted must be in 0..1, a share; got {doubted!r}")
        self.searcher, self.reading, self.doubted = searcher, reading, doubted
        self.reference = Reference(searcher)

    def doubt(self, original: Query, searched: Query, hits: Sequence[Hit]) -> str:
        """Say in one line that nothing fits what was asked, or nothing.

        Args:
            original: in the user's words; without words there is no doubt.
            searched: what the pictures were compared with.
            hits: best first.
        """
        if not original.wanted or not hits:
            return ""
        evidence = self.evidence(searched, hits)
        return evidence.doubt(", ".join(original.wanted), doubted=self.doubted)

    def evidence(self, query: Query, hits: Sequence[Hit]) -> Evidence:
        """Gather what is known about a query's hits."""
        verdicts = [self.reading.verdict(hit) for hit in hits] if self.reading else []
        nearest = verdicts[:LOOKED_AT]
        return Evidence(
            standing=self._standing(query, hits),
            named=any(hit.why.words for hit in hits),
            seen=True in verdicts,
            refused=bool(nearest) and all(one is False for one in nearest),
        )

    def _standing(self, query: Query, hits: Sequence[Hit]) -> float | None:
        cosines = [score for hit in hits if (score := hit.why.scores.get("vector")) is not None]
        vector, vectors, allowed = self.searcher.compared(query)
        if vector is None or not cosines or _count(vectors, allowed) < FEWEST:
            return None
        z_scores = self.reference.z_scores(query.filters, vectors, allowed)
        return z_scores.standing(z_scores.of(vector, max(cosines)))


def prepare(searcher: Searcher) -> None:
    """Measure a collection once it has changed, so that the next search need not."""
    _, vectors, allowed = searcher.compared(Query())
    if _count(vectors, allowed) >= FEWEST:
        Reference(searcher).z_scores(Filters(), vectors, allowed)


def _count(vectors: StoredVectors, allowed: Mask | None) -> int:
    return len(vectors) if allowed is None else int(np.count_nonzero(allowed))
