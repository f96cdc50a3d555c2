"""Pictures by id and size, and uploads. No path ever names a picture here."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field

from app.server.api.auth_schemes import KEYS, LINK
from app.server.api.paging import Page, Paged, page
from app.server.api.request_context import (
    ERRORS,
    CollectionName,
    PictureId,
    PlacedId,
    SharedState,
    User,
)
from app.server.contract.bodies import Sent
from app.server.contract.errors import ErrorOut, ForbiddenError
from app.server.contract.responses import PictureOut, picture_out
from app.server.contract.versions import PREFIX
from app.server.http.downloads import attachment
from app.server.http.ranges import answered
from app.server.http.sent_file import sent_file
from app.server.pictures.served_images import SIZES, original

router = APIRouter(prefix=PREFIX, tags=["pictures"], responses=ERRORS, dependencies=KEYS)


def _offered(side: int) -> int:
    if side not in SIZES:
        raise ValueError(f"must be one of {SIZES}")
    return side


Side = Annotated[
    int,
    AfterValidator(_offered),
    Query(description="Pixels of the longer side.", json_schema_extra={"enum": SIZES}),
]
WEBP: dict[int | str, dict[str, object]] = {200: {"content": {"image/webp": {}}}}
OCTETS: dict[str, object] = {"content": {"application/octet-stream": {}}}
FILE: dict[int | str, dict[str, Any]] = {
    200: OCTETS,
    206: {"description": "The part that Range asks for.", **OCTETS},
    304: {"description": "It is what If-None-Match names."},
    412: {"description": "It is not what If-Match names.", "model": ErrorOut},
    416: {"description": "It has no such part.", "model": ErrorOut},
}
BINARY = {"type": "string", "format": "binary"}
FORM = {"type": "object", "properties": {"file": BINARY}, "required": ["file"]}
KEPT = {"cache-control": "private, max-age=86400, immutable"}
assert SIZES == (80, 160, 320, 640, 1280, 2560)


class UploadOut(BaseModel):
    """A picture that was handed in, by whose id it can be an example."""

    id: str


class UploadsOut(Paged):
    """Pictures that you handed in, by id."""

    uploads: list[UploadOut]


class From(Sent):
    """Where a picture is to be fetched."""

    url: str = Field(min_length=8, max_length=4096)


@router.get("/collections/{collection}/pictures/{picture}")
def record(collection: CollectionName, picture: PlacedId, state: SharedState) -> PictureOut:
    """Say what is known of a picture."""
    roots = state.collections.opened(collection).collection.roots()
    return picture_out(state.collections.picture(collection, picture), collection, roots)


@router.get(
    "/collections/{collection}/pictures/{picture}/image",
    responses=WEBP,
    response_class=Response,
    dependencies=LINK,
)
async def image(
    collection: CollectionName, picture: PlacedId, state: SharedState, side: Side = 320
) -> Response:
    """Return the picture as WebP, shrunk, without its metadata."""

    def work() -> bytes:
        return state.images.webp(state.collections.picture(collection, picture), side)

    return Response(await state.drawing.run(work), media_type="image/webp", headers=KEPT)


@router.get(
    "/collections/{collection}/pictures/{picture}/file", responses=FILE, response_class=Response
)
async def file(
    collection: CollectionName, picture: PlacedId, state: SharedState, request: Request
) -> Response:
    """Return the file itself, or a part, with its metadata, to be saved under its own name."""

    def work() -> tuple[Path, bytes, str]:
        known = state.collections.picture(collection, picture)
        return *original(known), known.sha256

    path, data, tag = await state.drawing.run(work)
    headers = attachment(path.name)
    return answered(request, data, tag=tag, kind="application/octet-stream", headers=headers)


@router.post(
    "/uploads",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"image/*": {"schema": BINARY}, "multipart/form-data": {"schema": FORM}},
        }
    },
)
async def upload(request: Request, state: SharedState, user: User) -> UploadOut:
    """Hand in a picture, as the body or the one file of a form; it is kept re-encoded."""
    data = await sent_file(request)
    return UploadOut(id=await state.reading.run(lambda: state.uploads.take(user, data)))


@router.post(
    "/uploads/fetch",
    status_code=201,
)
async def fetch(body: From, state: SharedState, user: User) -> UploadOut:
    """Hand in a picture by its public URL, where the server is run with --remote-images."""
    if not state.settings.remote:
        raise ForbiddenError("this server fetches no pictures; it is run without --remote-images")

    (data,) = await state.remote.fetch(body.url)
    return UploadOut(id=await state.reading.run(lambda: state.uploads.take(user, data)))


@router.get("/uploads")
def uploads(state: SharedState, user: User, page_in: Page) -> UploadsOut:
    """List the pictures that you handed in."""
    shown, paged = page(state.uploads.all(user), page_in, lambda one: [one])
    return UploadsOut(uploads=[UploadOut(id=one) for one in shown], **paged)


@router.delete("/uploads/{upload}", status_code=204)
def remove(upload: PictureId, state: SharedState, user: User) -> None:
    """Delete a picture that you handed in; turns that it was an example of stay."""
    state.uploads.remove(user, upload)


@router.get("/uploads/{upload}/image", responses=WEBP, response_class=Response)
def uploaded(upload: PictureId, state: SharedState, user: User) -> Response:
    """Return a picture that you handed in."""
    data = state.uploads.path(user, upload).read_bytes()
    return Response(data, media_type="image/webp", headers=KEPT)
