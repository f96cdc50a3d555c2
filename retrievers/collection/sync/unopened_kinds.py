"""How many files of kinds that are not opened here lie in a collection's folders."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from retrievers.collection.collection import Collection
from retrievers.collection.storage.errors import CollectionError
from retrievers.collection.storage.records_file import set_facts

_FACT = "others"


def keep_others(collection: Collection, root: Path, others: Mapping[str, int]) -> None:
    """Keep what a walk through a folder passed over, by the end of the names."""
    every = _all(collection)
    if others != every.get(str(root), {}):
        set_facts(collection.db, {_FACT: json.dumps({**every, str(root): others})})


def others_of(collection: Collection) -> dict[str, int]:
    """Return how many there are in all folders."""
    counted: Counter[str] = Counter()
    for others in _all(collection).values():
        counted.update(others)
    return dict(counted)


def _all(collection: Collection) -> dict[str, dict[str, int]]:
    try:
        return dict(json.loads(collection.fact(_FACT)))
    except (CollectionError, ValueError):  # it never had any
        return {}
