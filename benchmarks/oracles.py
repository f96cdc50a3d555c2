"""What no real system can do: stages that know the answer, for the ceiling, and halves of a query.

An oracle stands beside the stages in a table, labelled, and shows how much there is to gain.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from agent.rerank.reranker import reordered
from retrievers.hit import Hit, Retriever
from retrievers.query import Query


class PerfectReranker:
    """Puts the picture that is meant first, if it is in the shortlist at all.

    Args:
        meant: ids of the pictures that are meant, by the request in words.
    """

    name = "oracle"

    def __init__(self, meant: Mapping[str, Collection[str]]) -> None:
        self.meant = meant

    def orders(self, said: str, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        ids = [hit.picture.id for hit in hits]
        yield reordered(hits, {one: float(one in self.meant[said]) for one in ids}, self.name)


class PerfectRewriter:
    """Searches for the caption of the picture that is meant.

    Args:
        captions: by what was asked.
    """

    name, turns, reads_hits = "oracle", 1, False

    def __init__(self, captions: Mapping[Query, str]) -> None:
        self.captions = captions

    def rewrite(self, original: Query, last: Query, hits: Sequence[Hit]) -> Query:
        return Query(wanted=(self.captions[original],))


class Half:
    """A retriever that hears one half of a query: its words, or the picture pointed at."""

    def __init__(self, retriever: Retriever, change: Callable[[Query], Query]) -> None:
        self.retriever, self.change = retriever, change

    def search(self, query: Query, k: int) -> list[Hit]:
        return self.retriever.search(self.change(query), k)


def words_only(query: Query) -> Query:
    return replace(query, like=())


def picture_only(query: Query) -> Query:
    return replace(query, wanted=())
