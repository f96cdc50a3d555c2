"""One HTML page about runs: figures, plots, what failed, and what made it; it needs no network."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from app.comparing import rows_of
from app.page import rendered
from app.printable import printable
from app.shrunk import data_uri
from eval.benchmarks.benchmark import Question
from eval.metrics.named import measure
from eval.metrics.recall import ranks
from eval.published import published
from eval.runs.run import Run
from eval.runs.table import Sheet, sheet
from retrievers.pictures import UnreadablePicture

FAILURES = 12
SHOWN = 4
SIDE = 160


@dataclass(frozen=True, slots=True)
class Shot:
    """An item of the gallery on the page: a thumbnail, or its text."""

    name: str
    source: str | None
    right: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that went wrong: what was asked, what was right, what came first."""

    said: str
    asked: Shot | None
    rank: str
    right: list[Shot]
    found: list[Shot]


@dataclass(frozen=True, slots=True)
class Section:
    """One task of the page."""

    title: str
    sheet: Sheet
    notes: list[str]
    plots: Mapping[str, Markup]
    failing: str
    failures: list[Failure]


def report_page(runs: Sequence[Run]) -> str:
    """Return the page of runs, a section for each task of each benchmark.

    Raises:
        ModuleNotFoundError: matplotlib is missing.
    """
    asked: dict[str, list[Run]] = {}
    for run in runs:  # what answers other questions is another table
        asked.setdefault(str(run.record["questions"]), []).append(run)
    sections = [_section(some) for some in asked.values()]
    made = {run.system: json.dumps(run.record, indent=2) for run in runs}
    return rendered("report.html", title="Report · dialens", sections=sections, made=made)


def _section(runs: Sequence[Run]) -> Section:
    from eval.runs.plots import plots

    benchmark, task = str(runs[0].record["benchmark"]), runs[0].task.name
    rows = rows_of(runs)
    others = published(benchmark, [task])
    names = dict.fromkeys(name for one in rows for name in one.figures)
    lower = [name for name in names if measure(name).lower_is_better]
    drawn = plots(runs, rows) if runs[0].task.measures else {}
    return Section(
        title=f"{benchmark}: {task}",
        sheet=sheet(
            rows,
            note=str(runs[0].record["protocol"]),
            published=[one.row for one in others],
            lower=lower,
        ),
        notes=[one.note for one in others],
        plots={title: Markup(svg) for title, svg in drawn.items()},
        failing=runs[-1].system,
        failures=_failures(runs[-1]),
    )


def _failures(run: Run) -> list[Failure]:
    """Return the questions whose right answer came last, the worst first."""
    found = ranks(run.task.questions, run.rankings)
    worst = sorted(run.task.questions, key=lambda one: (-found[one.id], one.id))
    return [_failure(run, one, found[one.id]) for one in worst[:FAILURES] if found[one.id] > 1]


def _failure(run: Run, question: Question, rank: float) -> Failure:
    items = {item.id: item for item in run.task.gallery}

    def shot(name: str) -> Shot:
        item = items.get(name)
        source = _thumbnail(item.path) if item and item.path else None
        text = item.text if item and item.text else name
        return Shot(printable(text), source, name in question.relevant)

    first = run.rankings[question.id].ids[:SHOWN]
    picture = question.picture
    return Failure(
        said=printable(" / ".join(question.turns)),
        asked=Shot(picture.name, _thumbnail(picture), right=False) if picture else None,
        rank=f"{rank:.0f}" if rank != float("inf") else "not found",
        right=[shot(name) for name in list(question.relevant)[:SHOWN]],
        found=[shot(name) for name in first],
    )


def _thumbnail(path: Path) -> str | None:
    try:
        return data_uri(path, SIDE)
    except UnreadablePicture:  # the data has gone since
        return None
