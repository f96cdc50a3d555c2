"""Figures side by side: as Markdown, LaTeX and CSV."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.reports.published_figures import Published, caveat
from eval.runs.figures import FiguresRow
from retrievers.text.display import visible

_LATEX = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | {"\\": r"\textbackslash{}"})
_LATEX |= str.maketrans({"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", ">": r"$>$"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table before it is drawn.

    Attributes:
        heads: of the columns.
        lines: a cell per column; text on the left, figures on the right.
        texts: how many columns hold text.
        best: (line, column) of the cells that are the best of their column.
        note: the protocol, printed with it.
        notes: what must be known of the published lines, printed below.
        origins: where each line is from: its protocol, and its source.
    """

    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    texts: int
    best: frozenset[tuple[int, int]] = frozenset()
    note: str = ""
    notes: tuple[str, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()


def sheet(
    rows: Sequence[FiguresRow],
    *,
    note: str = "",
    published: Sequence[Published] = (),
    lower: Sequence[str] = (),
    exact: bool = False,
) -> Sheet:
    """Lay rows out; the published ones stand below and are marked as such.

    Args:
        rows: ours; the best figure of each task and measure is marked.
        note: the protocol.
        published: others' figures, from papers.
        lower: names of measures of which the lower is better.
        exact: figures with every digit, for programs.
    """
    figure = _every_digit if exact else _figure
    every = [*rows, *(one.row for one in published)]
    unlike = caveat(rows, note) if published else ""
    mark = "published, of other questions" if unlike else "published"
    measures = list(dict.fromkeys(name for one in every for name in one.figures))
    staged = [name for name in measures if any(name in one.first for one in rows)]
    heads = ("task", "system", *_measured(measures, staged), "ceiling", "s/query", "tokens", "lost")
    lines = [_line(one, measures, staged, figure) for one in rows]
    lines += [_line(one.row, measures, staged, figure, mark=mark) for one in published]
    kept = [at for at, head in enumerate(heads) if at < 2 or any(line[at] for line in lines)]
    best = _best(rows, measures, staged, lower)
    return Sheet(
        heads=tuple(heads[at] for at in kept),
        lines=tuple(tuple(line[at] for at in kept) for line in lines),
        texts=2,
        best=frozenset((line, kept.index(at)) for line, at in best),
        note=note,
        notes=(*([unlike] if unlike else []), *(f"published: {one.note}" for one in published)),
        origins=(
            *((note, "this run") for _ in rows),
            *((f"{one.protocol}; {one.weights}", one.source) for one in published),
        ),
    )


def _measured(measures: Sequence[str], staged: Sequence[str]) -> list[str]:
    """Name the columns; what a second stage started from stands before what it came to."""
    heads = []
    for name in measures:
        heads += [f"{name} first"] * (name in staged) + [name]
    return heads


def _line(
    one: FiguresRow,
    measures: Sequence[str],
    staged: Sequence[str],
    figure: Callable[[float | None, tuple[float, float] | None], str],
    *,
    mark: str = "",
) -> tuple[str, ...]:
    cells = [one.task, f"{one.system} ({mark})" if mark else one.system]
    for name in measures:
        if name in staged:
            cells.append(figure(one.first.get(name), None))
        cells.append(figure(one.figures.get(name), one.intervals.get(name)))
    cells.append(figure(one.ceiling, None))
    if mark:
        return (*cells, "", "", "")
    tokens = f"{one.tokens:.0f}" if one.tokens else ""
    return (*cells, figure(one.seconds, None), tokens, f"{one.lost:.2f}" if one.lost else "")


def _best(
    rows: Sequence[FiguresRow], measures: Sequence[str], staged: Sequence[str], lower: Sequence[str]
) -> list[tuple[int, int]]:
    heads = ["", "", *_measured(measures, staged)]
    found = []
    for task in dict.fromkeys(one.task for one in rows):
        places = [at for at, one in enumerate(rows) if one.task == task]
        for name in measures if len(places) > 1 else ():
            held = {at: rows[at].figures[name] for at in places if name in rows[at].figures}
            top = (min if name in lower else max)(held.values(), default=None)
            found += [(at, heads.index(name)) for at, value in held.items() if value == top]
    return found


def markdown(sheet: Sheet) -> str:
    """Write it in Markdown, the best figures bold."""
    rule = ["---" if at < sheet.texts else "---:" for at in range(len(sheet.heads))]
    body = _marked(sheet, lambda cell: visible(cell).replace("|", "\\|"), "**{}**")
    lines = [_piped(sheet.heads), _piped(rule), *map(_piped, body)]
    below = ["", *(f"- {note}" for note in sheet.notes)] if sheet.notes else []
    return "\n".join([*([f"{sheet.note}", ""] if sheet.note else []), *lines, *below]) + "\n"


def latex(sheet: Sheet) -> str:
    """Write it as a `tabular` for the package booktabs."""
    columns = "l" * sheet.texts + "r" * (len(sheet.heads) - sheet.texts)
    body = _marked(sheet, lambda cell: visible(cell).translate(_LATEX), r"\textbf{{{}}}")
    heads = " & ".join(head.translate(_LATEX) for head in sheet.heads)
    lines = [f"% {sheet.note}"] if sheet.note else []
    lines += [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", rf"{heads} \\", r"\midrule"]
    lines += [" & ".join(line) + r" \\" for line in body]
    below = [one.translate(_LATEX) for one in (f"ours: {sheet.note}", *sheet.notes)]
    under = rf"\multicolumn{{{len(sheet.heads)}}}{{l}}{{\footnotesize {{}}}} \\"
    lines += [r"\bottomrule", *(under.replace("{}", one) for one in below if sheet.notes)]
    return "\n".join([*lines, r"\end{tabular}"]) + "\n"


def csv_text(*sheets: Sheet) -> str:
    """Write them as comma-separated values under one heading; a line says protocol and source."""
    out = io.StringIO()
    heads = list(dict.fromkeys(head for one in sheets for head in one.heads))
    writer = csv.DictWriter(out, (*heads, "protocol", "source"), lineterminator="\n")
    writer.writeheader()
    for one in sheets:
        for line, own in zip(one.lines, one.origins, strict=True):
            whole = dict(zip(one.heads, line, strict=True))
            writer.writerow(whole | dict(zip(("protocol", "source"), own, strict=True)))
    return out.getvalue()


def _each(form: Callable[[Sheet], str]) -> Callable[..., str]:
    return lambda *sheets: "\n".join(map(form, sheets))


FORMATS: Mapping[str, Callable[..., str]] = {
    "markdown": _each(markdown),
    "latex": _each(latex),
    "csv": csv_text,
}


def _marked(sheet: Sheet, escaped: Callable[[str], str], bold: str) -> list[list[str]]:
    return [
        [
            bold.format(escaped(cell)) if (number, at) in sheet.best else escaped(cell)
            for at, cell in enumerate(line)
        ]
        for number, line in enumerate(sheet.lines)
    ]


def _piped(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _every_digit(value: float | None, interval: tuple[float, float] | None) -> str:
    shown = "" if value is None else str(value)
    return shown + (f" [{interval[0]}, {interval[1]}]" if interval else "")


def _figure(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")
