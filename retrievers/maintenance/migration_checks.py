"""The checks of what a migration left: the vectors of the encoder before, and unfinished ones."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from retrievers.collection.collection import PREVIOUS, Collection
from retrievers.collection.migration.lacking import is_over
from retrievers.collection.migration.side_files import IDS, TARGET, VECTORS, SideFiles
from retrievers.collection.migration.switch import forget_previous
from retrievers.collection.storage.errors import CollectionBusy, CollectionDamaged, CollectionError
from retrievers.collection.storage.generation import Generation
from retrievers.collection.storage.lock import MigrationLock
from retrievers.collection.storage.records_file import set_facts
from retrievers.collection.storage.vectors_file import rows_held
from retrievers.collection.transaction import transaction
from retrievers.collection.writer import CollectionWriter
from retrievers.maintenance.finding import Finding, found


def damaged_previous(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    """Vectors of the encoder before that are not all there: the way back is closed."""
    collection = writer.collection
    try:
        previous = collection.previous()
        if previous is None or _is_whole(collection, previous):
            return
        what = f"the vectors of {previous.encoder}, from before the migration, are damaged"
    except CollectionDamaged:
        what = "what is said of the vectors from before the migration cannot be read"
    if repair:
        with transaction(collection):
            forget_previous(collection.db)
        writer.drop_leftovers()
    yield found(what, repair)


def _is_whole(collection: Collection, one: Generation) -> bool:
    held = rows_held(one.path(collection.folder), one.dim, one.form)
    return held >= one.rows and one.rows <= collection.generation().rows


def cap_previous(collection: Collection, rows: int) -> None:
    """Let no row from `rows` on count in the vectors before, inside a caller's transaction."""
    with suppress(CollectionDamaged):
        previous = collection.previous()
        if previous and previous.rows > rows:
            set_facts(collection.db, {PREVIOUS: replace(previous, rows=rows).to_json()})


def odd_migration(writer: CollectionWriter, repair: bool) -> Iterator[Finding]:
    """An unfinished migration, which is named; files of one that cannot be gone on with go."""
    collection = writer.collection
    if not any((collection.folder / name).exists() for name in (TARGET, IDS, VECTORS)):
        return
    try:
        lock = MigrationLock(collection.folder)
    except CollectionBusy:
        return  # it is under way
    try:
        yield from _left_of_migration(collection, repair)
    finally:
        lock.release()


def _left_of_migration(collection: Collection, repair: bool) -> Iterator[Finding]:
    folder = collection.folder
    try:
        side = SideFiles.open(folder)
        if side and not is_over(collection, side):
            done = len(side.places())
            yield Finding(
                f"a migration to {side.target.encoder} is unfinished, {done} pictures are encoded",
                remedy=f"go on: dialens migrate {folder.name}; or drop it: --give-up",
            )
            return
        what = "a migration that is over left files"
    except CollectionError:
        what = "an unfinished migration cannot be read, its pictures are to be encoded again"
    if repair:
        SideFiles.remove(folder)
    yield found(what, repair)
