"""Lists page by page, however long they are: each answer says where the next one begins."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from app.server.contract.bodies import Sent
from app.server.contract.cursors import cursor, place
from app.server.contract.errors import ServerError

T = TypeVar("T")


class PageIn(Sent):
    """How much of a list is asked for, and where it goes on."""

    limit: int = Field(default=50, ge=1, le=500)
    cursor: str = Field(
        default="",
        max_length=4096,
        description="The `next` of the page before; empty begins.",
    )


class Paged(BaseModel):
    """Part of a list; `next` asks for the page after, null at the end. `total` counts them all."""

    next: str | None
    total: int


Page = Annotated[PageIn, Query()]


def page(
    things: Sequence[T], body: PageIn, at: Callable[[T], list[Any]]
) -> tuple[list[T], dict[str, Any]]:
    """Return the part of a list that is asked for, and what its `Paged` says.

    Args:
        things: the whole list, in any order.
        body: which part.
        at: the place of a thing, which no other has; the list is ordered by it.

    Raises:
        ServerError: the cursor is none of such a list.
    """
    ordered = sorted(things, key=at)
    if body.cursor:
        after = place(body.cursor)
        try:
            ordered = [one for one in ordered if at(one) > after]
        except TypeError as error:
            raise ServerError("must be the `next` of this list", field="cursor") from error
    shown, more = ordered[: body.limit], len(ordered) > body.limit
    return shown, {"next": cursor(at(shown[-1])) if more else None, "total": len(things)}
