"""What each stage gains or loses with the offline models, beside oracles that show the ceiling.

    python -m benchmarks.stages [--questions 100] [--others 48] [--only Rewriters]
    python -m benchmarks.stages --peek --markdown     # what was answered so far

Answers are kept in the dialens home: a run that was stopped goes on, and a second run only prints.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agent.mllm.mllm import Usage
from agent.stages.config import Stages
from agent.stages.pipeline import Pipeline
from benchmarks.composed import COLOUR, SWAP
from benchmarks.stage_questions import Asked, composed_asked, stamps_asked
from benchmarks.stage_systems import (
    CAPTION,
    CEILING,
    COMPOSED,
    FIRST,
    MARKS,
    RERANKERS,
    REWRITERS,
    SHORTLIST,
    WATERFALL,
    System,
)
from eval.grid.grid import GridAnswer, answers_of
from eval.metrics.recall import recall_at
from eval.significance import compare
from retrievers.encoder import Encoder
from retrievers.files.home import dialens_home
from retrievers.offline.encoder import OfflineEncoder

HEADS = (
    *("stages", "R@1", f"R@{SHORTLIST}", "R@10", "MRR", "gain in MRR (95 %)", "p"),
    *("better/worse", "s", "tokens", "lost"),
)
NOT_RUN = ("`blip2`, `cross-encoder`", "not run: no weights without a model hub")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=100, help="for rewriters")
    parser.add_argument("--others", type=int, default=48, help="for everything else")
    parser.add_argument("--only", default="", help="tables whose title holds these words")
    parser.add_argument("--peek", action="store_true", help="answer nothing that is not answered")
    parser.add_argument("--markdown", action="store_true", help="as docs/stages.md has them")
    options = parser.parse_args(argv)
    home = dialens_home() / "benchmarks"
    show = _markdown if options.markdown else _rich
    for title, asked, systems in tables(home, OfflineEncoder(), options):
        if options.only in title:
            counted = f"{title}: {len(asked.questions)} questions"
            show(counted, measured(asked, systems, home / "stages.jsonl", peek=options.peek))


def tables(
    home: Path, encoder: Encoder, options: argparse.Namespace
) -> Iterator[tuple[str, Asked, Sequence[System]]]:
    """Yield every table's title, questions and rows; the first row is the baseline."""
    captions, told, with_picture = stamps_asked(home, encoder)
    many, few = options.questions, options.others
    yield "Rerankers, captions", captions.first(few), (FIRST, *RERANKERS, CEILING)
    yield "Rewriters, dialogues", told.first(many), (FIRST, *REWRITERS, CAPTION)
    for kind in (SWAP, COLOUR):
        asked = composed_asked(home, encoder, kind, n=few)
        yield f"Picture and instruction, {kind}", asked, COMPOSED
    yield "Rewriters, dialogues with a liked picture", with_picture.first(few), (FIRST, *MARKS)
    rows = (FIRST, *RERANKERS, *WATERFALL, CEILING)
    yield "Rerankers, dialogues", told.first(few), rows


def measured(
    asked: Asked, systems: Sequence[System], path: Path, *, peek: bool = False
) -> Iterator[tuple[str, ...]]:
    """Yield a row of figures per system, held against the first."""
    baseline: list[float] = []
    for system in systems:
        try:
            answers = list(answered(asked, system, path, peek=peek))
        except UnansweredError:
            yield system.name, "not run yet"
            continue
        scores = [1 / answer.rank if answer.rank else 0.0 for answer in answers]
        baseline = baseline or scores
        yield figures(system.name, answers, scores, baseline)
        if system == RERANKERS[-1]:
            yield NOT_RUN


def answered(
    asked: Asked, system: System, path: Path, *, peek: bool = False
) -> Iterator[GridAnswer]:
    """Answer the questions, or read the answers of an earlier run.

    Raises:
        UnansweredError: an answer is missing, and this is but a peek.
    """

    def open_system(stages: Stages) -> tuple[Pipeline, Sequence[Usage]]:
        if peek:
            raise UnansweredError
        return system.open(asked, stages)

    collection = asked.searcher.collection
    return answers_of(
        Stages(**system.stages, shortlist=SHORTLIST),
        asked.questions,
        open_system=open_system,
        collection=" ".join(filter(None, (collection.name, collection.encoder, system.special))),
        path=path,
    )


class UnansweredError(Exception):
    """A question was not yet answered."""


def figures(
    name: str, answers: Sequence[GridAnswer], scores: Sequence[float], baseline: Sequence[float]
) -> tuple[str, ...]:
    """Write a row: recall and mean reciprocal rank (0 beyond 100), the gain, and what it costs."""
    ranks, n = [answer.rank for answer in answers], len(answers)
    found = compare(scores, baseline)
    gain = f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    p = f"{found.p:.3f}" if found.p >= 0.001 else "< 0.001"
    held = (gain, p, f"{found.better}/{found.worse}")
    return (
        name,
        *(f"{recall_at(k, ranks):.3f}" for k in (1, SHORTLIST, 10)),
        f"{sum(scores) / n:.3f}",
        *(("", "", "") if scores is baseline else held),
        f"{sum(answer.seconds for answer in answers) / n:.1f}",
        f"{sum(answer.tokens for answer in answers) / n:.0f}",
        f"{sum(answer.lost for answer in answers) / n:.2f}",
    )


def _markdown(title: str, rows: Iterable[tuple[str, ...]]) -> None:
    blank = ("",) * len(HEADS)
    print(f"**{title}**\n")
    for row in (HEADS, ("---",) * len(HEADS), *rows):
        print("| " + " | ".join((*row, *blank)[: len(HEADS)]) + " |")
    print()


def _rich(title: str, rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(*HEADS, title=title)
    for row in rows:
        table.add_row(*row)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
