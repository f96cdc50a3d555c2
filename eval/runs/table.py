"""Figures side by side: for a terminal, Markdown, LaTeX and CSV."""

from collections.abc import Sequence

from rich.table import Table

from eval.runs.figures import Row


def table(rows: Sequence[Row], *, protocol: str) -> Table:
    """Return the figures for a terminal; a second stage's ceiling stands beside its R@1."""
    measures = list(dict.fromkeys(name for one in rows for name in one.figures))
    shown = Table(title=protocol)
    for head in ("task", "system"):
        shown.add_column(head)
    for head in (*measures, "ceiling", "s/query", "tokens/query", "lost"):
        shown.add_column(head, justify="right")
    for one in rows:
        shown.add_row(
            one.task,
            one.system,
            *(_figure(one.figures.get(name)) for name in measures),
            _figure(one.ceiling),
            f"{one.seconds:.3f}",
            f"{one.tokens:.0f}",
            _figure(one.lost),
        )
    return shown


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
