"""How much of a search is lost because words are read by the interpreter and not perfectly?

Scripted conversations over photographs: each turn has what is said and the state that a perfect
reading leaves. The target's rank after the last turn is that of the query that the interpreter
leaves, and that of the perfect state's, with the same encoder and the same way of joining turns.

    dialens index PHOTOS --name photos
    python -m benchmarks.scripted CONVERSATIONS.jsonl photos

A line of the file is `{"target": "file name", "turns": [{"said": "...", "reading": {"wanted":
[...], "unwanted": [...]}}, ...]}`.
"""

import argparse
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from agent.conversation.collection_facts import facts_of
from agent.conversation.session import Session
from app.library.library import locate
from retrievers.collection.collection import Collection
from retrievers.encoders.load import load_encoder
from retrievers.query import Query
from retrievers.search.searcher import Searcher

MOST_LOST = 0.03
"""Of the mean reciprocal rank."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one conversation came to.

    Attributes:
        target: the picture's file name.
        rank: of the target after the last turn, from 1.
        perfect: likewise of the perfect readings.
        query: what the interpreter left.
    """

    target: str
    rank: int
    perfect: int
    query: Query


def rank_of(searcher: Searcher, query: Query, target: str) -> int:
    """Return the target's rank among all pictures; one that is not found is the last."""
    hits = searcher.search(query, k=len(searcher.collection))
    found = (hit.rank for hit in hits if hit.picture.path.name == target)
    return next(found, len(searcher.collection))


def outcome(searcher: Searcher, conversation: dict[str, Any], sessions: Path) -> Outcome:
    """Hold a conversation, with the interpreter and with its perfect readings."""
    session = Session.start(
        conversation["target"].partition(".")[0], searcher, folder=sessions, page=9
    )
    session.facts = facts_of(searcher.collection)
    for turn in conversation["turns"]:
        session.ask(turn["said"])
    reading = conversation["turns"][-1]["reading"]
    perfect = Query(wanted=tuple(reading["wanted"]), unwanted=tuple(reading["unwanted"]))
    return Outcome(
        conversation["target"],
        rank_of(searcher, session.query, conversation["target"]),
        rank_of(searcher, perfect, conversation["target"]),
        session.query,
    )


def reciprocal(ranks: Sequence[int]) -> float:
    """Return the mean reciprocal rank."""
    return float(np.mean([1 / rank for rank in ranks]))


def main() -> None:
    """Print each conversation's ranks and both means."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("conversations", type=Path)
    parser.add_argument("collection")
    asked = parser.parse_args()
    lines = asked.conversations.read_text("utf-8").splitlines()
    with (
        closing(Collection.open(locate(asked.collection))) as collection,
        TemporaryDirectory() as folder,
    ):
        searcher = Searcher(collection, load_encoder(collection.fact("spec")))
        found = [outcome(searcher, json.loads(line), Path(folder)) for line in lines]
        pictures = len(collection)
    print(f"{'target':<20} interpreter  perfect  left by the interpreter")
    for one in found:
        refused = "".join(f", not {text}" for text in one.query.unwanted)
        left = " + ".join(one.query.wanted) + refused
        print(f"{one.target:<20} {one.rank:>11}  {one.perfect:>7}  {left}")
    read = reciprocal([one.rank for one in found])
    perfect = reciprocal([one.perfect for one in found])
    held = "within" if perfect - read <= MOST_LOST else "beyond"
    print(f"mean reciprocal rank: {read:.3f} with the interpreter, {perfect:.3f} perfectly read;")
    print(f"{len(found)} conversations, {pictures} pictures; the loss is {held} {MOST_LOST}")


if __name__ == "__main__":
    main()
