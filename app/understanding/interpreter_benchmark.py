"""`dialens eval understanding`: interpreters on utterances with right readings."""

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import typer

from agent.understanding.constraint_words import restated
from agent.understanding.interpretation import Interpreter
from app.output.json_output import as_document
from app.output.printable import printable
from app.understanding.chosen_interpreter import chosen_interpreter
from eval.significance import Difference, chance
from eval.understanding.grading import Grade, Level, grade
from eval.understanding.interpreter_scores import Scores, Share, difference, scores
from eval.understanding.outcome import outcome, plain
from eval.understanding.utterances import Utterance, UtteranceError, read_utterances

BUILT_IN = "built in"
SEED = 0


@dataclass(frozen=True, slots=True)
class Read:
    """What one interpreter made of the utterances.

    Attributes:
        name: of the interpreter.
        outcomes: what each came to, as JSON takes it.
        grades: of each.
        seconds: of the slowest and of the median reading.
    """

    name: str
    outcomes: Sequence[Mapping[str, Any]]
    grades: Sequence[Grade]
    seconds: tuple[float, float]

    @property
    def lost(self) -> int:
        """How many another interpreter had to read."""
        return sum("lost" in one for one in self.outcomes)


def run(
    files: Sequence[Path],
    *,
    today: date,
    llm: str | None,
    sample: int | None,
    browse: bool,
    as_json: bool,
) -> None:
    """Print the figures of the built-in interpreter; with an LLM, of both and their difference.

    Raises:
        UtteranceError: a line is no utterance, or has no right reading.
    """
    found = _utterances(files, sample)
    reads = [_read(BUILT_IN, chosen_interpreter(None), found, today)]
    if llm is not None:
        reads.append(_read(llm, chosen_interpreter(llm), found, today))
    if as_json:
        typer.echo(as_document(_document(found, reads)))
        return
    for read in reads:
        for line in _table(read, scores(found, read.grades)):
            typer.echo(line)
        for line in _faults(found, read) if browse else ():
            typer.echo(printable(line))
    if len(reads) > 1:
        for line in _compared(*reads):
            typer.echo(line)


def _utterances(files: Sequence[Path], sample: int | None) -> list[Utterance]:
    found = [one for path in files for one in _with_readings(path)]
    if sample is not None and sample < len(found):
        chosen = sorted(random.Random(SEED).sample(range(len(found)), sample))
        found = [found[at] for at in chosen]
    return found


def _with_readings(path: Path) -> list[Utterance]:
    found = read_utterances(path)
    if not found:
        raise UtteranceError(f"{path}: there are no utterances")
    for one in found:
        if not one.ok and not one.soft:
            raise UtteranceError(f"{path}: {one.said!r} ({one.id}) has no right reading")
    return found


def _read(name: str, interpreter: Interpreter, found: Sequence[Utterance], today: date) -> Read:
    outcomes, grades, times = [], [], []
    for number, one in enumerate(found, start=1):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{name}: {number} of {len(found)}")
        begin = perf_counter()
        came_to = outcome(one, interpreter, today)
        times.append(perf_counter() - begin)
        outcomes.append(plain(came_to, one))
        grades.append(grade(one, outcomes[-1]))
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    return Read(name, outcomes, grades, (max(times), sorted(times)[len(times) // 2]))


def _table(read: Read, figures: Mapping[str, Scores]) -> Iterator[str]:
    yield f"{printable(read.name)}: {read.seconds[1]:.3g} s each, {read.seconds[0]:.3g} s at most"
    if read.lost:
        yield f"{read.lost} of {len(read.grades)} were lost and read by the built-in interpreter"
    yield f"{'':12} {'n':>4} {'right %':>18} {'partly %':>9} {'wrong %':>18}"
    for name, one in figures.items():
        right, partly, wrong = (one.shares[level] for level in ("right", "partly", "wrong"))
        yield (
            f"{printable(name):12} {one.count:4} {_share(right):>18} {100 * partly.value:9.1f}"
            f" {_share(wrong):>18}"
        )
    yield ""


def _share(one: Share) -> str:
    return f"{100 * one.value:.1f} [{100 * one.low:.0f}, {100 * one.high:.0f}]"


def _faults(found: Sequence[Utterance], read: Read) -> Iterator[str]:
    for one, came_to, graded in zip(found, read.outcomes, read.grades, strict=True):
        if graded.level != "right":
            asked = restated(one.constraints)
            yield f"{graded.level:6} {one.category} {one.id}: {asked} > {one.said}"
            yield f"       {'; '.join([*graded.harms, *graded.losses])}"
            yield f"       {as_document(dict(came_to), indent=None)}"
    yield ""


def _compared(baseline: Read, other: Read) -> Iterator[str]:
    levels: tuple[Level, ...] = ("right", "wrong")
    for level in levels:
        gain = difference(level, other.grades, baseline.grades)
        yield (
            f"{level}: {printable(other.name)} against {baseline.name}: {_gain(gain)};"
            f" better on {gain.better}, worse on {gain.worse}"
        )


def _gain(gain: Difference) -> str:
    low, high = 100 * gain.low, 100 * gain.high
    return f"{100 * gain.mean:+.1f} % [{low:+.0f}, {high:+.0f}], {chance(gain.p)}"


def _document(found: Sequence[Utterance], reads: Sequence[Read]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "interpreters": [
            {
                "name": one.name,
                "lost": one.lost,
                "seconds": {"most": one.seconds[0], "median": one.seconds[1]},
                "categories": {k: asdict(v) for k, v in scores(found, one.grades).items()},
                "readings": [
                    {"id": u.id, "said": u.said, **asdict(graded), "read": dict(came_to)}
                    for u, came_to, graded in zip(found, one.outcomes, one.grades, strict=True)
                ],
            }
            for one in reads
        ]
    }
    if len(reads) > 1:
        levels: tuple[Level, ...] = ("right", "wrong")
        held = (reads[1].grades, reads[0].grades)
        document["difference"] = {level: asdict(difference(level, *held)) for level in levels}
    return document
