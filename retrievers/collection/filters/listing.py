"""A collection's pictures page by page, and how many there are of each kind."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.collection import Collection
from retrievers.collection.filters.row_filters import files_meeting, meeting
from retrievers.collection.filters.taken_at import positions
from retrievers.collection.record.merged_facts import judged
from retrievers.hit import Picture
from retrievers.places.error import PlacesError
from retrievers.query import Filters, Orientation

Mask = NDArray[np.bool_]
_YEARS = "SELECT row, substr({}, 1, 4) FROM pictures"
_WITH_FILE = "EXISTS (SELECT 1 FROM files WHERE files.row = pictures.row)"


class ListingPlace(NamedTuple):
    """Where a page ended: the last picture's date, as it is kept, and its id."""

    taken: str | None
    id: str


class ListingPage(NamedTuple):
    """Some of a collection's pictures, where they end, and how many there are in all."""

    pictures: list[Picture]
    end: ListingPlace | None
    total: int


def page(
    collection: Collection, filters: Filters, *, after: ListingPlace | None, limit: int
) -> ListingPage:
    """Return pictures that meet the filters, last taken first, then those without a date.

    What is added or removed between two pages neither repeats a picture nor leaves one out.

    Args:
        collection: the collection.
        filters: conditions on the pictures.
        after: where the page before ended; None begins.
        limit: pictures at most.

    Raises:
        ValueError: a path filter is no glob.
    """
    with collection.one_state():
        mask = _mask(collection, filters)
        found = list(
            islice((one for one in _ordered(collection, after) if mask[one[0]]), limit + 1)
        )
        some = found[:limit]
        rows = [row for row, _, _ in some]
        pictures = collection.pictures(rows, among=files_meeting(collection, filters, rows))
        end = ListingPlace(*some[-1][1:]) if len(found) > limit else None
        return ListingPage(pictures, end, int(np.count_nonzero(mask)))


def count(collection: Collection, filters: Filters, *, without: Iterable[str] = ()) -> int:
    """Return how many pictures meet the filters, without those of some ids.

    Raises:
        ValueError: a path filter is no glob.
    """
    with collection.one_state():
        mask = _mask(collection, filters)
        mask[[row for row in collection.rows_of(without) if row < len(mask)]] = False
        return int(np.count_nonzero(mask))


def folders(collection: Collection) -> list[str]:
    """Return the folders that hold pictures, or folders of pictures, as paths below their root."""
    with collection.one_state():
        found = collection.db.execute(
            "SELECT DISTINCT rtrim(below, replace(below, '/', '')) FROM files"
        )
        every = {PurePosixPath(folder) for (folder,) in found}
    return sorted({str(one) for path in every for one in (path, *path.parents)} - {"."})


def facets(
    collection: Collection, filters: Filters, *, most: int
) -> dict[str, list[tuple[str, int]]]:
    """Count the pictures that meet the filters by year, camera, tag, place, folder and orientation.

    Places are counted if their names are here.

    Args:
        collection: the collection.
        filters: conditions on the pictures.
        most: values that are counted of each, the commonest first.

    Raises:
        ValueError: a path filter is no glob.
    """
    with collection.one_state():
        mask = _mask(collection, filters)
        counted: Mapping[str, Iterable[str]] = {
            "years": _values(collection, _YEARS.format(judged("taken")), mask),
            "cameras": _values(collection, "SELECT row, camera FROM pictures", mask),
            "tags": _values(collection, "SELECT row, tag FROM tags", mask),
            "ratings": _values(collection, "SELECT row, rating FROM pictures", mask),
            "places": _places(collection, mask),
            "folders": _folders(collection, filters, mask),
            "orientations": _orientations(collection, mask),
        }
        return {
            name: sorted(Counter(values).items(), key=lambda one: (-one[1], one[0]))[:most]
            for name, values in counted.items()
        }


def _mask(collection: Collection, filters: Filters) -> Mask:
    """Return which rows have a picture that meets the filters."""
    _, rows = collection.extent()
    alive = np.zeros(rows, dtype=np.bool_)
    found = collection.db.execute(
        f"SELECT row FROM pictures WHERE row < ? AND {_WITH_FILE}", (rows,)
    )
    alive[[row for (row,) in found]] = True
    met = meeting(collection, filters)
    return alive if met is None else alive & met


def _ordered(
    collection: Collection, after: ListingPlace | None
) -> Iterator[tuple[int, str | None, str]]:
    _, rows = collection.extent()
    where, values = "TRUE", []
    if after and after.taken:
        where = "(taken < ? OR taken IS NULL OR (taken = ? AND id > ?))"
        values = [after.taken, after.taken, after.id]
    elif after:
        where, values = "(taken IS NULL AND id > ?)", [after.id]
    yield from collection.db.execute(
        f"SELECT row, taken, id FROM (SELECT row, id, {judged('taken')} AS taken FROM pictures)"
        f" WHERE row < ? AND {where} ORDER BY taken IS NULL, taken DESC, id",
        (rows, *values),
    )


def _values(collection: Collection, sql: str, mask: Mask) -> Iterator[str]:
    for row, value in collection.db.execute(sql):
        if value and row < len(mask) and mask[row]:
            yield str(value)


def _places(collection: Collection, mask: Mask) -> Iterator[str]:
    held = positions(collection)
    try:
        shown = held.where.shown if len(held.rows) else []
    except PlacesError:
        return
    for row, place in zip(held.rows.tolist(), shown, strict=True):
        if place and row < len(mask) and mask[row]:
            yield place


def _folders(collection: Collection, filters: Filters, mask: Mask) -> Iterator[str]:
    """Yield for each picture the folders that its files lie in, below the collection's own."""
    meeting_them = files_meeting(collection, filters, np.flatnonzero(mask).tolist())
    files = collection.db.execute("SELECT row, path, below FROM files")
    lying = {
        (row, str(PurePosixPath(below).parent))
        for row, path, below in files
        if row < len(mask) and mask[row] and (meeting_them is None or path in meeting_them)
    }
    yield from (folder for _, folder in lying if folder != ".")


def _orientations(collection: Collection, mask: Mask) -> Iterator[str]:
    for way in get_args(Orientation):
        met = meeting(collection, Filters(orientation=way))
        yield from [way] * int(np.count_nonzero(mask if met is None else mask & met))
