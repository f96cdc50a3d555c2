"""Conditions that no picture of a collection can meet, or that mean several things, in a line."""

from collections.abc import Iterator

from retrievers.collection.collection import Collection
from retrievers.collection.filters.path_globs import place
from retrievers.collection.filters.row_filters import cameras, tags
from retrievers.collection.filters.taken_at import positions
from retrievers.places.meant import meant
from retrievers.query import Filters, clock

MOST = 5
"""Places of one name that are told apart."""


def unmatched(collection: Collection, filters: Filters) -> str:
    """Say which globs, tags, cameras and places nothing here has, and which bounds leave nothing.

    And which names are of several places where pictures were taken.
    """
    return "; ".join(
        (
            *_globs(collection, filters),
            *_facts(collection, filters),
            *_places(collection, filters),
            *_bounds(filters),
        )
    )


def _globs(collection: Collection, filters: Filters) -> Iterator[str]:
    asked = dict.fromkeys((*filters.paths, *filters.not_paths))
    lying = collection.db.execute("SELECT root, below FROM files").fetchall() if asked else []
    met = {glob: place(Filters(paths=(glob,))) for glob in asked}
    if idle := [glob for glob, meets in met.items() if not any(meets(*file) for file in lying)]:
        named = " and ".join(map(repr, idle))
        yield f"no file of the collection matches {named}; a glob is below its folder, or absolute"


def _facts(collection: Collection, filters: Filters) -> Iterator[str]:
    idle = [one for one in dict.fromkeys(filters.tags) if not all(tags(collection.db, one))]
    if idle:
        yield f"no picture of the collection is tagged {' and none '.join(map(repr, idle))}"
    if filters.camera is not None and not cameras(collection.db, filters.camera):
        yield f"no picture of the collection is by a camera {filters.camera!r}"


def _places(collection: Collection, filters: Filters) -> Iterator[str]:
    if not (filters.places or filters.not_places):
        return
    held = positions(collection)
    if filters.places and not len(held.rows):
        yield "no picture of the collection says where it was taken"
        return
    for name in filters.places:
        if not meant(held.where.gazetteer, name).places:
            yield f"no town, region or country is known as {name!r}"
        elif not len(held.at(name)):
            yield f"no picture of the collection was taken at {name!r}, as far as they say where"
    for name in (*filters.places, *filters.not_places):
        if len(places := held.called(name)) > 1:
            told = "; ".join(f"{one.words} ({one.pictures})" for one in places[:MOST])
            yield f"{name!r} is {len(places)} places with pictures, say which one: {told}"


def _bounds(filters: Filters) -> Iterator[str]:
    after, before = filters.after, filters.before
    same_zone = getattr(after, "tzinfo", None) == getattr(before, "tzinfo", None)
    if after and before and same_zone and clock(after) >= clock(before):
        yield f"no picture is taken both on {after} or later and before {before}"
    for name, least, most in (
        ("pixels", filters.min_pixels, filters.max_pixels),
        ("stars", filters.min_rating, filters.max_rating),
    ):
        if least is not None and most is not None and least > most:
            yield f"no picture has at least {least} {name} and at most {most}"
