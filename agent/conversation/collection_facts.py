"""What a conversation asks of its collection besides pictures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agent.understanding.interpretation import no_places
from retrievers.collection.collection import Collection
from retrievers.collection.filters.listing import count, folders
from retrievers.collection.filters.taken_at import places_called
from retrievers.query import Filters


def _uncounted(filters: Filters, without: Iterable[str]) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class CollectionFacts:
    """Facts that are looked up when a turn needs them.

    Attributes:
        folders: says which folders there are, as paths below their root.
        places: says which places of a name pictures were taken at; see `Context`.
        roots: says which folders the collection is made of.
        count: says how many pictures meet conditions, without those of some ids; None: not known.
    """

    folders: Callable[[], Iterable[str]] = tuple
    places: Callable[[str], Sequence[str] | None] = no_places
    roots: Callable[[], Sequence[Path]] = tuple
    count: Callable[[Filters, Iterable[str]], int | None] = _uncounted


def facts_of(collection: Collection) -> CollectionFacts:
    """Return what is looked up in a collection that is open."""

    def counted(filters: Filters, without: Iterable[str]) -> int:
        return count(collection, filters, without=without)

    return CollectionFacts(
        partial(folders, collection), partial(places_called, collection), collection.roots, counted
    )
