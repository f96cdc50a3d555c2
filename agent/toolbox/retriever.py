"""Any of our retrievers as LangChain's."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import SkipValidation

from prompts.load import fenced
from retrievers.hit import Hit, Picture, Retriever
from retrievers.query import Query


class PicturesRetriever(BaseRetriever):
    """Find pictures by a request in words.

    Attributes:
        found_by: what searches; a `Pipeline` brings its rewriter and reranker along.
        k: how many documents come back at most.
    """

    found_by: SkipValidation[Retriever]
    k: int = 9

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [document(hit) for hit in self.found_by.search(Query(wanted=(query,)), self.k)]


def document(hit: Hit) -> Document:
    """Write a hit as a document: its id, its fenced caption or file name, path, score and rank."""
    metadata = {"path": str(hit.picture.path), "score": hit.score, "rank": hit.rank}
    return Document(id=hit.picture.id, page_content=said_of(hit.picture), metadata=metadata)


def said_of(picture: Picture) -> str:
    """Return the caption of a picture, or else its file name, as data."""
    return fenced(picture.caption or picture.path.name)
