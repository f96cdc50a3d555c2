"""`/v1/rerank`: documents in the order of a query, texts and pictures, in the shape of Jina's."""

from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter
from pydantic import BaseModel, Field

from agent.rerank.reranker import Reranker
from app.server.api.asked import ERRORS, InHouse
from app.server.compatible.contents import Content, Given, picture, text_of, vectors
from app.server.compatible.models import named
from app.server.errors import ServerError
from app.server.house import House
from eval.peers.picture_files import PictureFiles, as_hits

router = APIRouter(prefix="/v1", tags=["compatible"], responses=ERRORS)
MOST = 200


class RerankIn(BaseModel):
    """A query and what to order.

    The model is a collection, whose encoder compares; or COLLECTION/STAGES, whose reranker judges
    pictures.
    """

    model: str = Field(max_length=200)
    query: Given
    documents: list[Given] = Field(max_length=MOST)
    top_n: int | None = Field(default=None, ge=1)
    return_documents: bool = False


class Result(BaseModel):
    """A document's place among those that were sent, and its score, higher for a better match."""

    index: int
    relevance_score: float
    document: Content | None = None


class RerankOut(BaseModel):
    """The documents, best first; equal ones in the order in which they came."""

    model: str
    results: list[Result]
    usage: dict[str, int]


@router.post("/rerank", responses={415: {"description": "Not a picture."}})
async def rerank(asked: RerankIn, house: InHouse) -> RerankOut:
    """Order texts and pictures by how well they fit a query."""
    chosen = named(asked.model, house)

    def work() -> list[float]:
        judge = house.desks.way(*chosen).pipeline.reranker if chosen.stages else None
        if judge:
            return _judged(asked, judge, house)
        encoder = house.desks.desk(chosen.collection).encoder
        rows = vectors([asked.query, *asked.documents], encoder, house)
        return [float(score) for score in rows[1:] @ rows[0]]

    scores = await house.work.run(work)
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[: asked.top_n]
    results = [
        Result(
            index=at,
            relevance_score=scores[at],
            document=_content(asked.documents[at]) if asked.return_documents else None,
        )
        for at in order
    ]
    words = sum(len((text_of(one) or "").split()) for one in (asked.query, *asked.documents))
    return RerankOut(model=asked.model, results=results, usage={"total_tokens": words})


def _judged(asked: RerankIn, judge: Reranker, house: House) -> list[float]:
    query = text_of(asked.query)
    images = [one.image for one in asked.documents if not isinstance(one, str) and one.image]
    if query is None or len(images) != len(asked.documents):
        raise ServerError(f"{judge.name} judges pictures by a text; texts need a collection alone")
    with TemporaryDirectory() as folder:
        files = PictureFiles(Path(folder))
        pictures = [files.picture(picture(one, house)) for one in images]
        order = as_hits(list({one.id: one for one in pictures}.values()))
        for better in judge.orders(query, order) if order else ():
            order = better
    scores = {hit.picture.id: _score(judge, hit.why.scores, hit.rank) for hit in order}
    return [scores[one.id] for one in pictures]


def _score(judge: Reranker, scores: object, rank: int) -> float:
    """A reranker that only orders gives the reciprocal of the rank."""
    known = scores if isinstance(scores, dict) else {}
    return float(known.get(judge.name, 1 / rank))


def _content(given: Given) -> Content:
    return Content(text=given) if isinstance(given, str) else given
