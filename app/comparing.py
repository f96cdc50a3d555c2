"""`dialens eval table` and `compare`: saved runs side by side, without their data."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.text import Text

from app.comparison_page import comparison_page
from app.document import as_document
from app.fitted import Column, Fitted
from app.printable import printable
from app.terminal import show as paged
from app.terminal import terminal
from eval.metrics.named import measure
from eval.published import Published, published
from eval.runs.compare import Change, Comparison, compare_runs
from eval.runs.figures import Row, rows_of, under_one_protocol
from eval.runs.run import Run, find_runs, runs_at
from eval.runs.table import FORMATS, Sheet, sheet

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
    for held in under_one_protocol(runs):
        protocol = f"{held[0].record['benchmark']}: {held[0].record['protocol']}"
        rows = rows_of(held, chosen, intervals=intervals)
        tasks = [one.task for one in rows]
        others = published(rows[0].benchmark, tasks) if with_published else []
        _print(rows, others, form=form, protocol=protocol)


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
        html.write_text(page, encoding="utf-8")
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
        f" p = {gain.p:.3f} (paired randomisation)"
    )
    even = len(found.changes) - gain.better - gain.worse
    console.print(f"{gain.better} better, {gain.worse} worse, {even} as before")
    for head, changes in (("better:", found.wins), ("worse:", found.losses)):
        if browse and changes:
            console.print(head, style="bold")
        for one in changes[:browse]:
            console.print(f"  {_told(one)}", markup=False)


def _run(path: Path) -> Run:
    found = find_runs(path)
    if len(found) != 1:
        raise ValueError(f"{path} holds {len(found)} runs; name the folder of one")
    return found[0]


def _print(rows: Sequence[Row], others: Sequence[Published], *, form: str, protocol: str) -> None:
    names = dict.fromkeys(name for one in rows for name in one.figures)
    lower = [name for name in names if measure(name).lower_is_better]
    laid = sheet(rows, note=protocol, published=others, lower=lower)
    if form == "json":
        plain: dict[str, Any] = {"rows": [asdict(one) for one in rows]}
        plain |= {"published": [asdict(one) for one in others], "notes": laid.notes}
        sys.stdout.write(as_document({"protocol": protocol, **plain}) + "\n")
    elif form == "terminal":
        show(laid)
    else:
        sys.stdout.write(FORMATS[form](laid))


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


def _told(change: Change) -> str:
    before, after = (str(rank or "-") for rank in change.ranks)
    said = " / ".join(change.question.turns) or change.unit
    return printable(f"rank {before:>4} -> {after:>4}  {said}")


def _plain(found: Comparison, browse: int) -> dict[str, Any]:
    changes: Mapping[str, Sequence[Change]] = {"wins": found.wins, "losses": found.losses}
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
