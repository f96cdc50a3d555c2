"""What each stage gains or loses with the offline models, beside oracles that show the ceiling.

    python -m benchmarks.stages [--questions 100] [--reranked 48] [--only dialogues] [--markdown]

Answers are kept in the dialens home: a run that was stopped goes on, and a second run only prints.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from agent.mllm.mllm import Usage
from agent.pipeline import Pipeline
from agent.rerank.verdicts import Verdicts
from agent.rewrite.eiirwqr import Eiirwqr, Feedback, simulated_marks, user_marks
from agent.rewrite.rewriter import Covering
from agent.stages import Parts, Stages, open_pipeline
from benchmarks.composed import COLOUR, SWAP
from benchmarks.oracles import Half, PerfectReranker, PerfectRewriter, picture_only, words_only
from benchmarks.stage_questions import Asked, composed_asked, stamps_asked
from eval.grid import Answer, answers_of
from eval.recall import recall_at
from eval.significance import compare
from retrievers.encoder import Encoder
from retrievers.hit import Hit
from retrievers.home import dialens_home
from retrievers.offline.encoder import OfflineEncoder
from retrievers.query import Query

SHORTLIST = 8
HEADS = (
    *("stages", "R@1", f"R@{SHORTLIST}", "R@10", "MRR", "gain in MRR (95 %)", "p"),
    *("better/worse", "s", "tokens", "lost"),
)
NOT_RUN = ("`blip2`, `cross-encoder`", "not run: no weights without a model hub")

Special = Callable[["Asked", Stages], tuple[Pipeline, Sequence[Usage]]]


@dataclass(frozen=True, slots=True)
class System:
    """A row: its name, its stages, and how it is opened if not by these alone."""

    name: str
    stages: Mapping[str, Any] = field(default_factory=dict)
    special: str = ""


def words(asked: Asked, stages: Stages) -> tuple[Pipeline, Sequence[Usage]]:
    return Pipeline(Half(asked.searcher, words_only), shortlist=SHORTLIST), ()


def picture(asked: Asked, stages: Stages) -> tuple[Pipeline, Sequence[Usage]]:
    return Pipeline(Half(asked.searcher, picture_only), shortlist=SHORTLIST), ()


def perfect_order(asked: Asked, stages: Stages) -> tuple[Pipeline, Sequence[Usage]]:
    reranker = PerfectReranker(asked.meant)
    return Pipeline(asked.searcher, reranker=reranker, shortlist=SHORTLIST), ()


def perfect_words(asked: Asked, stages: Stages) -> tuple[Pipeline, Sequence[Usage]]:
    rewriter = PerfectRewriter(asked.captions)
    return Pipeline(asked.searcher, rewriter=rewriter, shortlist=SHORTLIST), ()


def marked(asked: Asked, stages: Stages) -> tuple[Pipeline, Sequence[Usage]]:
    return _with_feedback(asked, stages, user_marks)


def simulated(asked: Asked, stages: Stages) -> tuple[Pipeline, Sequence[Usage]]:
    targets = {one.turns: {one.target} for one in asked.questions}

    def marks(query: Query, shown: Sequence[Hit]) -> Sequence[Hit]:
        return simulated_marks(targets[query.wanted])(query, shown)

    return _with_feedback(asked, stages, marks)


def _with_feedback(
    asked: Asked, stages: Stages, feedback: Feedback
) -> tuple[Pipeline, Sequence[Usage]]:
    parts = Parts(stages, asked.searcher.store)
    prompt = parts.prompt("eiirwqr/rewrite")
    rewriter = Eiirwqr(parts.llm, parts.captions, prompt=prompt, feedback=feedback)
    chosen = Covering(rewriter) if stages.covering else rewriter
    return Pipeline(asked.searcher, rewriter=chosen, shortlist=SHORTLIST), parts.usages()


SPECIAL: dict[str, Special] = {
    "words": words,
    "picture": picture,
    "perfect order": perfect_order,
    "perfect words": perfect_words,
    "marked": marked,
    "simulated": simulated,
}

FIRST = System("first stage")
RERANKERS = tuple(
    System(f"`{name}`", {"reranker": name})
    for name in ("pick", "listwise", "pairwise", "yesno", "propositions")
)
CEILING = System("*oracle: the shortlist in perfect order*", special="perfect order")
CAPTION = System("*oracle: the target's own caption*", special="perfect words")
FREE = {"covering": False}
REWRITERS = (
    System("`plugir`", {"rewriter": "plugir"}),
    System("`plugir`, unchecked", {"rewriter": "plugir", **FREE}),
    System("`eiirwqr`", {"rewriter": "eiirwqr"}),
    System("`eiirwqr`, unchecked", {"rewriter": "eiirwqr", **FREE}),
    System(
        "`eiirwqr`, 2 turns, unchecked",
        {"rewriter": "eiirwqr", "rewriter_options": {"turns": 2}, **FREE},
    ),
    System(
        "*oracle: `eiirwqr`, simulated marks, unchecked*",
        {"rewriter": "eiirwqr", **FREE},
        "simulated",
    ),
)
MARKS = (
    System("`eiirwqr`, unchecked", {"rewriter": "eiirwqr", **FREE}),
    System("`eiirwqr`, user's marks", {"rewriter": "eiirwqr"}, "marked"),
    System("`eiirwqr`, user's marks, unchecked", {"rewriter": "eiirwqr", **FREE}, "marked"),
)
WATERFALL = (
    System("+ `plugir`", {"rewriter": "plugir"}),
    System("+ `plugir` + `pairwise`", {"rewriter": "plugir", "reranker": "pairwise"}),
    System("+ `plugir` + `yesno`", {"rewriter": "plugir", "reranker": "yesno"}),
)
COMPOSED = (
    System("words and picture, the default"),
    System("words only", special="words"),
    System("picture only", special="picture"),
    System("`cirevl`", {"rewriter": "cirevl"}),
    System("`cirevl`, unchecked", {"rewriter": "cirevl", **FREE}),
    CAPTION,
)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=100, help="for rewriters")
    parser.add_argument("--reranked", type=int, default=48, help="for everything else")
    parser.add_argument("--only", default="", help="tables whose title holds these words")
    parser.add_argument("--markdown", action="store_true", help="as docs/stages.md has them")
    options = parser.parse_args(argv)
    home = dialens_home() / "benchmarks"
    show = _markdown if options.markdown else _rich
    for title, asked, systems in tables(home, OfflineEncoder(), options):
        if options.only in title:
            counted = f"{title}: {len(asked.questions)} questions"
            show(counted, [*measured(asked, systems, home / "stages.jsonl")])


def tables(
    home: Path, encoder: Encoder, options: argparse.Namespace
) -> Iterator[tuple[str, Asked, Sequence[System]]]:
    """Yield every table's title, questions and rows; the first row is the baseline."""
    captions, told, with_picture = stamps_asked(home, encoder)
    many, few = options.questions, options.reranked
    yield "Rerankers, captions", captions.first(few), (FIRST, *RERANKERS, CEILING)
    yield "Rewriters, dialogues", told.first(many), (FIRST, *REWRITERS, CAPTION)
    for kind in (SWAP, COLOUR):
        asked = composed_asked(home, encoder, kind, n=few)
        yield f"Picture and instruction, {kind}", asked, COMPOSED
    yield "Rewriters, dialogues with a liked picture", with_picture.first(few), (FIRST, *MARKS)
    rows = (FIRST, *RERANKERS, *WATERFALL, CEILING)
    yield "Rerankers, dialogues", told.first(few), rows


def measured(asked: Asked, systems: Sequence[System], path: Path) -> Iterator[tuple[str, ...]]:
    """Yield a row of figures per system, held against the first."""
    baseline: list[float] = []
    for system in systems:
        answers = list(answered(asked, system, path))
        gains = [1 / answer.rank if answer.rank else 0.0 for answer in answers]
        baseline = baseline or gains
        yield figures(system.name, answers, gains, baseline)
        if system == RERANKERS[-1]:
            yield NOT_RUN


def answered(asked: Asked, system: System, path: Path) -> Iterator[Answer]:
    store = asked.searcher.store

    def open_system(stages: Stages) -> tuple[Pipeline, Sequence[Usage]]:
        if system.special:
            return SPECIAL[system.special](asked, stages)
        parts = Parts(stages, store)
        parts.verdicts = Verdicts(Path(":memory:"))  # none is had for nothing
        return open_pipeline(stages, store, asked.searcher, parts=parts), parts.usages()

    return answers_of(
        Stages(**system.stages, shortlist=SHORTLIST),
        asked.questions,
        open_system=open_system,
        collection=" ".join(filter(None, (store.name, store.encoder, system.special))),
        path=path,
    )


def figures(
    name: str, answers: Sequence[Answer], scores: Sequence[float], baseline: Sequence[float]
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


def _markdown(title: str, rows: Sequence[tuple[str, ...]]) -> None:
    blank = ("",) * len(HEADS)
    print(f"**{title}**\n")
    for row in (HEADS, ("---",) * len(HEADS), *rows):
        print("| " + " | ".join((*row, *blank)[: len(HEADS)]) + " |")
    print()


def _rich(title: str, rows: Sequence[tuple[str, ...]]) -> None:
    table = Table(*HEADS, title=title)
    for row in rows:
        table.add_row(*row)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
