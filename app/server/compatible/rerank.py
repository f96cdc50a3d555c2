"""`/v1/rerank`: documents in the order of a query, texts and pictures, as Jina's and Cohere's."""

from asyncio import to_thread
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from agent.rerank.reranker import Reranker
from app.server.api.auth_schemes import KEYS
from app.server.api.request_context import ERRORS, SharedState
from app.server.compatible.client_body import ClientBody
from app.server.compatible.client_presence import while_present
from app.server.compatible.contents import Content, fetched, pictures_in, vectors, words_in
from app.server.compatible.models import ModelName, named
from app.server.contract.bodies import Name, Several, Some
from app.server.contract.errors import ServerError
from app.server.state.server_state import ServerState
from eval.peers.picture_files import PictureFiles, as_hits
from retrievers.hit import Hit

router = APIRouter(tags=["compatible"], responses=ERRORS, dependencies=KEYS)
MOST = 1000


class RerankIn(ClientBody):
    """A query and what to order.

    The model is a collection, whose encoder compares; or COLLECTION/STAGES, whose reranker judges
    pictures. A document without text and picture is read by its `rank_fields`, or all its texts.
    """

    model: str = Field(max_length=200)
    query: Content
    documents: Some[Content] = Field(max_length=MOST)
    top_n: int | None = Field(default=None, ge=1)
    return_documents: bool = False
    rank_fields: Some[Name] = Field(default=[], max_length=Several)

    @property
    def read(self) -> list[Content]:
        """The documents as texts and pictures."""
        return [_readable(one, self.rank_fields) for one in self.documents]


class Result(BaseModel):
    """A document's place among those that were sent, and its score, higher for a better match."""

    index: int
    relevance_score: float
    document: dict[str, Any] | None = None


class RerankOut(BaseModel):
    """The documents, best first; equal ones in the order in which they came.

    `usage` is for Jina's clients, `id` and `meta` for Cohere's; `ignored` names what was sent and
    has no effect.
    """

    id: str
    model: str
    results: list[Result]
    usage: dict[str, int]
    meta: dict[str, Any]
    ignored: list[str]


@router.post("/v1/rerank", response_model=RerankOut)
@router.post("/v2/rerank", response_model=RerankOut, include_in_schema=False)
async def rerank(body: RerankIn, request: Request, state: SharedState) -> Response:
    """Order texts and pictures by how well they fit a query."""
    chosen, documents = named(body.model, state), await to_thread(lambda: body.read)
    known = await fetched((one.picture for one in (body.query, *documents)), state)

    if judge := await state.work.run(lambda: _judge(chosen, state)):
        judged = _judged(body.query, documents, judge, state, known)
        scores = await while_present(request, judged)
    else:
        encoder = await state.work.run(lambda: state.collections.opened(chosen.collection).encoder)
        query = (await vectors([body.query], "query", encoder, state, known))[0]
        found = vectors(documents, "documents", encoder, state, known, stored=True)
        rows = await while_present(request, found)
        scores = [float(score) for score in rows @ query]
    told = await to_thread(_reranked, body, documents, scores)
    return Response(told, media_type="application/json")


def _reranked(body: RerankIn, documents: Sequence[Content], scores: Sequence[float]) -> str:
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[: body.top_n]
    documented = body.return_documents
    out = RerankOut(
        id=uuid4().hex,
        model=body.model,
        results=[
            Result(
                index=at,
                relevance_score=scores[at],
                document=body.documents[at].model_dump(exclude_unset=True) if documented else None,
            )
            for at in order
        ],
        usage={"total_tokens": words_in([body.query, *documents])},
        meta={"api_version": {"version": "1"}, "billed_units": {"search_units": 1}},
        ignored=body.passed_over,
    )
    return out.model_dump_json()


def _readable(document: Content, fields: Sequence[str]) -> Content:
    if document.picture is not None or (document.text is not None and not fields):
        return document
    held = {name: text for name, text in document if isinstance(text, str) and name != "type"}
    texts = [held[name] for name in dict.fromkeys(fields or held) if name in held]
    return Content(text="\n".join(texts)) if texts else document


def _judge(chosen: ModelName, state: ServerState) -> Reranker | None:
    return state.collections.way(*chosen).pipeline.reranker if chosen.stages else None


async def _judged(
    asked: Content,
    documents: Sequence[Content],
    judge: Reranker,
    state: ServerState,
    known: Mapping[str, bytes],
) -> list[float]:
    words = asked.text
    if words is None or not all(one.picture for one in documents):
        raise ServerError(f"{judge.name} judges pictures by a text; texts need a collection alone")
    with TemporaryDirectory() as folder:
        files = PictureFiles(Path(folder))
        images = state.uploads.together(pictures_in(documents, known))
        until = state.stopped_at
        taken = until(files.picture(image) for image in images)
        pictures = await state.reading.run(lambda: list(taken))
        hits = as_hits(list({one.id: one for one in pictures}.values()))
        order = await state.work.run(lambda: _ordered(words, hits, judge, until)) if hits else hits
    scores = {hit.picture.id: _score(judge, hit.why.scores, hit.rank) for hit in order}
    return [scores[one.id] for one in pictures]


def _ordered(
    words: str,
    hits: list[Hit],
    judge: Reranker,
    until: Callable[[Iterable[list[Hit]]], Iterator[list[Hit]]],
) -> list[Hit]:
    order = hits
    for better in until(judge.orders(words, hits)):
        order = better
    return order


def _score(judge: Reranker, scores: object, rank: int) -> float:
    """A reranker that only orders gives the reciprocal of the rank."""
    known = scores if isinstance(scores, dict) else {}
    return float(known.get(judge.name, 1 / rank))
