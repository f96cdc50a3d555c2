"""What asking back gains: a simulated user points at the offered picture nearest to the target.

The user is simulated from the ground truth: an oracle, not a retrieval figure. The pool is the
evaluation half of the stamps; a search begins with the first half of a caption's words.

    python -m benchmarks.questions [--rounds 3] [--questions 240]
"""

import argparse
import random
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from agent.clarify.asker import ShortlistAsker
from benchmarks.stage_questions import Asked, stamps_asked
from eval.metrics.recall import recall_at
from eval.ranking import rank_in
from eval.significance import compare
from retrievers.files.home import dialens_home
from retrievers.offline.encoder import OfflineEncoder
from retrievers.query import Query
from retrievers.search.searcher import Searcher

Choose = Callable[[Query, str], str | None]
"""From a query and the target's id to the id of the picture that the user points at."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=240)
    options = parser.parse_args()
    asked, _, _ = stamps_asked(dialens_home() / "benchmarks", OfflineEncoder())
    asked = asked.first(options.questions)
    table = Table(title=f"{len(asked.questions)} searches; MRR gain over no answer with its p")
    for head in ("answer", "round", "R@1", "R@10", "MRR", "gain", "p"):
        table.add_column(head, justify="right" if head != "answer" else "left")
    first = [1 / rank for rank in ranks(asked, lambda query, target: None, 0)]
    for name, choose in ways(asked.searcher).items():
        for turn in range(options.rounds + 1 if name != "none" else 1):
            found = ranks(asked, choose, turn)
            gain = compare([1 / rank for rank in found], first)
            table.add_row(
                *(name, str(turn), f"{recall_at(1, found):.3f}", f"{recall_at(10, found):.3f}"),
                *(f"{sum(1 / r for r in found) / len(found):.3f}", f"{gain.mean:+.3f}"),
                f"{gain.p:.3f}",
            )
    Console(width=110).print(table)


def ways(searcher: Searcher) -> dict[str, Choose]:
    """Return who answers: nobody, the simulated user, chance, and one who likes the top picture."""
    asker, chance = ShortlistAsker(searcher), random.Random(0)
    collection = searcher.collection

    def offered(query: Query) -> list[str]:
        question = asker.ask(query.wanted, query)
        return [one.picture.id for one in question.alternatives] if question else []

    def nearest(query: Query, target: str) -> str | None:
        ids = [one for one in offered(query) if one != target]
        if not ids:
            return None
        cosines = collection.vectors_of(ids) @ collection.vectors_of([target])[0]
        return ids[int(cosines.argmax())]

    def any_one(query: Query, target: str) -> str | None:
        ids = [one for one in offered(query) if one != target]
        return chance.choice(ids) if ids else None

    def top(query: Query, target: str) -> str | None:
        hits = (hit.picture.id for hit in searcher.search(query, 10))
        return next((one for one in hits if one != target and one not in query.like), None)

    return {
        "none": lambda query, target: None,
        "nearest of the offered": nearest,
        "any of the offered": any_one,
        "the first hit": top,
    }


def ranks(asked: Asked, choose: Choose, rounds: int) -> list[int]:
    """Return the target's rank after so many answers; pictures pointed at are left out."""
    pool = len(asked.searcher.collection)
    found = []
    for question in asked.questions:
        words = question.turns[0].split()
        query = Query(wanted=(" ".join(words[: max(1, len(words) // 2)]),))
        for _ in range(rounds):
            if (pointed := choose(query, question.target)) is None:
                break
            query = replace(query, like=(*query.like, pointed))
        hits = asked.searcher.search(query, pool)
        left = [hit for hit in hits if hit.picture.id not in query.like]
        rank = rank_in(left, {question.target})
        assert rank  # the pool is asked for as a whole
        found.append(rank)
    return found


if __name__ == "__main__":
    main()
