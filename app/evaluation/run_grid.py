"""`dialens grid`: run every combination of stages, and print the table."""

import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from string import ascii_uppercase

from rich.progress import Progress

from agent.mllm.mllm import Usage
from agent.resources import Resources
from agent.stages.config import Stages
from agent.stages.first_stage import first_stage, with_adapter
from agent.stages.pipeline import Pipeline
from agent.stages.pipeline_builder import open_pipeline
from app.library.library import locate
from app.library.query_options import encoder_of
from app.output.fitted_table import Column, Fitted
from app.output.json_output import as_document
from app.terminal.terminal import say, show, terminal
from eval.benchmarks.remarks import remarks
from eval.grid.grid import GridRow, read_grid, run_grid
from eval.grid.grid_questions import Pool, questions_of
from retrievers.collection.collection import Collection
from retrievers.files.home import dialens_home
from retrievers.files.new_file import refuse_to_lose
from retrievers.search.searcher import Searcher


def grid(
    stages: Path,
    questions: Path,
    *,
    collection: str | None,
    data: Path | None = None,
    out: Path,
    as_json: bool,
) -> None:
    """Run what is missing, then print all of it."""
    refuse_to_lose(out, reads=[stages, questions], kind=b'{"key": ')
    systems = read_grid(stages)
    with closing(Collection.open(locate(collection))) as opened:
        folder = (data or questions.parent).expanduser()
        pool = Pool(opened.name, lambda one: bool(opened.rows_of([one])), opened.id_with, folder)
        with remarks(say) as said:
            asked = questions_of(questions, pool, home=dialens_home())
        searcher = Searcher(opened, encoder_of(opened))

        def open_system(one: Stages) -> tuple[Pipeline, Sequence[Usage]]:
            stages = with_adapter(one)
            resources, retriever = Resources(stages, opened), first_stage(searcher, stages)
            pipeline = open_pipeline(stages, opened, retriever, resources=resources)
            return pipeline, resources.usages()

        with Progress(console=terminal(stderr=True), transient=True) as bar:
            task = bar.add_task("answers", total=None)
            rows = run_grid(
                systems,
                asked,
                open_system=open_system,
                collection=f"{opened.name} {len(opened)} {opened.encoder}",
                path=out,
                on_answer=lambda done, total: bar.update(task, completed=done, total=total),
            )
    if as_json:
        sys.stdout.write(as_document([{**asdict(row), "remarks": said} for row in rows]) + "\n")
    else:
        console = terminal()
        show(console, table(rows))
        for row in rows:
            if row.remembered:
                console.print(f"{row.system}: {without(row.remembered)}", markup=False)
            if row.places:
                console.print(f"{row.reranker} by {row.mllm}: {places(row.places)}", markup=False)


def table(rows: Sequence[GridRow]) -> Fitted:
    """Return the figures for people; the first stage's own R@1 stands beside each."""
    names = ["rewriter", "reranker", "llm", "mllm"]
    names += ["varied"] if any(row.varied for row in rows) else []
    figures = ("R@1 first stage", "ceiling", "R@1", "R@10", "s/query", "tokens/query", "lost/query")
    return Fitted(
        columns=[
            *(Column(head=head, folds=True) for head in names),
            *(Column(head=head, right=True) for head in figures),
        ],
        rows=[
            (
                *(getattr(row, name) for name in names),
                *(f"{one:.3f}" for one in (row.first_r1, row.ceiling, row.r1, row.r10)),
                *(f"{row.seconds:.2f}", f"{row.tokens:.0f}", f"{row.lost:.2f}"),
            )
            for row in rows
        ],
        title=f"{rows[0].questions} questions" if rows else "nothing to compare",
    )


def without(remembered: float) -> str:
    """Say what is not among the tokens, as it was paid for by an earlier question or run."""
    return f"tokens without {remembered:.1f} remembered verdicts and captions a query"


def places(picked: Sequence[int]) -> str:
    """Say how often each place was picked, and what a model without a liking would do."""
    total = sum(picked)
    shares = ", ".join(f"{ascii_uppercase[at]} {n / total:.2f}" for at, n in enumerate(picked))
    return f"picks by place {shares}; without bias {1 / len(picked):.2f} each ({total} picks)"
