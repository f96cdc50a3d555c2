"""Which pictures a migration has yet to encode."""

from typing import NamedTuple

from retrievers.collection.collection import Collection
from retrievers.collection.migration.side_files import SideFiles, Target
from retrievers.collection.storage.generation import Generation
from retrievers.collection.storage.vector_forms import FORMS

SWITCHED = "switched"  # the fact that holds the mark of the last migration that came to its end
_LIVE = (
    "SELECT row, id FROM pictures"
    " WHERE EXISTS (SELECT 1 FROM files WHERE files.row = pictures.row) ORDER BY row"
)


class LivePicture(NamedTuple):
    row: int
    id: str


def live(collection: Collection) -> list[LivePicture]:
    """Return the pictures that some file holds, by row."""
    return [LivePicture(row, str(id_)) for row, id_ in collection.db.execute(_LIVE)]


def sources(collection: Collection, target: Target) -> list[Generation]:
    """Return the vectors that are kept and are as good as the target's: they count as encoded.

    Those that lost more than the target's would are none. The best come first.
    """
    most = FORMS.index(target.form)
    good = [
        one
        for one in collection.kept()
        if one.encoder == target.encoder and FORMS.index(one.form) <= most
    ]
    return sorted(good, key=lambda one: FORMS.index(one.form))


def lacking(collection: Collection, side: SideFiles) -> list[LivePicture]:
    """Return the pictures that the target has no vector of, by row."""
    with collection.one_state():
        done = side.places()
        rows = max((one.rows for one in sources(collection, side.target)), default=0)
        return [one for one in live(collection) if one.row >= rows and one.id.encode() not in done]


def unfinished(collection: Collection) -> SideFiles | None:
    """Return the migration that was begun and not finished, if there is one.

    Raises:
        CollectionError: its files cannot be read.
    """
    side = SideFiles.open(collection.folder)
    return None if side is None or is_over(collection, side) else side


def is_over(collection: Collection, side: SideFiles) -> bool:
    """Whether the collection moved with these very files, and only they were left behind."""
    row = collection.db.execute("SELECT value FROM facts WHERE key = ?", (SWITCHED,)).fetchone()
    return row is not None and row[0] == side.target.mark
