"""`/v1/embeddings`: OpenAI's shape, with pictures as well."""

from base64 import b64encode
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from app.server.api.auth_schemes import KEYS
from app.server.api.request_context import ERRORS, SharedState
from app.server.compatible.client_body import ClientBody
from app.server.compatible.client_presence import while_present
from app.server.compatible.contents import MOST, Contents, fetched, vectors, words_in
from app.server.compatible.models import named
from app.server.contract.errors import ServerError
from retrievers.encoder import Vectors

router = APIRouter(prefix="/v1", tags=["compatible"], responses=ERRORS, dependencies=KEYS)


class EmbeddingsIn(ClientBody):
    """Texts and pictures to encode; the model is a collection, whose encoder is meant.

    `input_type` says whether texts are searched for or stored, which some encoders are told.
    """

    model: str = Field(max_length=200)
    input: Contents
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    input_type: Literal["query", "document"] = "query"


class Embedding(BaseModel):
    """A unit vector, as numbers or as the base64 of little-endian float32."""

    object: str = "embedding"
    index: int
    embedding: list[float] | str


class Usage(BaseModel):
    """Words that were read; what others bill by."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsOut(BaseModel):
    """A vector for each input, in their order; `ignored` names what was sent and has no effect."""

    object: str = "list"
    data: list[Embedding]
    model: str
    usage: Usage
    ignored: list[str]


@router.post("/embeddings", response_model=EmbeddingsOut)
async def embeddings(body: EmbeddingsIn, request: Request, state: SharedState) -> Response:
    """Encode texts and pictures into the space of a collection."""
    if not body.input:
        raise ServerError(f"must be 1 to {MOST} texts or pictures; got 0", field="input")
    chosen = named(body.model, state)
    known = await fetched((one.picture for one in body.input), state)

    encoder = await state.work.run(lambda: state.collections.opened(chosen.collection).encoder)
    if body.dimensions not in (None, encoder.dim):
        told = f"must be {encoder.dim}, the encoder's own; got {body.dimensions}"
        raise ServerError(told, field="dimensions")
    stored = body.input_type == "document"
    found = vectors(body.input, "input", encoder, state, known, stored=stored)
    rows = await while_present(request, found)

    def written() -> str:
        words = words_in(body.input)
        used = Usage(prompt_tokens=words, total_tokens=words)
        around = EmbeddingsOut(
            data=[], model=body.model, usage=used, ignored=body.passed_over
        ).model_dump_json()
        each = (_written(at, row, body.encoding_format) for at, row in enumerate(rows))
        return around.replace('"data":[]', f'"data":[{",".join(each)}]', 1)

    return Response(await state.work.run(written), media_type="application/json")


def _written(at: int, row: Vectors, encoding: str) -> str:
    """Write one vector; all at once would be one call that lets nobody else run."""
    held = row.tolist() if encoding == "float" else b64encode(row.astype("<f4").tobytes()).decode()
    return Embedding(index=at, embedding=held).model_dump_json()
