"""What a collection holds: its pictures page by page, and how many there are of each kind."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.output.printable import printable
from app.server.api.auth_schemes import KEYS
from app.server.api.paging import Paged, PageIn
from app.server.api.request_context import ERRORS, CollectionName, SharedState
from app.server.contract.conditions import Conditions
from app.server.contract.cursors import cursor, place
from app.server.contract.errors import ServerError
from app.server.contract.responses import PictureOut, picture_out
from app.server.contract.versions import PREFIX
from retrievers.collection.filters.listing import ListingPlace, facets, page

router = APIRouter(prefix=PREFIX, tags=["pictures"], responses=ERRORS, dependencies=KEYS)
MOST = 200  # values of a facet


class PicturesIn(PageIn, Conditions):
    """Which pictures are listed, and where the list goes on."""

    def begin(self) -> ListingPlace | None:
        """Return where the page before ended."""
        match place(self.cursor) if self.cursor else []:
            case []:
                return None
            case [str() | None as taken, str(id_)]:
                return ListingPlace(taken, id_)
        raise ServerError("must be the `next` of a list of pictures", field="cursor")


class PicturesOut(Paged):
    """Pictures that meet conditions, last taken first."""

    pictures: list[PictureOut]


class Count(BaseModel):
    """How many pictures have a value."""

    value: str
    pictures: int


class FacetsOut(BaseModel):
    """The commonest values, each of which can be a condition; a folder as the glob FOLDER/*."""

    years: list[Count]
    cameras: list[Count]
    tags: list[Count]
    places: list[Count]
    ratings: list[Count]
    folders: list[Count]
    orientations: list[Count]


@router.get("/collections/{collection}/pictures")
async def pictures(
    collection: CollectionName, body: Annotated[PicturesIn, Query()], state: SharedState
) -> PicturesOut:
    """List the pictures that meet conditions, last taken first."""
    after = body.begin()

    def work() -> PicturesOut:
        opened = state.collections.opened(collection).collection
        found = page(opened, body.filters(), after=after, limit=body.limit)
        roots = opened.roots()
        return PicturesOut(
            pictures=[picture_out(one, collection, roots) for one in found.pictures],
            next=cursor(list(found.end)) if found.end else None,
            total=found.total,
        )

    return await state.work.run(work)


@router.get("/collections/{collection}/facets")
async def counted(
    collection: CollectionName, conditions: Annotated[Conditions, Query()], state: SharedState
) -> FacetsOut:
    """Count the pictures that meet conditions by year, camera, tag, place, folder, orientation."""

    def work() -> FacetsOut:
        found = facets(
            state.collections.opened(collection).collection, conditions.filters(), most=MOST
        )
        return FacetsOut(
            **{
                name: [Count(value=printable(value), pictures=count) for value, count in values]
                for name, values in found.items()
            }
        )

    return await state.work.run(work)
