"""A benchmark's pictures as a collection: indexed once per encoder, and known by their content."""

import hashlib
import os
from collections.abc import Collection as SizedIterable
from collections.abc import Mapping, Sequence
from functools import cached_property
from os.path import commonpath
from pathlib import Path
from typing import Self

import numpy as np

from eval.benchmark import Task
from retrievers.collection.collection import Collection
from retrievers.collection.sync.sync import sync
from retrievers.encoder import Encoder, Vectors


class Gallery:
    """Which item of the benchmark is which picture of the collection.

    Several items may be one picture, where a dataset holds the same file twice.

    Attributes:
        collection: the collection.
        ids: [N], every item's, sorted.
        hash: of every item's name and content.
    """

    def __init__(self, collection: Collection, items: Mapping[str, str]) -> None:
        """Take the picture's id of every item."""
        self.collection = collection
        self.ids = np.array(sorted(items))
        self._picture_of = items
        self._items: dict[str, list[str]] = {}
        for item, picture in sorted(items.items()):
            self._items.setdefault(picture, []).append(item)
        self.hash = _slug(*(f"{item} {picture}" for item, picture in sorted(items.items())))

    @classmethod
    def of(cls, task: Task, encoder: Encoder, *, home: Path, spec: str = "") -> Self:
        """Index a task's gallery, or find it indexed.

        Raises:
            ValueError: a picture is missing or cannot be read; it names the first.
        """
        paths = {item.id: item.path.absolute() for item in task.gallery if item.path}
        root = Path(commonpath([path.parent for path in paths.values()]))
        folder = home / "benchmarks" / _slug(encoder.name, *sorted(map(str, paths.values())))
        collection = (
            Collection.open(folder)
            if (folder / "records.db").exists()
            else Collection.create(folder, encoder=encoder.name, dim=encoder.dim, spec=spec)
        )
        sync(collection, encoder, root, only=frozenset(paths.values()))
        held = _by_path(collection)
        if missing := [path for path in paths.values() if path not in held]:
            reasons = dict(collection.failures())
            collection.close()
            raise ValueError(
                f"{len(missing)} of {len(paths)} pictures cannot be had; the first is {missing[0]}:"
                f" {reasons.get(missing[0], 'no such file')}"
            )
        return cls(collection, {item: held[path] for item, path in paths.items()})

    @cached_property
    def vectors(self) -> Vectors:
        """A unit row for each of `ids` [N, d]."""
        return self.collection.vectors_of(self._picture_of[item] for item in self.ids)

    def items(self, picture: str) -> Sequence[str]:
        """Return the items that are this picture."""
        return self._items.get(picture, ())

    def pictures(self, items: SizedIterable[str]) -> frozenset[str]:
        """Return the pictures that are none but these items."""
        asked = {self._picture_of[item] for item in items if item in self._picture_of}
        return frozenset(one for one in asked if set(self._items[one]) <= set(items))

    def close(self) -> None:
        """Close the collection."""
        self.collection.close()


def _by_path(collection: Collection) -> dict[Path, str]:
    rows = collection.db.execute("SELECT path, id FROM files JOIN pictures USING (row)")
    return {Path(os.fsdecode(path)): picture for path, picture in rows}


def _slug(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]
