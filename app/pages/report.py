"""One HTML page about runs: figures, plots, what failed, and what made it; it needs no network."""

import json
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from app.output.printable import printable
from app.pages.gallery_items import GalleryItem, gallery_items, thumbnail
from app.pages.page import rendered
from eval.benchmark import Question
from eval.metrics.named_metrics import measure
from eval.metrics.recall import ranks
from eval.reports.published_figures import published
from eval.reports.table import Sheet, sheet
from eval.runs.figures import under_one_protocol
from eval.runs.rows import names_of, rows_of
from eval.runs.run import Run, runs_at
from retrievers.files.new_file import PAGE, new_file, refuse_to_lose

FAILURES = 12
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that went wrong: what was asked, what was right, what came first."""

    said: str
    asked: GalleryItem | None
    rank: str
    right: list[GalleryItem]
    found: list[GalleryItem]


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One task of a protocol: its plots, and where its last system fails."""

    title: str
    plots: Mapping[str, Markup]
    failing: str
    failures: list[Failure]


@dataclass(frozen=True, slots=True)
class Section:
    """One protocol of the page: all its figures, and its tasks."""

    title: str
    sheet: Sheet
    parts: list[ReportPart]


def report(paths: Sequence[Path], html: Path, *, browse: bool) -> None:
    """Write the page of the runs at these folders and say where.

    Raises:
        ValueError: there are no runs, or the extra is missing.
    """
    refuse_to_lose(html, kind=PAGE)
    try:
        page = report_page(runs_at(paths))
    except ModuleNotFoundError as error:
        raise ValueError(f"{error.name} is not installed; pip install 'dialens[eval]'") from error
    with new_file(html, kind=PAGE) as place:
        place.write_text(page, encoding="utf-8")
    sys.stderr.write(f"{html}\n")
    if browse:
        webbrowser.open(html.absolute().as_uri())


def report_page(runs: Sequence[Run]) -> str:
    """Return the page of runs, a section for each task of each benchmark.

    Raises:
        ModuleNotFoundError: matplotlib is missing.
    """
    sections = [_section(some) for some in under_one_protocol(runs)]
    made = {
        f"{run.system}: {run.task.name} ({run.folder.name})": json.dumps(run.record, indent=2)
        for run in runs
    }
    return rendered("report.html", title="Report · dialens", sections=sections, made=made)


def _section(runs: Sequence[Run]) -> Section:
    rows = rows_of(runs)
    others = published(rows[0].benchmark, [one.task for one in rows])
    names = dict.fromkeys(name for one in rows for name in one.figures)
    lower = [name for name in names if measure(name).lower_is_better]
    parted: dict[str, list[Run]] = {}
    for run in runs:  # the folds of a protocol are tasks of one name with other questions
        parted.setdefault(str(run.record["questions"]), []).append(run)
    return Section(
        title=rows[0].benchmark,
        sheet=sheet(
            rows,
            note=str(runs[0].record["protocol"]),
            published=others,
            lower=lower,
        ),
        parts=[_part(some) for some in parted.values()],
    )


def _part(runs: Sequence[Run]) -> ReportPart:
    from eval.reports.plots import plots

    drawn = plots(runs, rows_of(runs)) if runs[0].task.measures else {}
    return ReportPart(
        title=runs[0].task.name,
        plots={title: Markup(svg) for title, svg in drawn.items()},
        failing=names_of(runs)[-1],
        failures=_failures(runs[-1]),
    )


def _failures(run: Run) -> list[Failure]:
    """Return the questions whose right answer came last, the worst first."""
    found = ranks(run.task.questions, run.rankings)
    worst = sorted(run.task.questions, key=lambda one: (-found[one.id], one.id))
    return [_failure(run, one, found[one.id]) for one in worst[:FAILURES] if found[one.id] > 1]


def _failure(run: Run, question: Question, rank: float) -> Failure:
    right, picture = list(question.relevant)[:SHOWN], question.picture
    first = run.rankings[question.id].ids[:SHOWN]
    return Failure(
        said=printable(" / ".join(question.turns)),
        asked=GalleryItem(picture.name, thumbnail(picture)) if picture else None,
        rank=f"{rank:.0f}" if rank != float("inf") else "not found",
        right=gallery_items(run.task, right, right=right),
        found=gallery_items(run.task, first, right=question.relevant),
    )
