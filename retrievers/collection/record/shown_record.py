"""A picture's record as it is shown, with all its files or with some of them."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from retrievers.hit import Picture
from retrievers.pictures.metadata.facts import Facts, from_iso


def picture_of(
    record: Sequence[Any],
    paths: Sequence[bytes],
    tags: Sequence[str],
    *,
    elsewhere: int,
    within: tuple[Path, ...],
) -> Picture:
    """Return the picture of a row of records, which `Collection.pictures` reads.

    Raises:
        TypeError: a value is of another type than its column; SQLite keeps any.
        ValueError: the date is none.
    """
    _, id_, sha256, width, height, size, camera, lat, lon, caption, text, *said = record
    title, description, rating, said_taken, taken_from, zone = said
    texts = (id_, sha256, camera, caption, text, title, description, said_taken, taken_from, zone)
    _check(str, *texts, *tags)
    _check(int, width, height, size, rating)
    _check((int, float), lat, lon)
    taken, stretch = from_iso(said_taken) if said_taken else (None, None)
    return Picture(
        id=id_,
        sha256=sha256,
        paths=tuple(sorted(Path(os.fsdecode(path)) for path in paths)),
        width=width,
        height=height,
        bytes=size,
        taken=taken,
        taken_stretch=stretch,
        taken_from=taken_from,
        zone=zone,
        camera=camera,
        gps=None if lat is None or lon is None else (lat, lon),
        caption=caption,
        text=text,
        tags=tuple(sorted(tags)),
        title=title,
        description=description,
        rating=rating,
        elsewhere=elsewhere,
        within=within,
    )


def _check(kind: type | tuple[type, ...], *values: object) -> None:
    for one in values:
        if one is not None and not isinstance(one, kind):
            raise TypeError(f"a value of type {type(one).__name__} where none may be")


def as_said(picture: Picture, facts: Facts, given: Sequence[str]) -> Picture:
    """Return the picture with what some of its files say, and the tags that it was given here."""
    dated = facts.dated()
    return replace(
        picture,
        taken=dated.taken if dated else None,
        taken_stretch=dated.stretch if dated else None,
        taken_from=dated.source if dated else None,
        zone=dated.zone if dated else None,
        camera=facts.camera,
        gps=facts.gps,
        title=facts.title,
        description=facts.description,
        rating=facts.rating,
        tags=tuple(sorted({*given, *facts.tags})),
    )
