"""Dialogues as a benchmark of `eval`: a question after each turn, with sticky Hits@10."""

from collections.abc import Sequence
from pathlib import Path

from eval.benchmark import Benchmark, Item, Question, Task
from eval.metrics.dialogue import best_log_rank, sticky_hits
from eval.metrics.recall import mean_reciprocal_rank
from finetune.dialogues.dialogue import Dialogue


def benchmark_of(
    dialogues: Sequence[Dialogue], *, name: str, rounds: int = 4, pool: Sequence[Path] = ()
) -> Benchmark:
    """Ask each dialogue after each of its first turns.

    Args:
        dialogues: with one target each.
        name: of the benchmark.
        rounds: a shorter dialogue repeats its last round, so that every round is over all of them.
        pool: pictures that are ranked with the targets.
    """
    pictures = sorted({*pool, *(one.picture for one in dialogues)})
    items = {path: f"{at:05}-{path.name}" for at, path in enumerate(pictures)}
    questions = tuple(
        Question(
            f"{at:05}-{number}",
            turns=one.turns[: number + 1],
            relevant={items[one.picture]: 1.0},
            dialogue=f"{at:05}",
            round=number,
        )
        for at, one in enumerate(dialogues)
        for number in range(rounds)
    )
    hits = (sticky_hits(10, after=one) for one in range(rounds))
    measures = (*hits, mean_reciprocal_rank(), best_log_rank())
    gallery = tuple(Item(item, path=path) for path, item in items.items())
    protocol = f"{len(dialogues)} dialogues of {rounds} rounds over {len(gallery)} pictures"
    return Benchmark(name, protocol, (Task("rounds", gallery, questions, measures, depth=10),))
