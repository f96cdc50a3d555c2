"""`dialens eval my`: which of the models on this machine finds this user's pictures best."""

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.text import Text

from app.encoders.twins import load_fastest
from app.evaluation.own_test import OwnTestOptions, own_test
from app.output.fitted_table import Column, Fitted
from app.output.json_output import as_document
from app.output.no_folder import no_folder
from app.profiles.available_profiles import available
from app.terminal.terminal import say, show, terminal
from eval.benchmark import Benchmark, Values
from eval.benchmarks.remarks import remarks
from eval.metrics.recall import mean_reciprocal_rank, recall
from eval.runs.run import Run, run_task
from eval.significance import Difference, bootstrap_interval, chance, compare
from eval.systems.pipeline_system import PipelineSystem
from eval.systems.read_system import open_system
from eval.systems.system import System
from retrievers.encoder import EncoderError
from retrievers.files.home import dialens_home

MEASURES = (recall(1), recall(10), mean_reciprocal_rank())
DECIDES = MEASURES[-1]
SURE = 0.05
SLOWER = 0.2  # seconds per query that a person notices
BRACKETS = "in brackets: 95 % intervals; p of the lead of the best"
WITHOUT = "without file names"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A system, and how it is used once it is recommended.

    Attributes:
        system: what is measured.
        command: what indexes with it; none: it is there to compare only.
    """

    system: System
    command: str


@dataclass(frozen=True, slots=True)
class Score:
    """What a candidate reached.

    Attributes:
        name: the system's.
        command: see `Candidate`.
        figures: by measure: the mean, and the ends of its 95 % interval.
        seconds: per query, the median.
        behind: the best one's lead over this one; none for the best itself.
        tied: whether the captions cannot tell it from the best.
    """

    name: str
    command: str
    figures: dict[str, tuple[float, float, float]]
    seconds: float
    behind: Difference | None
    tied: bool


def run(folder: Path, wishes: OwnTestOptions, *, systems: Sequence[Path], as_json: bool) -> None:
    """Make the test, run what can be run here, and recommend one.

    Raises:
        ValueError: there is no such folder, nothing to ask, or nothing to compare.
    """
    root = Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - a linked root stays one
    if not root.is_dir():
        told = no_folder(root, str(folder))
        raise ValueError(f"{told}; name the folder that holds the pictures")
    with remarks(say) as said:
        benchmark = own_test(root, wishes)
    scored = scores(benchmark, candidates(root, systems))
    advice = recommended(scored, len(benchmark.tasks[0].questions))
    if as_json:
        sys.stdout.write(as_document({**_plain(benchmark, scored, advice), "remarks": said}) + "\n")
        return
    console = terminal()
    show(console, _table(scored, benchmark.protocol))
    console.print(Text(BRACKETS, style="italic"))
    sys.stdout.write("\n".join(advice.lines) + "\n")


def candidates(root: Path, systems: Sequence[Path]) -> Iterator[Candidate]:
    """Yield what can be compared here, one encoder at a time."""
    home = dialens_home()
    for one in available():
        try:
            encoder = load_fastest(one.encoder, device=one.device, threads=one.threads)
        except EncoderError as error:
            sys.stderr.write(f"dialens: {one.name} is left out: {error}\n")
            continue
        command = f"dialens index {_quoted(root)} --profile {one.name}"
        for words, name in ((True, one.name), (False, f"{one.name} {WITHOUT}")):
            system = PipelineSystem(name, encoder, home, words=words, spec=one.encoder)
            yield Candidate(system, command if words else "")
    for path in systems:
        own = open_system(path)
        spec = own.spec if isinstance(own, PipelineSystem) else ""
        command = f"dialens index {_quoted(root)} --encoder {spec}" if spec else ""
        yield Candidate(own, command)


def scores(benchmark: Benchmark, entrants: Iterator[Candidate]) -> list[Score]:
    """Run the candidates and hold each against the best, best first.

    Raises:
        ValueError: there are none.
    """
    task, folder = benchmark.tasks[0], dialens_home() / "runs"
    done = [
        (one.system.name, one.command, run_task(one.system, benchmark, task, folder=folder))
        for one in entrants
    ]
    if not done:
        raise ValueError("no model is on this machine; get one: dialens models fetch offline")
    values = [DECIDES.values(task.questions, made.rankings) for _, _, made in done]
    order = sorted(range(len(done)), key=lambda at: -sum(values[at].values()))
    best = values[order[0]]
    return [
        _score(*done[at], None if at == order[0] else _lead(best, values[at]), len(done) - 1)
        for at in order
    ]


def _lead(best: Values, other: Values) -> Difference:
    return compare([best[one] for one in best], [other[one] for one in best])


def _score(name: str, command: str, made: Run, behind: Difference | None, rivals: int) -> Score:
    """Score a run; a chance for each rival makes a small p likelier (Bonferroni)."""
    seconds = [sum(answer.seconds.values()) for answer in made.answers.values()]
    return Score(
        name,
        command,
        {one.name: _figure(one.values(made.task.questions, made.rankings)) for one in MEASURES},
        median(seconds),
        behind,
        tied=behind is None or behind.p * rivals >= SURE,
    )


def _figure(values: Values) -> tuple[float, float, float]:
    held = list(values.values())
    return sum(held) / len(held), *bootstrap_interval(held)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, in words."""

    name: str
    command: str
    lines: tuple[str, ...]


def recommended(scored: Sequence[Score], captions: int) -> Advice:
    """Choose the best that can be indexed with, or a quicker one that cannot be told from it."""
    usable = [one for one in scored if one.command] or scored
    alike = [one for one in usable if one.tied] or usable[:1]
    quickest = min(one.seconds for one in alike)
    chosen = next(one for one in alike if one.seconds <= quickest + SLOWER)
    mean, low, high = chosen.figures["R@10"]
    lines = [
        f"Recommended: {chosen.name}. The picture meant is among its first 10 for {mean:.0%} of"
        f" your captions ({low:.0%} to {high:.0%}), {chosen.seconds:.3f} s a query."
    ]
    rivals = [one.name for one in scored if one.tied and one is not chosen]
    if rivals and chosen.tied:
        lines.append(f"{captions} captions cannot tell it from: {', '.join(rivals)}.")
    return Advice(chosen.name, chosen.command, (*lines, chosen.command))


def _table(scored: Sequence[Score], protocol: str) -> Fitted:
    heads = (*(one.name for one in MEASURES), "s/query", "behind by", "p")
    rows = []
    for one in scored:
        figures = [
            f"{mean:.2f} [{low:.2f}, {high:.2f}]" for mean, low, high in one.figures.values()
        ]
        behind = one.behind
        lead = f"{behind.mean:.2f} [{behind.low:.2f}, {behind.high:.2f}]" if behind else ""
        p = chance(behind.p).removeprefix("p ").removeprefix("= ") if behind else ""
        rows.append((one.name, *figures, f"{one.seconds:.3f}", lead, p))
    columns = [Column(head="system", folds=True), *(Column(head=head) for head in heads)]
    return Fitted(columns=columns, rows=rows, title=protocol)


def _plain(benchmark: Benchmark, scored: Sequence[Score], advice: Advice) -> dict[str, Any]:
    return {
        "protocol": benchmark.protocol,
        "captions": len(benchmark.tasks[0].questions),
        "systems": [asdict(one) for one in scored],
        "recommended": advice.name,
        "command": advice.command,
        "said": advice.lines[:-1],
    }


def _quoted(root: Path) -> str:
    return shlex.quote(str(root))
