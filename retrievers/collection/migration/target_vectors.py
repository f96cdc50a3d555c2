"""The target's vectors of pictures, wherever they lie: in the side files, or kept from before."""

from collections.abc import Sequence

import numpy as np

from retrievers.collection.collection import Collection
from retrievers.collection.migration.lacking import LivePicture, sources
from retrievers.collection.migration.side_files import SideFiles
from retrievers.encoder import Vectors


class TargetVectors:
    """Finds them by picture."""

    def __init__(self, collection: Collection, side: SideFiles) -> None:
        self._places, self._side = side.places(), side.vectors()
        self._kept = [collection.rows_in(one) for one in sources(collection, side.target)]
        self._dim = side.target.dim

    def has(self, one: LivePicture) -> bool:
        """Whether there is one of that picture."""
        return one.id.encode() in self._places or any(one.row < len(kept) for kept in self._kept)

    def of(self, pictures: Sequence[LivePicture]) -> Vectors:
        """Return a float32 row for each picture [n, d]; none of them is lacking."""
        rows = np.empty((len(pictures), self._dim), dtype=np.float32)
        for at, (row, id_) in enumerate(pictures):
            place = self._places.get(id_.encode())
            if place is not None:
                rows[at] = self._side[place]
            else:  # nothing is lacking
                rows[at] = next(kept[row] for kept in self._kept if row < len(kept))
        return rows
