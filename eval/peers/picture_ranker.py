"""Our rerankers where AnswerDotAI's `rerankers` expects one of its own.

PictureRanker(reranker, PictureFiles(Path("pictures"))).rank("a dog", ["a.jpg", "b.jpg"])
"""

from base64 import b64decode
from collections.abc import Sequence
from typing import Any

from rerankers import Document
from rerankers.models.ranker import BaseRanker
from rerankers.results import RankedResults, Result

from agent.rerank.reranker import Reranker
from eval.peers.picture_files import PictureFiles, as_hits
from retrievers.hit import Hit


class PictureRanker(BaseRanker):
    """Order pictures with any reranker of `agent.rerank`, listwise ones too.

    Args:
        reranker: orders them.
        files: keeps pictures that come as base64.
    """

    def __init__(self, reranker: Reranker, files: PictureFiles) -> None:
        self.reranker, self.files = reranker, files

    def score(self, query: str, doc: str | Document) -> float:
        """Return the score of one picture.

        Raises:
            ValueError: the reranker compares pictures and scores none by itself.
        """
        (result,) = self.rank(query, [doc])
        if result.score is None:
            raise ValueError(f"{self.reranker.name} orders pictures and gives one alone no score")
        return float(result.score)

    def rank(
        self,
        query: str,
        docs: Any,
        doc_ids: Sequence[str | int] | None = None,
        metadata: Sequence[dict[str, Any]] | None = None,
    ) -> RankedResults:
        """Order paths, or documents of type "image" with `image_path` or `base64`.

        Results carry scores if the reranker scored every picture; a picture handed over twice
        stands twice.

        Raises:
            ValueError: a document is a text.
        """
        documents = _documents(docs, doc_ids, metadata)
        pictures = [self.files.picture(_shown(one)) for one in documents]
        order = as_hits(pictures)
        for better in self.reranker.orders(query, order) if order else ():
            order = better
        return RankedResults(
            results=_results(order, documents, [one.id for one in pictures], self.reranker.name),
            query=query,
            has_scores=all(self.reranker.name in hit.why.scores for hit in order),
        )


def _documents(
    docs: Any, ids: Sequence[str | int] | None, metadata: Sequence[dict[str, Any]] | None
) -> list[Document]:
    """Return documents of our own, so that the caller's are not changed."""
    given = [docs] if isinstance(docs, str | Document) else list(docs)
    documents = []
    for place, one in enumerate(given):
        facts = (
            {"document_type": "image", "image_path": one}
            if isinstance(one, str)
            else {name: getattr(one, name) for name in one.attributes}
        )
        if ids is not None:
            facts["doc_id"] = ids[place]
        elif facts.get("doc_id") is None:
            facts["doc_id"] = place
        if metadata is not None:
            facts["metadata"] = metadata[place]
        documents.append(Document(**facts))
    return documents


def _shown(document: Document) -> str | bytes:
    if document.image_path:
        return str(document.image_path)
    if document.base64:
        return b64decode(document.base64)
    raise ValueError(
        f"document {document.doc_id!r} must be a picture, with image_path or base64; got a text"
    )


def _results(
    order: Sequence[Hit], documents: Sequence[Document], ids: Sequence[str], stage: str
) -> list[Result]:
    places: dict[str, list[int]] = {}
    for place, one in enumerate(ids):
        places.setdefault(one, []).append(place)
    ranked = [(place, hit) for hit in order for place in places[hit.picture.id]]
    return [
        Result(documents[place], score=hit.why.scores.get(stage), rank=rank)
        for rank, (place, hit) in enumerate(ranked, start=1)
    ]
