"""`dialens eval run` and `prepare`: open the benchmark, run what is missing, print the figures."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from app.evaluation.compare_runs import show
from app.output.json_output import as_document
from app.terminal.terminal import say, terminal
from eval.benchmark import Benchmark
from eval.benchmarks.dataset import DatasetError, problems
from eval.benchmarks.labelled.labelled_pairs import LabelledPairs
from eval.benchmarks.labelled.labelled_sets import LABELLED, labelled_problems
from eval.benchmarks.own.caption_columns import FOUND_OUT, ColumnChoice
from eval.benchmarks.own.own_pictures import own_benchmark
from eval.benchmarks.published.catalogue import dataset, every
from eval.benchmarks.published.tux_paint_stamps import STAMPS
from eval.benchmarks.remarks import remarks
from eval.reports.table import sheet
from eval.runs.figures import FiguresRow
from eval.runs.labelled_run import labelled_rows
from eval.runs.rows import rows_of
from eval.runs.run import Run, read_run, run_task
from eval.runs.submission import write_submission
from eval.systems.pipeline_system import PipelineSystem
from eval.systems.read_system import open_system
from eval.systems.system import CannotRankError, System
from retrievers.files.home import dialens_home


def prepare(name: str, data: Path | None, choice: ColumnChoice = FOUND_OUT) -> list[str]:
    """Return what a copy of a dataset, or a file or folder of a user's own, lacks."""
    if _is_own(name):
        return _own_problems(Path(name).expanduser(), data, choice)
    folder = _folder(name, data)
    if name in LABELLED:
        return labelled_problems(LABELLED[name], folder)
    return problems(dataset(name), folder)


def run(
    name: str,
    systems: Sequence[Path],
    *,
    data: Path | None,
    out: Path,
    tasks: Sequence[str],
    limit: int | None,
    as_json: bool,
    choice: ColumnChoice = FOUND_OUT,
) -> None:
    """Run what is missing, then print all of it.

    Raises:
        DatasetError: the data is not there or not as published, or a task does not exist.
    """
    if name in LABELLED:
        pairs = LABELLED[name].load(_folder(name, data))
        _print(_labelled_rows(pairs, systems), protocol=pairs.protocol, as_json=as_json)
        return
    with remarks(say) as said:
        benchmark = _chosen(_benchmark(name, data, choice), tasks, limit)
    opened = [open_system(path) for path in systems]
    for one in opened:
        if isinstance(one, PipelineSystem):
            sys.stderr.write(f"{one.name}: encoder {one.spec}\n")
    rows = _rows(benchmark, opened, out)
    _print(rows, protocol=benchmark.protocol, as_json=as_json, remarks=said)
    sys.stderr.write(f"runs are kept in {out / benchmark.name}\n")


def _print(
    rows: Sequence[FiguresRow], *, protocol: str, as_json: bool, remarks: Sequence[str] = ()
) -> None:
    if as_json:
        plain = [{**asdict(one), "remarks": remarks} for one in rows]
        sys.stdout.write(as_document(plain) + "\n")
    else:
        show(sheet(rows, note=protocol))


def _labelled_rows(pairs: LabelledPairs, systems: Sequence[Path]) -> list[FiguresRow]:
    rows: list[FiguresRow] = []
    with _bar() as bar:
        for path in systems:
            system = open_system(path)
            if not isinstance(system, PipelineSystem):
                raise ValueError(f"{path}: labelled sets are scored from an encoder's vectors")
            shown = bar.add_task(f"{system.name}: texts", total=len(pairs.pairs))
            rows += labelled_rows(pairs, system, on_text=partial(_tell, bar, shown))
    return rows


def submit(run: Path, out: Path) -> None:
    """Write a run as its benchmark's server wants it."""
    write_submission(read_run(run), out)
    sys.stderr.write(f"{out} is written\n")


def _rows(benchmark: Benchmark, systems: Sequence[System], out: Path) -> list[FiguresRow]:
    runs: list[Run] = []
    left_out: list[str] = []
    with _bar() as bar:
        for system in systems:
            for task in benchmark.tasks:
                shown = bar.add_task(f"{system.name}: {task.name}", total=len(task.questions))
                tell = partial(_tell, bar, shown)
                try:
                    runs.append(run_task(system, benchmark, task, folder=out, on_answer=tell))
                except CannotRankError as error:
                    left_out.append(str(error))
    if left_out and not runs:
        raise CannotRankError(left_out[0])
    sys.stderr.writelines(f"left out: {one}\n" for one in left_out)
    return rows_of(runs)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = terminal(stderr=True)
    shown = console.is_terminal  # elsewhere an ended bar leaves a blank line
    return Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not shown
    )


def _tell(bar: Progress, shown: TaskID, done: int, total: int) -> None:
    bar.update(shown, completed=done, total=total)


def _chosen(benchmark: Benchmark, names: Sequence[str], limit: int | None) -> Benchmark:
    """Return the tasks that are asked for; fewer questions make another protocol."""
    known = [task.name for task in benchmark.tasks]
    if unknown := [name for name in names if name not in known]:
        raise DatasetError(
            f"{benchmark.name} has no task {unknown[0]!r}; it has {', '.join(known)}"
        )
    tasks = [task for task in benchmark.tasks if not names or task.name in names]
    chosen = replace(benchmark, tasks=tuple(tasks))
    return chosen if limit is None else chosen.limited(limit)


def _benchmark(name: str, data: Path | None, choice: ColumnChoice) -> Benchmark:
    """Return the benchmark of that name, or else the one that a file or folder holds."""
    if not _is_own(name):
        return dataset(name).load(_folder(name, data))
    return own_benchmark(Path(name).expanduser(), data, home=dialens_home(), choice=choice)


def _is_own(name: str) -> bool:
    """Whether it names a file or folder, and no benchmark."""
    return name not in (*every(), *LABELLED) and Path(name).expanduser().exists()


def _own_problems(path: Path, data: Path | None, choice: ColumnChoice) -> list[str]:
    try:
        own_benchmark(path, data, home=dialens_home(), choice=choice)
    except DatasetError as error:
        return [str(error)]
    return []


def _folder(name: str, data: Path | None) -> Path:
    """Return where the data lies; stamps are where their package puts them, scenes are drawn."""
    if name == "scenes":
        return data or dialens_home() / "benchmarks" / "scenes"
    if data is None and not name.startswith("stamps"):
        raise DatasetError(f"say where your copy of {name} lies: --data DIR")
    return data or STAMPS
