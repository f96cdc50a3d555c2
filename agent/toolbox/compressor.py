"""Any of our rerankers as LangChain's document compressor."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from pydantic import ConfigDict, SkipValidation

from agent.rerank.reranker import Reranker
from agent.toolbox.retriever import document
from retrievers.hit import Hit, Picture


class RerankingCompressor(BaseDocumentCompressor):
    """Order the documents of a `PicturesRetriever` and keep the first.

    Attributes:
        reranker: what orders them.
        picture: finds a picture of the collection by its id.
        keep: how many documents stay.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    reranker: SkipValidation[Reranker]
    picture: Callable[[str], Picture]
    keep: int = 9

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """Return the best documents, best first.

        Raises:
            ReplyError: the model's answer cannot be read.
            MllmError: the model cannot be reached.
        """
        hits = [self._hit(found, rank) for rank, found in enumerate(documents, start=1)]
        for better in self.reranker.orders(query, hits) if hits else ():
            hits = better
        return [document(hit) for hit in hits[: self.keep]]

    def _hit(self, found: Document, rank: int) -> Hit:
        if found.id is None:
            raise ValueError(f"a document must carry a picture's id; got {found.page_content!r}")
        picture, path = self.picture(found.id), Path(found.metadata["path"])
        others = len({*picture.paths} - {path})  # the search may have had reasons for this one
        shown = replace(picture, paths=(path,), elsewhere=picture.elsewhere + others)
        return Hit(shown, float(found.metadata["score"]), rank)
