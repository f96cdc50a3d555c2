"""The plots people expect of runs, as SVG that stands in a page, light or dark.

Needs the extra `eval` (matplotlib). Text and axes are grey, the ground is clear.
"""

import io
import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eval.benchmark import Measure
from eval.metrics.recall import ranks
from eval.runs.figures import FiguresRow
from eval.runs.rows import names_of
from eval.runs.run import Run

_GREY = "#8a8580"
_COLOURS = ("#e0713c", "#3c8de0", "#3caf6e", "#b45fd6", "#d6b23c", "#5fc7c7", "#d65f8a")
_STYLE: Any = {  # its keys are a Literal of hundreds
    "svg.fonttype": "none",
    "svg.hashsalt": "dialens",
    "font.size": 11,
    "text.color": _GREY,
    "axes.edgecolor": _GREY,
    "axes.labelcolor": _GREY,
    "xtick.color": _GREY,
    "ytick.color": _GREY,
}


def recall_curves(runs: Sequence[Run], *, deepest: int = 50) -> str:
    """Draw R@n over n for runs of one task."""
    figure, axes = _blank("n", "R@n")
    for colour, name, run in zip(_palette(len(runs)), names_of(runs), runs, strict=True):
        found = list(ranks(run.task.questions, run.rankings).values())
        n = range(1, min(deepest, run.task.depth) + 1)
        shares = [_share(found, k) for k in n]
        axes.step(n, shares, where="post", color=colour, alpha=0.8, label=name)
    axes.set_ylim(0, 1)
    return _svg(figure, axes)


def over_rounds(runs: Sequence[Run], *, n: int = 10) -> str:
    """Draw R@n of each round of dialogues; without memory, unlike sticky Hits@n."""
    figure, axes = _blank("round", f"R@{n}")
    for colour, name, run in zip(_palette(len(runs)), names_of(runs), runs, strict=True):
        found = ranks(run.task.questions, run.rankings)
        rounds = sorted({question.round for question in run.task.questions})
        shares = [
            _share([found[one.id] for one in run.task.questions if one.round == number], n)
            for number in rounds
        ]
        axes.plot(rounds, shares, color=colour, marker="o", label=name)
    axes.set_ylim(0, 1)
    return _svg(figure, axes)


def quality_against_seconds(rows: Sequence[FiguresRow], measure: Measure) -> str:
    """Draw each system as a point: what it costs and what it gives."""
    figure, axes = _blank("seconds per query", measure.name)
    for colour, row in zip(_palette(len(rows)), rows, strict=True):
        value = row.figures.get(measure.name, float("nan"))
        axes.plot([row.seconds], [value], "o", color=colour, markersize=9, label=row.system)
    axes.set_xscale("log")
    return _svg(figure, axes)


def waterfall(rows: Sequence[FiguresRow], measure: Measure) -> str:
    """Draw what each system's first stage gave, what the others added, and the ceiling."""
    figure, axes = _blank("", measure.name)
    for at, (colour, row) in enumerate(zip(_palette(len(rows)), rows, strict=True)):
        end = row.figures.get(measure.name, 0.0)
        begin = row.first.get(measure.name, end)
        axes.bar(at, min(begin, end), color=colour, alpha=0.35, width=0.6)
        kind = {"color": colour} if end >= begin else {"fill": False, "hatch": "//"}
        axes.bar(at, end - begin, bottom=begin, edgecolor=colour, width=0.6, **kind)
        if row.ceiling is not None:
            axes.hlines(row.ceiling, at - 0.35, at + 0.35, colors=_GREY, linestyles="dashed")
        label = f"{end:.3f}"
        axes.annotate(label, (at, max(begin, end)), ha="center", va="bottom", color=_GREY)
    axes.set_xticks(range(len(rows)), [row.system for row in rows], rotation=20, ha="right")
    return _svg(figure, axes, legend=False)


def plots(runs: Sequence[Run], rows: Sequence[FiguresRow]) -> Mapping[str, str]:
    """Return all the plots that make sense for runs of one task, by their title."""
    measure = runs[0].task.measures[0]
    drawn = {"Recall at every cut-off": recall_curves(runs)}
    if any(question.dialogue for question in runs[0].task.questions):
        drawn["Recall over the rounds"] = over_rounds(runs)
    if all(isfinite(row.figures.get(measure.name, float("nan"))) for row in rows):
        drawn["Quality against seconds"] = quality_against_seconds(rows, measure)
    if any(row.first for row in rows):
        title = "What the stages add (pale: kept of the first; hatched: lost; dashed: the ceiling)"
        drawn[title] = waterfall(rows, measure)
    return drawn


def _share(found: Sequence[float], n: int) -> float:
    return sum(rank <= n for rank in found) / len(found)


def _palette(n: int) -> list[str]:
    return [_COLOURS[at % len(_COLOURS)] for at in range(n)]


def _blank(x: str, y: str) -> tuple[Figure, Axes]:
    with rc_context(_STYLE):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.add_subplot()
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color=_GREY, alpha=0.25)
        axes.set_axisbelow(True)
        return figure, axes


def _svg(figure: Figure, axes: Axes, *, legend: bool = True) -> str:
    with rc_context(_STYLE):
        if legend:
            axes.legend(frameon=False, labelcolor=_GREY)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    drawn = out.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
