"""A collection as it was at one commit: its vectors, and which of their rows may be found."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Literal

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from PIL.Image import Image

from retrievers.collection.collection import Collection
from retrievers.collection.filters.row_filters import files_meeting, meeting
from retrievers.collection.record.merged_facts import judged
from retrievers.collection.storage.errors import reading
from retrievers.hit import Picture
from retrievers.pictures import UnreadablePicture
from retrievers.query import Filters
from retrievers.recorded_files import recorded_image
from retrievers.search.exact import Mask, Rows
from retrievers.search.full_text_search import FullText

REMEMBERED = 16  # filters whose rows are kept
_FOUND = (  # a damaged row may point beyond the vectors; the end of a sync drops those without file
    "SELECT row, id FROM pictures WHERE row < ?"
    " AND EXISTS (SELECT 1 FROM files WHERE files.row = pictures.row)"
)


class Snapshot:
    """What a search needs of every picture, in 17 bytes a row besides the mapped vectors.

    Args:
        collection: the collection.
        encoder: whose vectors, see `Collection.generation`; pictures without one are not in it.

    Attributes:
        stamp: the commit, `Collection.stamp`.
        generation: of the vectors.
        vectors: [n, d], mapped; rows of removed pictures among them.
        ids: [n], as ASCII; empty for removed pictures.
        alive: [n], the rows that have a picture.
        words: their full text.
    """

    def __init__(self, collection: Collection, encoder: str = "") -> None:
        self.collection, self.stamp = collection, collection.stamp()
        self.generation = collection.generation(encoder)
        self.vectors = collection.rows_in(self.generation)
        self.ids: NDArray[np.bytes_] = np.zeros(len(self.vectors), dtype="S16")
        with reading(collection.folder):
            for row, one in collection.db.execute(_FOUND, (len(self.vectors),)):
                self.ids[row] = one.encode()
        self.alive: Mask = self.ids != b""
        self.words = FullText(
            collection, pictures=int(np.count_nonzero(self.alive)), rows=len(self.vectors)
        )
        self._met: LRUCache[Filters, Mask | None] = LRUCache(REMEMBERED)

    def allowed(self, filters: Filters) -> Mask | None:
        """Return the rows of pictures that meet the filters; None if those are all rows.

        Raises:
            ValueError: a path filter is no glob.
        """
        if filters not in self._met:
            met = meeting(self.collection, filters)
            mask = self.alive if met is None else self.alive & met[: len(self.alive)]
            self._met[filters] = None if mask.all() else mask
        return self._met[filters]

    def pictures(self, rows: Sequence[int], filters: Filters) -> list[Picture]:
        """Return the records of rows that meet the filters, each with its files that meet them."""
        return self.collection.pictures(rows, among=files_meeting(self.collection, filters, rows))

    def images_of(self, ids: Sequence[str], *, min_side: int) -> list[Image]:
        """Decode these pictures, all that still lie where they were indexed."""
        found = []
        for picture in self.collection.pictures(self.collection.rows_of(ids)):
            with suppress(UnreadablePicture):
                found.append(recorded_image(picture, min_side=min_side))
        return found

    def rows_of(self, ids: Iterable[str]) -> Rows:
        """Return the rows of these pictures; unknown ids are left out."""
        rows = np.array(self.collection.rows_of(ids), dtype=np.int64)
        return rows[rows < len(self.vectors)]

    def has(self, id_: str) -> bool:
        """Whether there is such a picture."""
        return bool(len(self.rows_of([id_])))

    @cached_property
    def newest(self) -> Rows:
        """The rows of all pictures, last taken first, then those without a date; by id in a tie."""
        return self._by_date("DESC")

    @cached_property
    def oldest(self) -> Rows:
        """Likewise, first taken first."""
        return self._by_date("ASC")

    def _by_date(self, direction: Literal["ASC", "DESC"]) -> Rows:
        found = self.collection.db.execute(
            f"SELECT row, {judged('taken')} AS now FROM pictures WHERE row < ?"
            f" ORDER BY now IS NULL, now {direction}, id",
            (len(self.vectors),),
        )
        return np.fromiter((row for row, _ in found), dtype=np.int64)
