"""Shortlist, rewrite and search again, rerank: plain composition, each stage timed and optional.

The first stage answers at once; what the later stages find out comes as better and better orders,
so that a time budget means to stop listening. A stage that fails, whatever with, is passed over and
named; that is decided here and nowhere else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from agent.rerank.reranker import Reranker
from agent.rewrite.rewriter import Rewriter
from agent.stage_failure import lost
from agent.stages.absence import Absence
from retrievers.hit import Hit, Retriever
from retrievers.query import Filters, Ordering, Query
from retrievers.search.ordering import depth, in_order


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has come to so far.

    Attributes:
        original: the query as the user asked it.
        query: the query that was searched with last.
        hits: best first, or in the order that was asked for, at most k.
        seconds: time spent so far, by stage: search, rewrite, rerank.
        lost: stages that failed and were passed over, each with its reason.
        doubt: says that nothing fits, if that is likely, and which conditions no picture meets;
            known when all stages are done.
        unread: says that the encoder does not know the language of the words.
        failure: what the first stage failed with, named in `lost`, too: nothing stands in for it.
    """

    original: Query
    query: Query
    hits: list[Hit]
    seconds: Mapping[str, float] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    doubt: str = ""
    unread: str = ""
    failure: Exception | None = None

    @property
    def remarks(self) -> str:
        """What is said of the search in one line: what is not read, and what is in doubt."""
        return " ".join(filter(None, (self.unread, self.doubt)))

    def sound(self) -> "Found":
        """Return this, or raise what the first stage failed with."""
        if self.failure:
            raise self.failure
        return self


class Pipeline:
    """Search in stages; a stage left as None is left out. A pipeline is itself a retriever.

    Args:
        retriever: the first stage.
        rewriter: changes the query before the shortlist is drawn up, and between searches.
        reranker: orders the shortlist.
        shortlist: how many pictures the reranker is given; a picture outside it can't win.
        budget: seconds after which nothing new is begun; none: all stages finish.
        absence: says when nothing fits; it takes milliseconds, whatever the budget.
        unmatched: says which of the filters no picture at all can meet.
        unread: says that the first stage does not know the language of what is wanted.
    """

    def __init__(
        self,
        retriever: Retriever,
        *,
        rewriter: Rewriter | None = None,
        reranker: Reranker | None = None,
        shortlist: int = 50,
        budget: float | None = None,
        absence: Absence | None = None,
        unmatched: Callable[[Filters], str] = lambda filters: "",
        unread: Callable[[Sequence[str]], str] = lambda wanted: "",
    ) -> None:
        if shortlist < 1:
            raise ValueError(f"shortlist must be at least 1; got {shortlist}")
        self.retriever, self.rewriter, self.reranker = retriever, rewriter, reranker
        self.shortlist, self.budget, self.absence = shortlist, budget, absence
        self.unmatched, self.unread = unmatched, unread

    @property
    def name(self) -> str:
        """The stages that are switched on."""
        stages = (self.rewriter, self.reranker)
        return " > ".join(["search", *(stage.name for stage in stages if stage)])

    def verdict(self, hit: Hit) -> tuple[float | None, float]:
        """Return what put a hit where it is: hits of one verdict are tied, and only ids part them.

        A reranker's equal scores keep the first stage's order, so that its score counts, too.
        """
        judged = hit.why.scores.get(self.reranker.name) if self.reranker else None
        return judged, hit.score

    def search(self, query: Query, k: int) -> list[Hit]:
        return self.find(query, k).sound().hits

    def find(self, query: Query, k: int) -> Found:
        """Run every stage, within the budget, and return what it came to.

        Raises:
            ValueError: k is below 1.
        """
        *_, last = self.improving(query, k)
        return last

    def improving(self, query: Query, k: int) -> Iterator[Found]:
        """Yield the first stage's answer at once, then each better one until all is done.

        Raises:
            ValueError: k is below 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1; got {k}")
        end = perf_counter() + self.budget if self.budget is not None else float("inf")
        deep = depth(query.order, k) if query.compares else k
        for found in self._stages(Found(query, query, []), deep, end):
            yield replace(found, hits=in_order(found.hits, query.order)[:k])

    def _stages(self, found: Found, k: int, end: float) -> Iterator[Found]:
        begin = perf_counter()
        try:
            found = self._searched(found, k)
        except Exception as error:
            yield replace(_without(found, "search", begin, error), failure=error)
            return
        yield found
        if self.rewriter:
            for better in self._rewritten(found, self.rewriter, k, end):
                yield (found := better)
        if self.reranker and perf_counter() < end:
            for better in self._reranked(found, self.reranker, end):
                yield (found := better)
        if self.absence:
            yield (found := _doubted(found, self.absence))
        idle, unread = self.unmatched(found.original.filters), self.unread(found.original.wanted)
        if idle or unread:
            doubt = "; ".join(filter(None, (idle, found.doubt)))
            yield replace(found, doubt=doubt, unread=unread)

    def _searched(self, found: Found, k: int) -> Found:
        begin = perf_counter()
        count = max(k, self.shortlist) if self.reranker else k
        order: Ordering = "best" if found.query.compares else found.original.order
        hits = self.retriever.search(replace(found.query, order=order), count)
        return replace(found, hits=hits, seconds=_plus(found, "search", begin))

    def _rewritten(self, found: Found, rewriter: Rewriter, k: int, end: float) -> Iterator[Found]:
        for _ in range(rewriter.turns):
            if perf_counter() >= end:
                return
            stage, begin = "rewrite", perf_counter()
            try:
                query = rewriter.rewrite(found.original, found.query, found.hits)
                found = replace(found, seconds=_plus(found, stage, begin))
                stage, begin = "search", perf_counter()
                if query != found.query:
                    found = self._searched(replace(found, query=query), k)
            except Exception as error:
                yield _without(found, stage, begin, error)
                return
            yield found

    def _reranked(self, found: Found, reranker: Reranker, end: float) -> Iterator[Found]:
        begin = perf_counter()
        first = found
        given, rest = found.hits[: self.shortlist], found.hits[self.shortlist :]
        try:
            for hits in reranker.orders(worded(found.query), given):
                found = replace(first, hits=hits + rest, seconds=_plus(first, "rerank", begin))
                yield found
                if perf_counter() >= end:
                    return
        except Exception as error:
            yield _without(replace(found, seconds=first.seconds), "rerank", begin, error)


def _doubted(found: Found, absence: Absence) -> Found:
    begin = perf_counter()
    try:
        doubt = absence.doubt(found.original, found.query, found.hits)
    except Exception as error:
        return _without(found, "absence", begin, error)
    return replace(found, doubt=doubt, seconds=_plus(found, "absence", begin))


def worded(query: Query) -> str:
    """Write the words of a query as one request, for a model that reads sentences."""
    wanted = ", ".join(query.wanted) or "a picture like the examples"
    return f"{wanted}, without {' or '.join(query.unwanted)}" if query.unwanted else wanted


def _plus(found: Found, stage: str, begin: float) -> dict[str, float]:
    spent = found.seconds.get(stage, 0.0) + perf_counter() - begin
    return {**found.seconds, stage: spent}


def _without(found: Found, stage: str, begin: float, error: Exception) -> Found:
    told = (*found.lost, lost(stage, error))
    return replace(found, lost=told, seconds=_plus(found, stage, begin))
