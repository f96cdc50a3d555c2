"""`dialens eval table` and `compare`: saved runs side by side, without their data."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.text import Text

from app.output.fitted_table import Column, Fitted
from app.output.json_output import as_document
from app.output.printable import printable
from app.pages.comparison_page import comparison_page
from app.terminal.terminal import show as paged
from app.terminal.terminal import terminal
from eval.benchmark import Measure
from eval.metrics.named_metrics import measure
from eval.reports.published_figures import Published, published
from eval.reports.table import FORMATS, Sheet, sheet
from eval.runs.compare import Comparison, QuestionChange, compare_runs
from eval.runs.figures import FiguresRow, under_one_protocol
from eval.runs.rows import rows_of
from eval.runs.run import Run, find_runs, runs_at
from eval.significance import chance
from retrievers.files.new_file import PAGE, new_file

MOST = 20  # wins, and losses, on a page


def table(
    paths: Sequence[Path],
    *,
    form: str,
    measures: Sequence[str],
    with_published: bool,
    intervals: bool = False,
) -> None:
    """Print the figures of runs, a table per benchmark and protocol.

    Raises:
        ValueError: there are no runs, or the form or a measure does not exist.
    """
    if form not in ("terminal", "json", *FORMATS):
        raise ValueError(f"form must be terminal, json, {', '.join(FORMATS)}; got {form!r}")
    runs = runs_at(paths)
    chosen = [measure(name) for name in measures]
    parts = [
        _scored(held, chosen, with_published=with_published, intervals=intervals)
        for held in under_one_protocol(runs)
    ]
    if form == "json":
        sys.stdout.write(as_document(_document(parts)) + "\n")
    elif form == "terminal":
        for one in parts:
            show(_sheet(one))
    else:
        sys.stdout.write(FORMATS[form](*(_sheet(one, exact=form == "csv") for one in parts)))


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of one protocol, those of papers, and what must be known of them."""

    protocol: str
    rows: Sequence[FiguresRow]
    others: Sequence[Published]
    notes: tuple[str, ...]


def _scored(
    runs: Sequence[Run], measures: Sequence[Measure], *, with_published: bool, intervals: bool
) -> _Part:
    protocol = f"{runs[0].record['benchmark']}: {runs[0].record['protocol']}"
    rows = rows_of(runs, measures, intervals=intervals)
    others = published(rows[0].benchmark, [one.task for one in rows]) if with_published else []
    without = [f"{one.task} of {one.system}" for one in rows if intervals and not one.intervals]
    lacking = f"no interval, being no mean over questions: {', '.join(without)}"
    return _Part(protocol, rows, others, (lacking,) if without else ())


def compare(
    first: Path, second: Path, *, name: str, browse: int, html: Path | None, as_json: bool
) -> None:
    """Print whether the second run is better than the first, and where they differ most.

    Raises:
        ValueError: a run is missing, or they answer different questions.
    """
    before = _run(first)
    found = compare_runs(before, _run(second), measure(name))
    if html:
        page = comparison_page(found, before.task, most=browse or MOST)
        with new_file(html, kind=PAGE) as place:
            place.write_text(page, encoding="utf-8")
        sys.stderr.write(f"{html}\n")
    if as_json:
        sys.stdout.write(as_document(_plain(found, browse)) + "\n")
        return
    console, gain = terminal(), found.difference
    console.print(
        f"{name}: {found.systems[0]} {found.figures[0]:.3f}, {found.systems[1]}"
        f" {found.figures[1]:.3f}"
    )
    console.print(
        f"difference {gain.mean:+.3f}, 95 % interval {gain.low:+.3f} to {gain.high:+.3f},"
        f" {chance(gain.p)} (paired randomisation)"
    )
    even = len(found.changes) - gain.better - gain.worse
    console.print(f"{gain.better} better, {gain.worse} worse, {even} as before")
    for head, changes in (("better:", found.wins), ("worse:", found.losses)):
        if browse and changes:
            console.print(head, style="bold")
        for one in changes[:browse]:
            console.print(f"  {_change_line(one)}", markup=False)


def _run(path: Path) -> Run:
    found = find_runs(path)
    if len(found) != 1:
        raise ValueError(f"{path} holds {len(found)} runs; name the folder of one")
    return found[0]


def _sheet(part: _Part, *, exact: bool = False) -> Sheet:
    names = dict.fromkeys(name for one in part.rows for name in one.figures)
    lower = [name for name in names if measure(name).lower_is_better]
    laid = sheet(part.rows, note=part.protocol, published=part.others, lower=lower, exact=exact)
    return replace(laid, notes=(*laid.notes, *part.notes))


def _document(parts: Sequence[_Part]) -> dict[str, Any]:
    """Return one document for all protocols; a row says its own, as those of papers do."""
    return {
        "protocol": "; ".join(one.protocol for one in parts),
        "rows": [asdict(row) | {"protocol": one.protocol} for one in parts for row in one.rows],
        "published": [asdict(row) for one in parts for row in one.others],
        "notes": [note for one in parts for note in _sheet(one).notes],
    }


def show(laid: Sheet) -> None:
    """Print a table as the terminal is wide."""
    console = terminal()
    notes = (Text(note, style="dim") for note in laid.notes)
    paged(console, Group(in_columns(laid), *notes))


def in_columns(laid: Sheet) -> Fitted:
    """Lay a sheet out for a terminal, the best figures bold."""
    return Fitted(
        columns=[
            Column(head=head, right=at >= laid.texts, folds=at < laid.texts)
            for at, head in enumerate(laid.heads)
        ],
        rows=[
            [
                Text(cell, style="bold" if (n, at) in laid.best else "")
                for at, cell in enumerate(line)
            ]
            for n, line in enumerate(laid.lines)
        ],
        title=laid.note,
    )


def _change_line(change: QuestionChange) -> str:
    before, after = (str(rank or "-") for rank in change.ranks)
    said = " / ".join(change.question.turns) or change.unit
    return printable(f"rank {before:>4} -> {after:>4}  {said}")


def _plain(found: Comparison, browse: int) -> dict[str, Any]:
    changes: Mapping[str, Sequence[QuestionChange]] = {"wins": found.wins, "losses": found.losses}
    return {
        "measure": found.measure.name,
        "systems": found.systems,
        "figures": found.figures,
        **asdict(found.difference),
        **{
            name: [
                {"question": one.unit, "turns": one.question.turns, "ranks": one.ranks}
                for one in some[:browse]
            ]
            for name, some in changes.items()
        },
    }
