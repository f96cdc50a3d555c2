"""Figures from papers, to stand beside ours: each with its protocol, weights, source and certainty.

They are context, not targets: protocols differ in more than a table can say.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from eval.benchmark import LIMITED
from eval.benchmarks.published.catalogue import every as datasets
from eval.runs.figures import FiguresRow


@dataclass(frozen=True, slots=True)
class Published:
    """One row of a paper's table.

    Attributes:
        benchmark: its name in our catalogue.
        task: likewise.
        system: the paper's name for it.
        figures: by measure, shares as 0 to 1.
        protocol: in which it was measured.
        weights: of the model.
        source: the paper.
        sure: "high": read in the paper or its repository; "medium": from elsewhere.
    """

    benchmark: str
    task: str
    system: str
    figures: Mapping[str, float]
    protocol: str
    weights: str
    source: str
    sure: str

    @property
    def note(self) -> str:
        """What must be known of the figures, in one line."""
        told = f"{self.protocol}; {self.weights}; {self.source}"
        return f"{self.system}: {told} (sure: {self.sure})"

    @property
    def row(self) -> FiguresRow:
        """The same, to be printed beside our rows."""
        return FiguresRow(
            benchmark=self.benchmark,
            task=self.task,
            system=self.system,
            figures=self.figures,
            first={},
            ceiling=None,
            seconds=0.0,
            tokens=0.0,
            questions=0,
            lost=0.0,
        )


def published(benchmark: str, tasks: Sequence[str] = ()) -> list[Published]:
    """Return what papers report on a benchmark, or on some of its tasks."""
    return [
        one for one in every() if one.benchmark == benchmark and (not tasks or one.task in tasks)
    ]


def caveat(rows: Sequence[FiguresRow], protocol: str) -> str:
    """Return why published figures are of other questions than these rows; nothing if they are not.

    Args:
        rows: ours, of one benchmark.
        protocol: theirs.
    """
    for one in rows:
        known = datasets().get(one.benchmark)
        asked, _ = (known.counts if known else {}).get(one.task, (0, 0))
        if asked and one.questions != asked:
            return (
                f"published figures are of all {asked:,} questions of {one.task}; ours are of"
                f" {one.questions:,}: do not compare them"
            )
    if LIMITED in protocol:
        return f"published figures are of all questions; ours are of the first {LIMITED}"
    return ""


def every() -> list[Published]:
    """Return all the rows there are."""
    text = files("eval.reports").joinpath("published_figures.toml").read_text(encoding="utf-8")
    return [
        Published(**{**one, "figures": _shares(one["figures"])})
        for one in tomllib.loads(text)["row"]
    ]


def _shares(figures: Mapping[str, float]) -> dict[str, float]:
    """Turn percent into shares; logarithms and ranks stay."""
    as_they_are = ("BRI", "MedR", "mean rank")
    return {
        name: value if name in as_they_are else round(value / 100, 6)
        for name, value in figures.items()
    }
