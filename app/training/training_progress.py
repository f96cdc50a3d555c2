"""Telling how a training goes: a live table at a terminal, a line now and then elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from app.terminal.terminal import terminal
from finetune.training.plan import Plan
from finetune.training.progress import Tell, TrainingProgress
from finetune.training.run_folder import RunFolder

EVERY = 5.0  # seconds between lines where there is no terminal


@contextmanager
def telling() -> Iterator[Tell]:
    """Tell on standard error, in the way that suits it."""
    console = terminal(stderr=True)
    if not console.is_interactive:
        yield _lines()
        return
    shown = _Shown()
    with Live(shown.table(), console=console, refresh_per_second=4) as live:

        def tell(told: TrainingProgress) -> None:
            shown.take(told)
            live.update(shown.table())

        yield tell


class _Shown:
    def __init__(self) -> None:
        self._at = TrainingProgress(0, 1)
        self._validated: list[TrainingProgress] = []
        self._beware: list[str] = []

    def take(self, told: TrainingProgress) -> None:
        self._beware += told.beware
        if told.figures:
            self._validated.append(told)
        if told.loss is not None:
            self._at = told

    def table(self) -> Table:
        at, names = self._at, [*self._validated[-1].figures] if self._validated else []
        table = Table("step", *names, title=_title(at), title_justify="left")
        table.caption = "\n".join(f"beware: {escape(one)}" for one in self._beware) or None
        for one in self._validated[-8:]:
            figures = [f"{one.figures[name]:.3f}" for name in names]
            table.add_row(str(one.step), *figures, style="bold green" if one.best else "")
        table.add_row(ProgressBar(at.steps, at.step, width=20), *("" for _ in names))
        return table


def summary(run: RunFolder) -> str:
    """Return what came out, in a few lines."""
    facts = run.facts()
    lines = [f"{'':20} before   best (step {facts['best_step']} of {facts['steps']})"]
    for name, value in facts["best"].items():
        lines.append(f"{name:20} {facts['before'][name]:.4f}   {value:.4f}")
    lines += [f"beware: {one}" for one in facts.get("beware", ())]
    return "\n".join([*lines, f"adapter: {run.adapter}"])


def planned(found: Plan) -> str:
    """Return a plan for people."""
    shape = found.shape
    share = 100 * shape.trained / shape.weights
    return "\n".join(
        (
            f"parameters  {shape.weights:,}",
            f"trained     {shape.trained:,} ({share:.2f} %)",
            f"memory      {found.memory}, a device",
            f"steps       {found.steps:,}",
            f"time        about {_time(found.hours)} on {found.device}, {_parts(found)}",
        )
    )


def _parts(found: Plan) -> str:
    validating = f"{_time(found.validating)} of them validating"
    if not found.tried:
        return f"{validating}, and what it takes to read the data"
    return f"{validating}, {_time(found.preparing)} before the first step"


def new_folder(recipe: str) -> Path:
    """Return where a run goes that was given no place."""
    at = 1
    while (folder := Path("runs") / f"{recipe}-{at}").exists():
        at += 1
    return folder


def _lines() -> Tell:
    last = -EVERY

    def tell(told: TrainingProgress) -> None:
        nonlocal last
        sys.stderr.writelines(f"beware: {one}\n" for one in told.beware)
        if not told.figures and told.seconds - last < EVERY:
            return
        last = told.seconds
        figures = ", ".join(f"{name} {value:.3f}" for name, value in told.figures.items())
        sys.stderr.write(f"{figures or _title(told)}{' (best)' if told.best else ''}\n")
        sys.stderr.flush()

    return tell


def _title(told: TrainingProgress) -> str:
    if told.loss is None:
        return "measuring before the first step ..."
    left = told.seconds / max(told.step, 1) * (told.steps - told.step)
    return (
        f"step {told.step} of {told.steps}, loss {told.loss:.4f}, about {_time(left / 3600)} left"
    )


def _time(hours: float) -> str:
    if hours >= 1:
        return f"{hours:.1f} h"
    return f"{hours * 60:.0f} min" if hours * 60 >= 1 else f"{hours * 3600:.0f} s"
